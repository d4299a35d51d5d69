""".gitignore files, read well enough to leave out what git does not track: globs, anchors, folders and `!`."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from perfgate import reading
from perfgate.reading import UnreadableError

_MAX_BYTES = 200_000
_MAX_PATTERNS = 2_000

# Whether a path below the folder of the file, a folder or not, is ignored; None: the file does not say.
Rule = Callable[[str, bool], bool | None]


def rule(folder: Path) -> Rule | None:
    """What the .gitignore of a folder says, or None where there is none that can be read."""
    try:
        text = reading.content(folder, ".gitignore", _MAX_BYTES).decode("utf-8", errors="replace")
    except UnreadableError:
        return None
    patterns = [found for line in text.splitlines()[:_MAX_PATTERNS] if (found := _pattern(line)) is not None]
    return _decide(patterns) if patterns else None


def _decide(patterns: list[tuple[bool, bool, re.Pattern[str]]]) -> Rule:
    def decide(path: str, is_folder: bool) -> bool | None:
        for ignored, folders_only, regex in reversed(patterns):
            if (is_folder or not folders_only) and regex.fullmatch(path):
                return ignored
        return None

    return decide


def _pattern(line: str) -> tuple[bool, bool, re.Pattern[str]] | None:
    """A line as: does it ignore, is it for folders only, which paths."""
    text = line.rstrip()
    if not text or text.startswith("#"):
        return None
    ignored = not text.startswith("!")
    text = text if ignored else text[1:]
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    try:
        return ignored, folders_only, _regex(text.lstrip("/"), anchored)
    except re.error:
        return None


@cache
def _regex(glob: str, anchored: bool) -> re.Pattern[str]:
    out = "" if anchored else "(?:.*/)?"
    for part in re.findall(r"\*\*/|/\*\*|\*\*|\*|\?|\[!?[^\]]+\]|\\.|.", glob):
        if part in ("**/", "/**", "**"):
            out += {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*"}[part]
        elif part in "*?":
            out += "[^/]*" if part == "*" else "[^/]"
        elif part.startswith("[") and len(part) > 1:
            out += part.replace("[!", "[^").replace("\\", "\\\\")
        else:
            out += re.escape(part[-1])
    return re.compile(out)
