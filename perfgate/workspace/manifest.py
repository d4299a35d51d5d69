"""One package.json as values: what it declares, on which line, and what is wrong with the file."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from perfgate import reading
from perfgate.errors import ReportError
from perfgate.reading import UnreadableError
from perfgate.report import codec
from perfgate.workspace.package_names import label

FILE: Final = "package.json"
MAX_BYTES: Final = 4 * 1024 * 1024
SECTIONS: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")

# What npm accepts, old names with capital letters included: such a name is safe in a command and in a path.
_NAME = re.compile(r"(?:@[A-Za-z0-9~_-][A-Za-z0-9._~-]*/)?[A-Za-z0-9~_][A-Za-z0-9._~-]*")
_MAX_NAME: Final = 214
_MAX_REMARKS: Final = 3
_FORBIDDEN = frozenset({"node_modules", "favicon.ico", "__proto__"})


def is_package_name(text: str) -> bool:
    """Whether npm would accept this as the name of a package."""
    return len(text) <= _MAX_NAME and text not in _FORBIDDEN and _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Declaration:
    """One entry of a dependency section, with its line in package.json (0: not known)."""

    name: str
    section: str
    range: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package.json. `problem` says why it cannot be used at all; `remark`, what is wrong but can be lived with."""

    path: str
    data: Mapping[str, Any] = field(default_factory=dict)
    declarations: tuple[Declaration, ...] = ()
    problem: str | None = None
    remark: str | None = None

    @property
    def name(self) -> str | None:
        name = self.data.get("name")
        return name if isinstance(name, str) and is_package_name(name) else None

    @property
    def private(self) -> bool:
        return self.data.get("private") is True

    @property
    def scripts(self) -> dict[str, str]:
        scripts = self.data.get("scripts")
        found = scripts.items() if isinstance(scripts, dict) else ()
        return {name: text for name, text in found if isinstance(text, str)}

    def in_section(self, *sections: str) -> dict[str, Declaration]:
        """Declarations of these sections by package name; the first section wins."""
        found: dict[str, Declaration] = {}
        for section in sections:
            for entry in self.declarations:
                if entry.section == section:
                    found.setdefault(entry.name, entry)
        return found

    @property
    def declared(self) -> frozenset[str]:
        return frozenset(entry.name for entry in self.declarations)


def read(root: Path, path: str) -> Manifest:
    """The manifest in `path`; one that cannot be read is a value with its problem."""
    try:
        return parse(reading.content(root, path, MAX_BYTES), path)
    except UnreadableError as error:
        return Manifest(path, problem=f"{path} {error}")


def parse(content: bytes, path: str) -> Manifest:
    """The manifest in `content`. Where a key stands twice the last one counts, as it does for npm."""
    remark = None
    try:
        data = codec.parse_json(content, path, MAX_BYTES)
    except ReportError as error:
        try:
            data = json.loads(content) if len(content) <= MAX_BYTES else None
        except (ValueError, RecursionError):
            data = None
        if data is None:
            return Manifest(path, problem=str(error)[:1000])
        remark = str(error)[:1000]
    if not isinstance(data, dict):
        return Manifest(path, problem=f"{path}: not a JSON object")
    lines = _lines(content.decode("utf-8", errors="replace"))
    remarks = [*([remark] if remark else []), *_malformed(path, data, lines)]
    more = f"; and {len(remarks) - _MAX_REMARKS} more like it" if len(remarks) > _MAX_REMARKS else ""
    said = "; ".join(remarks[:_MAX_REMARKS]) + more
    return Manifest(path, data, tuple(_declarations(data, lines)), remark=said[:1000] or None)


def _malformed(path: str, data: Mapping[str, Any], lines: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """What stands in the dependency sections and declares nothing."""
    for section in SECTIONS:
        entries = data.get(section)
        if entries is not None and not isinstance(entries, dict):
            yield f"{path}: {section} is no object, so it declares nothing"
        for name in entries if isinstance(entries, dict) else ():
            if not is_package_name(name):
                line = lines.get((section, name), 0)
                yield f"{path}{f':{line}' if line else ''}: {label(name)!r} is no name that npm takes"


def _declarations(data: Mapping[str, Any], lines: Mapping[tuple[str, str], int]) -> Iterator[Declaration]:
    for section in SECTIONS:
        entries = data.get(section)
        for name, wanted in entries.items() if isinstance(entries, dict) else ():
            if name:
                text = wanted if isinstance(wanted, str) else ""
                yield Declaration(name, section, text[:200], lines.get((section, name), 0))


_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*:)?|[{}\[\]]', re.DOTALL)


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Line of each entry of the dependency sections."""
    found: dict[tuple[str, str], int] = {}
    depth, section = 0, ""
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
        elif token[2] is None:
            continue
        elif depth == 1:
            section = token[1]
        elif depth == 2 and section in SECTIONS:
            line, counted = line + text.count("\n", counted, token.start()), token.start()
            found[section, token[1]] = line
    return found
