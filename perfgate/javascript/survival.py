"""Which lines of which sources survive in a bundle, and the bytes each of them takes there, out of its source map."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from perfgate.javascript import source_map
from perfgate.javascript.source_map import SourceMapError

_DIGITS = {
    digit: value for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_NUMBER = "[g-z0-9+/]*+[A-Za-f]"
# A segment that is the first of its line, that leaves the source line of the one before it, or that has no source.
_MARK = re.compile(
    rf"(;+)({_NUMBER})(?:({_NUMBER})({_NUMBER}))?|,({_NUMBER})(?!AA)(?:({_NUMBER})({_NUMBER})|(?=[,;]|\Z))"
)
_COLUMNS = re.compile(rf"[,;]({_NUMBER})")
_ALPHABET = re.compile(r"[A-Za-z0-9+/,;]*")

# Bytes by line, by source.
Survival = dict[str, dict[int, int]]


class _Place(NamedTuple):
    """A segment: generated line and column, and the source (-1: none) and line it comes from. Columns only where asked."""

    line: int
    column: int
    source: int
    origin: int


def survival(content: bytes, data: Mapping[str, Any], folder: str, wanted: Callable[[str], str | None]) -> Survival:
    """Bytes by line (from 1) of the sources that `wanted` gives a path for. Raises SourceMapError."""
    lines = content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    found: Survival = {}
    for inner, first, shift in _flat(data):
        paths = [wanted(name) for name in source_map.names(inner, folder)]
        if any(paths):
            _collect(lines, inner, (first, shift), paths, found)
    return found


def contents(data: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str]]:
    """The sources that the map carries the text of, by name."""
    for inner, _, _ in _flat(data):
        texts = inner.get("sourcesContent")
        for name, text in zip(source_map.names(inner, folder), texts if isinstance(texts, list) else (), strict=False):
            if isinstance(text, str):
                yield name, text


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int, int]]:
    """The map, or each of its sections, with the line and column where it begins."""
    sections = data.get("sections")
    if not isinstance(sections, list):
        yield data, 0, 0
        return
    for section in sections:
        inner = section.get("map") if isinstance(section, dict) else None
        offset = section.get("offset") if isinstance(section, dict) else None
        line, column = (offset.get("line"), offset.get("column")) if isinstance(offset, dict) else (None, None)
        if not isinstance(inner, dict) or type(line) is not int or type(column) is not int:
            raise SourceMapError("a section of the map has no offset or no map")
        yield inner, line, column


def _collect(
    lines: list[str], data: Mapping[str, Any], offset: tuple[int, int], paths: list[str | None], found: Survival
) -> None:
    """Add what stands between each mark of a wanted source and the next mark."""
    before: _Place | None = None
    for here in _places(data, paths):
        if before is not None:
            _add(lines, offset, paths[before.source], found, before, here)
        before = here if here.source >= 0 and paths[here.source] else None
    if before is not None:
        _add(lines, offset, paths[before.source], found, before, None)


def _add(
    lines: list[str],
    offset: tuple[int, int],
    path: str | None,
    found: Survival,
    here: _Place,
    following: _Place | None,
) -> None:
    number = here.line + offset[0]
    if not 0 <= number < len(lines):
        raise SourceMapError(f"the map speaks of line {number + 1}, the file has {len(lines)}")
    text = lines[number].removesuffix("\r")
    shift = 0 if here.line else offset[1]
    until = following.column + shift if following is not None and following.line == here.line else None
    size = len(_units(text, here.column + shift, until).encode("utf-8", "replace"))
    if path is not None and here.origin >= 0:
        of_path = found.setdefault(path, {})
        of_path[here.origin + 1] = of_path.get(here.origin + 1, 0) + size


def _units(text: str, start: int, end: int | None) -> str:
    """A part of a line by columns, which count UTF-16 units."""
    if text.isascii():
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : None if end is None else 2 * end].decode("utf-16-le", "replace")


def _places(data: Mapping[str, Any], paths: list[str | None]) -> Iterator[_Place]:
    """The segments at which the source line changes, in order; columns for those of wanted sources and the next ones."""
    mappings = data.get("mappings")
    if data.get("version") != 3 or not isinstance(mappings, str):
        raise SourceMapError("the map is not of version 3, or has no mappings")
    if not _ALPHABET.fullmatch(mappings):
        raise SourceMapError("the mappings have characters that no map has")
    text, line, column, source, origin, reached, wanted = f";{mappings}", -1, 0, 0, 0, 0, False
    for mark in _MARK.finditer(text):
        ends, first, a, b, own, c, d = mark.groups()
        step, turn, own_end = (a, b, mark.end(2)) if ends else (c, d, mark.end(5))
        if ends:
            line, column, reached = line + len(ends), _NUMBERS[first], own_end
        if step is not None:
            source, origin = source + _NUMBERS[step], origin + _NUMBERS[turn]
            if not 0 <= source < len(paths):
                raise SourceMapError(f"the mappings of line {line + 1} name source {source}, there are {len(paths)}")
        is_wanted = step is not None and paths[source] is not None
        if own and (wanted or is_wanted):
            column, reached = column + sum(map(_NUMBERS.__getitem__, _COLUMNS.findall(text, reached, own_end))), own_end
        wanted = is_wanted
        yield _Place(line, column, source if step is not None else -1, origin)


class _Numbers(dict[str, int]):
    """Base 64 VLQ numbers by their text; each different text is decoded once."""

    def __missing__(self, text: str) -> int:
        value = sum((_DIGITS[digit] & 31) << (5 * place) for place, digit in enumerate(text))
        number = self[text] = -(value >> 1) if value & 1 else value >> 1
        return number


_NUMBERS = _Numbers()
