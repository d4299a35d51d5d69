"""Source maps: where the one of a file is, and the parts of it that tell which bytes come from which source.

A map is external or in the file itself, flat or in sections, with or without the text of the sources. That text is most
of a map and stays undecoded bytes until somebody asks for one source.
"""

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from perfgate import reading
from perfgate.errors import ReportError
from perfgate.javascript import json_scan
from perfgate.javascript.json_scan import Members, ScanError, Span
from perfgate.javascript.parts import readable
from perfgate.reading import UnreadableError
from perfgate.report import codec

MAX_MAP_BYTES = 256 * 1024 * 1024
_COMMENT = re.compile(rb"[#@][ \t]+sourceMappingURL=([^\s'\"]+)[ \t]*(?:\*/)?\s*\Z")
_COMMENT_REACH = 4096
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://[^/]*/", re.IGNORECASE)
_TEXTS = "sourcesContent"
NO_NAME = "(no name)"


class SourceMapError(Exception):
    """A source map that is missing, broken, or not of this file; `str()` says what is wrong."""


@dataclass(frozen=True, slots=True)
class Section:
    """A flat map and the place in the file where it begins. `texts` are the spans of the sources' text, as JSON."""

    line: int
    column: int
    mappings: bytes
    names: tuple[str, ...]
    texts: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SourceMap:
    """The map of a file; a flat map is one section at its beginning."""

    content: bytes
    sections: tuple[Section, ...]

    def written(self) -> Iterator[tuple[str, Span]]:
        """Name and span of each source whose text the map carries."""
        for section in self.sections:
            for name, (start, end) in zip(section.names, section.texts, strict=False):
                if end - start > len("null"):
                    yield name, (start, end)

    def text(self, span: Span) -> str:
        """The text of a source; empty when it is none."""
        try:
            text = json_scan.value(self.content, span)
        except ScanError:
            return ""
        return text if isinstance(text, str) else ""


# Where a map is


def find(root: Path, path: str, content: bytes) -> SourceMap | None:
    """The source map of a file; None when it has none. Raises SourceMapError."""
    folder = posixpath.dirname(path)
    named = _COMMENT.search(content[-_COMMENT_REACH:]) or _inline_comment(content)
    address = named[1].decode("utf-8", "replace") if named else f"{posixpath.basename(path)}.map"
    if address.startswith("data:"):
        return parse(_inline(address), "the map inside of it", folder)
    place = posixpath.normpath(posixpath.join(folder, unquote(address)))
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address) or place.startswith(("/", "../")):
        raise SourceMapError("names a map outside of the workspace")
    try:
        return parse(reading.content(root, place, MAX_MAP_BYTES), place, posixpath.dirname(place))
    except UnreadableError as error:
        if error.missing and not named:
            return None
        what = f"names the map {place}, which" if error.missing else place
        raise SourceMapError(f"{what} {error}") from error


def _inline_comment(content: bytes) -> re.Match[bytes] | None:
    """The comment of a map that is in the file itself, and so reaches far back from its end."""
    start = content.rfind(b"sourceMappingURL=data:")
    return _COMMENT.search(content, max(0, start - 3)) if start >= 0 else None


def _inline(address: str) -> bytes:
    head, _, data = address.partition(",")
    try:
        return base64.b64decode(data, validate=True) if head.endswith(";base64") else unquote_to_bytes(data)
    except binascii.Error as error:
        raise SourceMapError("the map inside of it is not valid base64") from error


# What it says


def parse(content: bytes, place: str, folder: str) -> SourceMap:
    """Read a map that is called `place`, whose sources are relative to `folder`. Raises SourceMapError."""
    # Some servers put a line in front so that the file cannot be run as a script.
    start = content.find(b"\n") + 1 if content.startswith(b")]}") else 3 if content.startswith(b"\xef\xbb\xbf") else 0
    try:
        return SourceMap(content, tuple(_sections(content, json_scan.document(content, start, _TEXTS), folder)))
    except ScanError as error:
        raise SourceMapError(_complaint(content[start:], place, error)) from error


def _complaint(content: bytes, place: str, error: ScanError) -> str:
    """What a parser that looks at everything says of a map that cannot be scanned, which is where it is broken."""
    try:
        data = codec.parse_json(content, place, MAX_MAP_BYTES)
    except ReportError as found:
        return str(found)
    return f"{place}: {error}" if isinstance(data, dict) else f"{place} is not a source map"


def _sections(content: bytes, found: Members, folder: str) -> Iterator[Section]:
    if "sections" not in found.spans:
        yield _section(content, found, folder, 0, 0)
        return
    for start, _ in json_scan.elements(content, _list_start(content, found, "sections"))[0]:
        parts = json_scan.members(content, start).spans if content[start : start + 1] == b"{" else {}
        offset = json_scan.value(content, parts["offset"]) if "offset" in parts else None
        inner = parts.get("map", (0, 0))[0]
        if not isinstance(offset, dict) or content[inner : inner + 1] != b"{" or not inner:
            raise SourceMapError("a section of the map has no offset or no map")
        line, column = _count(offset, "line"), _count(offset, "column")
        yield _section(content, json_scan.members(content, inner, _TEXTS), folder, line, column)


def _section(content: bytes, found: Members, folder: str, line: int, column: int) -> Section:
    spans = found.spans
    values = {key: json_scan.value(content, spans[key]) for key in ("version", "sourceRoot") if key in spans}
    mappings, root = _mappings(content, spans), values.get("sourceRoot") or ""
    if values.get("version") != 3 or mappings is None:
        raise SourceMapError("the map is not of version 3, or has no mappings")
    if not isinstance(root, str):
        raise SourceMapError("the sourceRoot of the map is no text")
    _list_start(content, found, "sources")
    names = tuple(_name(source, root, folder) for source in json_scan.value(content, spans["sources"]))
    return Section(line, column, mappings, names, tuple(found.texts))


def _mappings(content: bytes, found: dict[str, Span]) -> bytes | None:
    """The mappings; as they stand, unless they are written with escapes."""
    start, end = found.get("mappings", (0, 0))
    if content[start : start + 1] != b'"':
        return None
    plain = content[start + 1 : end - 1]
    return str(json_scan.value(content, (start, end))).encode("ascii", "replace") if b"\\" in plain else plain


def _list_start(content: bytes, found: Members, key: str) -> int:
    start, end = found.spans.get(key, (0, 0))
    if content[start:end][:1] != b"[":
        raise SourceMapError(f"the map has no list of {key}")
    return start


def _count(mapping: dict[str, Any], key: str) -> int:
    value = mapping.get(key)
    if type(value) is not int or value < 0:
        raise SourceMapError(f"a section of the map has no valid {key}")
    return value


def _name(source: Any, root: str, folder: str) -> str:
    """A source as path from the root of the workspace; what lies outside of it keeps the end of its path."""
    if not isinstance(source, str):
        return NO_NAME
    joined = posixpath.join(root, source) if root else source
    bare, from_bundler = _SCHEME.subn("", joined)
    path = posixpath.normpath(bare if from_bundler else posixpath.join(folder, bare))
    while path.startswith(("../", "/")):
        path = path.removeprefix("/").removeprefix("../")
    return readable(path) or NO_NAME
