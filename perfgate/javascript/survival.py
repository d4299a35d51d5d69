"""Which lines of which sources survive in a bundle, and the bytes each of them takes there, out of its source map."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from perfgate.javascript.mappings import NUMBERS, MappingsError
from perfgate.javascript.source_map import Section, SourceMap, SourceMapError

_NUMBER = "[g-z0-9+/]*+[A-Za-f]"
# A segment that is the first of its line, that leaves the source line of the one before it, or that has no source.
_MARK = re.compile(
    rf"(;+)({_NUMBER})(?:({_NUMBER})({_NUMBER}))?|,({_NUMBER})(?!AA)(?:({_NUMBER})({_NUMBER})|(?=[,;]|\Z))".encode()
)
_COLUMNS = re.compile(rf"[,;]({_NUMBER})".encode())
_ORIGINS = re.compile(rf"[,;]{_NUMBER}{_NUMBER}({_NUMBER})".encode())
_OTHER_SOURCE = re.compile(rf"[,;](?=[^;])(?!{_NUMBER}A)".encode())
_ALPHABET = re.compile(rb"[A-Za-z0-9+/,;]*")

# Bytes by line, by source.
Survival = dict[str, dict[int, int]]


# A segment: generated line and column, and the source (-1: none) and line it comes from, all counted from 0.
_Place = tuple[int, int, int, int]


def survival(content: bytes, source_map: SourceMap, wanted: Callable[[str], str | None]) -> Survival:
    """Bytes by line (from 1) of the sources that `wanted` gives a path for. Raises SourceMapError."""
    output = _Output(content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n"))
    found: Survival = {}
    for section in source_map.sections:
        paths = [wanted(name) for name in section.names]
        if any(paths):
            try:
                _collect(output, section, paths, found)
            except MappingsError as error:
                raise SourceMapError(str(error)) from error
    return {path: lines for path, lines in found.items() if lines}


@dataclass(slots=True)
class _Output:
    """The lines of the bundle. `number` is the one that was asked for last: its length in columns, and in UTF-16."""

    lines: list[str]
    number: int = -1
    length: int = 0
    units: bytes = b""

    def turn(self, number: int) -> None:
        if not 0 <= number < len(self.lines):
            raise SourceMapError(f"the map speaks of line {number + 1}, the file has {len(self.lines)}")
        text = self.lines[number].removesuffix("\r")
        self.number = number
        # Columns count UTF-16 units: only a line with characters beyond ASCII has to be taken apart for its bytes.
        self.units = b"" if text.isascii() else text.encode("utf-16-le", "surrogatepass")
        self.length = len(self.units) // 2 if self.units else len(text)

    def size(self, start: int, end: int) -> int:
        """Bytes of a part of the line."""
        end = min(end, self.length)
        if not self.units:
            return max(0, end - start)
        return len(
            self.units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass")
        )


def _collect(output: _Output, section: Section, paths: list[str | None], found: Survival) -> None:
    """Add what stands between each mark of a wanted source and the next mark."""
    of_source = [found.setdefault(path, {}) if path is not None else None for path in paths]
    line, column, source, origin = -1, 0, -1, 0
    for place in chain(_places(section.mappings, paths), (_END,)):
        of_path = of_source[source] if source >= 0 and origin >= 0 else None
        if of_path is not None:
            number, shift = line + section.line, 0 if line else section.column
            if number != output.number:
                output.turn(number)
            end = place[1] + shift if place[0] == line else output.length
            of_path[origin + 1] = of_path.get(origin + 1, 0) + output.size(column + shift, end)
        line, column, source, origin = place


_END: _Place = (-1, 0, -1, 0)


def _places(mappings: bytes, paths: list[str | None]) -> Iterator[_Place]:
    """The segments at which the source line changes, in order; of a source that nobody wants only the first."""
    if not _ALPHABET.fullmatch(mappings):
        raise SourceMapError("the mappings have characters that no map has")
    text, line, column, source, origin, reached = b";" + mappings, -1, 0, 0, 0, 0
    numbers = NUMBERS
    marks = _MARK.finditer(text)
    while mark := next(marks, None):
        ends, first, step, turn, own, later_step, later_turn = mark.groups()
        if ends:
            line, column, reached = line + len(ends), numbers[first], mark.end(2)
        else:
            step, turn = later_step, later_turn
            if reached != mark.start():
                column += _sum(_COLUMNS, text, reached, mark.start())
            column, reached = column + numbers[own], mark.end(5)
        if step is None:
            yield line, column, -1, origin
            continue
        source, origin = source + numbers[step], origin + numbers[turn]
        if not 0 <= source < len(paths):
            raise SourceMapError(f"the mappings of line {line + 1} name source {source}, there are {len(paths)}")
        yield line, column, source, origin
        if paths[source] is None:
            start = mark.end()
            other = _OTHER_SOURCE.search(text, start)
            end = other.start() if other else len(text)
            if ends_between := text.count(b";", start, end):
                line, column, reached = line + ends_between, 0, text.rfind(b";", start, end)
            origin += _sum(_ORIGINS, text, start, end)
            marks = _MARK.finditer(text, end)


def _sum(pattern: re.Pattern[bytes], text: bytes, start: int, end: int) -> int:
    return sum(map(NUMBERS.__getitem__, pattern.findall(text, start, end)))
