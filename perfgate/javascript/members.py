"""What a source does with a namespace it imported: which members it takes, and where it lets the whole of it go."""

import re
from dataclasses import dataclass, field

from perfgate.javascript.bindings import ALL, destructured
from perfgate.javascript.declarations import NAME

_MEMBER = re.compile(rf"\s*(?:\?\.|!?\.)\s*({NAME})")
_INDEX = re.compile(r"""\s*(?:\?\.)?\[\s*(['"])([^'"\n]*)\1\s*\]""")
_PATTERN_BEFORE = re.compile(r"(\{[^{}]*\})\s*(?::[^=;{}]*)?=\s*\Z")
_KEY_AFTER = re.compile(r"\s*:(?!:)")
_TYPE_BEFORE = re.compile(r"\btypeof\s+\Z")
_BINDS_BEFORE = re.compile(r"(?:\*\s*as|\bconst|\blet|\bvar|\bimport)\s*\Z")
_REACH = 300


@dataclass(slots=True)
class Uses:
    """Members of a namespace by name, with the offset of the first use; and the offsets where it escapes."""

    members: dict[str, int] = field(default_factory=dict)
    escapes: list[int] = field(default_factory=list)


def uses(source: str, code: str, local: str, start: int = 0, end: int | None = None) -> Uses:
    """How `local` is used between two offsets of a source; `code` is the source blanked."""
    found = Uses()
    word = re.compile(rf"(?<![\w$])(?:(?<!\.)|(?<=\.\.\.)){re.escape(local)}(?![\w$])")
    for place in word.finditer(code, start, len(code) if end is None else end):
        if member := _MEMBER.match(code, place.end()):
            found.members.setdefault(member[1], place.start())
        elif _INDEX.match(code, place.end()) and (index := _INDEX.match(source, place.end())):
            found.members.setdefault(index[2], place.start())
        else:
            _whole(found, code, place)
    return found


def _whole(found: Uses, code: str, place: re.Match[str]) -> None:
    """A use without a member: taken apart by a pattern, no use at all, or an escape."""
    before = code[max(0, place.start() - _REACH) : place.start()]
    if _BINDS_BEFORE.search(before) or _TYPE_BEFORE.search(before):
        return
    if _KEY_AFTER.match(code, place.end()) and before.rstrip()[-1:] in ("{", ","):
        return
    pattern = _PATTERN_BEFORE.search(before)
    names = [binding.imported for binding in destructured(pattern[1])] if pattern else [ALL]
    if ALL in names:
        found.escapes.append(place.start())
    else:
        for name in names:
            found.members.setdefault(name, place.start())
