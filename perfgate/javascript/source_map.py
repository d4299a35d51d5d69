"""Bytes per source, out of a source map: external or inline, flat or in sections, with or without the sources' content.

Columns of a map count UTF-16 units, sizes are bytes. Line ends, the comment that names the map and everything that no
source is named for stay unattributed; the caller knows the size of the file and shows the rest as what it is.
"""

import base64
import binascii
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from perfgate.errors import ReportError
from perfgate.report import codec

MAX_MAP_BYTES = 256 * 1024 * 1024
_COMMENT = re.compile(rb"[#@][ \t]+sourceMappingURL=([^\s'\"]+)[ \t]*(?:\*/)?\s*\Z")
_COMMENT_REACH = 4096
_DIGITS = {
    digit: value for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
# One number: digits that continue, and one that ends it.
_NUMBER = "[g-z0-9+/]*[A-Za-f]"
_COLUMNS = re.compile(rf"(?:\A|,)({_NUMBER})")
_SOURCES = re.compile(rf"(?:\A|,){_NUMBER}({_NUMBER})?")
_FIRST = re.compile(rf"({_NUMBER})({_NUMBER})?")
# A later segment that leaves the source of the one before it; most lines have none.
_CHANGE = re.compile(rf",{_NUMBER}(?!A)")
_ALPHABET = re.compile(r"[A-Za-z0-9+/,;]*")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://[^/]*/", re.IGNORECASE)


class SourceMapError(Exception):
    """A source map that is missing, broken, or not of this file; `str()` says what is wrong."""


class _Start(NamedTuple):
    """From `column` of a generated line on, what stands there comes from `source`; None: from none."""

    column: int
    source: str | None


def find(root: Path, path: str, content: bytes) -> tuple[dict[str, Any], str] | None:
    """The source map of a file and the folder its sources are relative to; None when it has none.

    Raises SourceMapError.
    """
    folder = posixpath.dirname(path)
    named = _COMMENT.search(content[-_COMMENT_REACH:]) or _inline_comment(content)
    address = named[1].decode("utf-8", "replace") if named else f"{posixpath.basename(path)}.map"
    if address.startswith("data:"):
        return _parse(_inline(address), "the map inside of it"), folder
    place = posixpath.normpath(posixpath.join(folder, unquote(address)))
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address) or place.startswith(("/", "../")):
        raise SourceMapError("names a map outside of the workspace")
    file = root / place
    if not named and not file.exists():
        return None
    if not file.resolve().is_relative_to(root.resolve()):
        raise SourceMapError(f"{place} is a link to a place outside of the workspace")
    try:
        return _parse(file.read_bytes(), place), posixpath.dirname(place)
    except FileNotFoundError:
        raise SourceMapError(f"names the map {place}, which is not there") from None
    except OSError as error:
        raise SourceMapError(f"{place} cannot be read: {error.strerror}") from error


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


def _parse(content: bytes, place: str) -> dict[str, Any]:
    # Some servers put a line in front so that the file cannot be run as a script.
    if content.startswith(b")]}"):
        content = content.partition(b"\n")[2]
    try:
        data = codec.parse_json(content.removeprefix(b"\xef\xbb\xbf"), place, MAX_MAP_BYTES)
    except ReportError as error:
        raise SourceMapError(str(error)) from error
    if not isinstance(data, dict):
        raise SourceMapError(f"{place} is not a source map")
    return data


def sizes(content: bytes, source_map: Mapping[str, Any], folder: str) -> dict[str, int]:
    """Bytes of `content` by source, as paths from the root of the workspace where they can be told.

    Raises SourceMapError when the map is broken or cannot be of this file.
    """
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise SourceMapError(f"is not UTF-8 text (byte {error.start})") from error
    # Only line feeds end the lines that maps count; a carriage return before one belongs to the line end.
    lines = text.split("\n")
    totals: dict[str, int] = {}
    for number, starts in _starts(source_map, folder):
        if number >= len(lines):
            raise SourceMapError(f"the map speaks of line {number + 1}, the file has {len(lines)}")
        # A carriage return before the line feed belongs to the line end.
        line = lines[number].removesuffix("\r")
        for source, size in _spans(line, starts, number):
            totals[source] = totals.get(source, 0) + size
    return totals


def _spans(line: str, starts: list[_Start], number: int) -> Iterable[tuple[str, int]]:
    """Source and bytes of each stretch of a line that has a source."""
    if len(starts) == 1 and line.isascii() and starts[0].column <= len(line):
        column, source = starts[0]
        return ((source, len(line) - column),) if source is not None else ()
    return _measured(line, starts, number)


def _measured(line: str, starts: list[_Start], number: int) -> Iterator[tuple[str, int]]:
    # Columns are UTF-16 units: only a line with characters beyond ASCII needs to be taken apart for its bytes.
    units = line.encode("utf-16-le", "surrogatepass") if not line.isascii() else None
    length = len(units) // 2 if units is not None else len(line)
    if starts[-1].column > length:
        raise SourceMapError(
            f"the map speaks of column {starts[-1].column + 1} of line {number + 1}, which has {length}"
        )
    for here, following in pairwise([*starts, _Start(length, None)]):
        if here.source is None:
            continue
        if units is None:
            yield here.source, following.column - here.column
        else:
            part = units[2 * here.column : 2 * following.column].decode("utf-16-le", "surrogatepass")
            yield here.source, len(part.encode("utf-8", "surrogatepass"))


def _starts(source_map: Mapping[str, Any], folder: str) -> Iterator[tuple[int, list[_Start]]]:
    """For each generated line that has segments, where the source changes; columns never go back."""
    if "sections" not in source_map:
        yield from _flat(source_map, folder)
        return
    lines: dict[int, list[_Start]] = {}
    for section in _list(source_map, "sections"):
        offset = section.get("offset") if isinstance(section, dict) else None
        inner = section.get("map") if isinstance(section, dict) else None
        if not isinstance(offset, dict) or not isinstance(inner, dict):
            raise SourceMapError("a section of the map has no offset or no map")
        first, shift = _count(offset, "line"), _count(offset, "column")
        for number, starts in _flat(inner, folder):
            moved = [_Start(start.column + (0 if number else shift), start.source) for start in starts]
            lines.setdefault(first + number, []).extend(moved)
    for number, starts in sorted(lines.items()):
        yield number, sorted(starts, key=lambda start: start.column)


def _flat(source_map: Mapping[str, Any], folder: str) -> Iterator[tuple[int, list[_Start]]]:
    mappings = source_map.get("mappings")
    if source_map.get("version") != 3 or not isinstance(mappings, str):
        raise SourceMapError("the map is not of version 3, or has no mappings")
    if not _ALPHABET.fullmatch(mappings):
        raise SourceMapError("the mappings have characters that no map has")
    known = names(source_map, folder)
    source = 0
    for number, line in enumerate(mappings.split(";")):
        if not line:
            continue
        starts = []
        for column, step in _segments(line, number):
            source += _NUMBERS[step] if step else 0
            if step and not 0 <= source < len(known):
                raise SourceMapError(f"the mappings of line {number + 1} name source {source}, there are {len(known)}")
            starts.append(_Start(column, known[source] if step else None))
        yield number, starts


def _segments(line: str, number: int) -> list[tuple[int, str]]:
    """Column and source step of the segments of a line at which the source may change, by column.

    A segment is one number when no source is named; the next one returns to the last source by a step of nothing.
    """
    first = _FIRST.match(line)
    if first is None:
        raise SourceMapError(f"the mappings of line {number + 1} are broken")
    # After a segment without a source, even a step of nothing is a change.
    if first[2] and not _CHANGE.search(line):
        found = [(_NUMBERS[first[1]], first[2])]
    else:
        columns = list(accumulate(map(_NUMBERS.__getitem__, _COLUMNS.findall(line))))
        steps = _SOURCES.findall(line)
        changes = (i for i, step in enumerate(steps) if i == 0 or step != "A" or not steps[i - 1])
        found = [(columns[i], steps[i]) for i in changes]
        if columns[-1] < found[-1][0] or any(later < earlier for earlier, later in pairwise(columns)):
            raise SourceMapError(f"the mappings of line {number + 1} go back")
    if found[0][0] < 0:
        raise SourceMapError(f"the mappings of line {number + 1} begin before the line")
    return found


class _Numbers(dict[str, int]):
    """Base 64 VLQ numbers by their text; each different text is decoded once."""

    def __missing__(self, text: str) -> int:
        value = shift = 0
        for digit in text:
            value |= (_DIGITS[digit] & 31) << shift
            shift += 5
        number = self[text] = -(value >> 1) if value & 1 else value >> 1
        return number


_NUMBERS = _Numbers()


def names(source_map: Mapping[str, Any], folder: str) -> list[str]:
    """The sources as paths from the root; what lies outside of it keeps the end of its path."""
    root = source_map.get("sourceRoot") or ""
    if not isinstance(root, str):
        raise SourceMapError("the sourceRoot of the map is no text")
    return [_name(source, root, folder) for source in _list(source_map, "sources")]


def _name(source: Any, root: str, folder: str) -> str:
    if not isinstance(source, str):
        return "(no name)"
    joined = posixpath.join(root, source) if root else source
    bare, from_bundler = _SCHEME.subn("", joined)
    path = posixpath.normpath(bare if from_bundler else posixpath.join(folder, bare))
    while path.startswith(("../", "/")):
        path = path.removeprefix("/").removeprefix("../")
    return path[:1000] or "(no name)"


def _list(mapping: Mapping[str, Any], key: str) -> list[Any]:
    value = mapping.get(key)
    if not isinstance(value, list):
        raise SourceMapError(f"the map has no list of {key}")
    return value


def _count(mapping: Mapping[str, Any], key: str) -> int:
    value = mapping.get(key)
    if type(value) is not int or value < 0:
        raise SourceMapError(f"a section of the map has no valid {key}")
    return value
