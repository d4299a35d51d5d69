"""Which lines of which sources survive in a bundle, and the bytes each of them takes there, out of its source map."""

import re
from collections import defaultdict
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
    output, found = _output(content), Survival()
    for section, paths in _sections(source_map, wanted):
        of_source = [found.setdefault(path, {}) if path is not None else {} for path in paths]
        for source, origin, start, end in _stretches(output, section, paths):
            of_source[source][origin + 1] = of_source[source].get(origin + 1, 0) + output.size(start, end)
    return {path: lines for path, lines in found.items() if lines}


def texts(content: bytes, source_map: SourceMap, wanted: Callable[[str], str | None]) -> dict[str, str]:
    """What the bundle has of each source that `wanted` gives a path for, piece by piece. Raises SourceMapError."""
    output, found = _output(content), defaultdict[str, list[str]](list)
    for section, paths in _sections(source_map, wanted):
        for source, _, start, end in _stretches(output, section, paths):
            found[paths[source] or ""].append(output.text(start, end))
    return {path: "\n".join(pieces) for path, pieces in found.items()}


def _output(content: bytes) -> "_Output":
    return _Output(content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n"))


def _sections(source_map: SourceMap, wanted: Callable[[str], str | None]) -> Iterator[tuple[Section, list[str | None]]]:
    """The sections that have a wanted source, with the path of each."""
    for section in source_map.sections:
        paths = [wanted(name) for name in section.names]
        if any(paths):
            yield section, paths


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
        return len(self.text(start, end).encode("utf-8", "surrogatepass"))

    def text(self, start: int, end: int) -> str:
        """A part of the line."""
        if not self.units:
            return self.lines[self.number][start : min(end, self.length)]
        return self.units[2 * start : 2 * min(end, self.length)].decode("utf-16-le", "surrogatepass")


def _stretches(output: _Output, section: Section, paths: list[str | None]) -> Iterator[tuple[int, int, int, int]]:
    """What stands between each mark of a wanted source and the next mark: source, line there, start and end in the
    line that `output` was turned to.
    """
    wanted = [path is not None for path in paths]
    line, column, source, origin = -1, 0, -1, 0
    try:
        for place in chain(_places(section.mappings, paths), (_END,)):
            if source >= 0 and origin >= 0 and wanted[source]:
                number, shift = line + section.line, 0 if line else section.column
                if number != output.number:
                    output.turn(number)
                end = place[1] + shift if place[0] == line else output.length
                yield source, origin, column + shift, end
            line, column, source, origin = place
    except MappingsError as error:
        raise SourceMapError(str(error)) from error


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
