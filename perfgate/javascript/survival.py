"""Which lines of which sources survive in a bundle, and the bytes each of them takes there, out of its source map."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
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
    output = _Output(content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n"))
    found: Survival = {}
    for inner, first, shift in _flat(data):
        paths = [wanted(name) for name in source_map.names(inner, folder)]
        if any(paths):
            _collect(output, inner, (first, shift), paths, found)
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


@dataclass(slots=True)
class _Output:
    """The lines of the bundle, and those with characters beyond ASCII in UTF-16, as columns count."""

    lines: list[str]
    units: dict[int, bytes] = field(default_factory=dict)

    def size(self, number: int, start: int, end: int | None) -> int:
        """Bytes of a part of a line."""
        if not 0 <= number < len(self.lines):
            raise SourceMapError(f"the map speaks of line {number + 1}, the file has {len(self.lines)}")
        text = self.lines[number]
        if text.isascii():
            length = len(text) - text.endswith("\r")
            return max(0, (length if end is None else min(end, length)) - start)
        if number not in self.units:
            self.units[number] = text.removesuffix("\r").encode("utf-16-le", "surrogatepass")
        part = self.units[number][2 * start : None if end is None else 2 * end]
        return len(part.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass"))


def _collect(
    output: _Output, data: Mapping[str, Any], offset: tuple[int, int], paths: list[str | None], found: Survival
) -> None:
    """Add what stands between each mark of a wanted source and the next mark."""
    before: _Place | None = None
    for here in chain(_places(data, paths), (None,)):
        path = paths[before.source] if before is not None else None
        if before is not None and path is not None and before.origin >= 0:
            shift = 0 if before.line else offset[1]
            end = here.column + shift if here is not None and here.line == before.line else None
            size = output.size(before.line + offset[0], before.column + shift, end)
            of_path = found.setdefault(path, {})
            of_path[before.origin + 1] = of_path.get(before.origin + 1, 0) + size
        before = here if here is not None and here.source >= 0 else None


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
