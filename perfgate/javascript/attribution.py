"""Bytes of a file by source, out of its source map.

Columns of a map count UTF-16 units, sizes are bytes. Line ends, the comment that names the map and everything that no
source is named for stay unattributed; the caller knows the size of the file and shows the rest as what it is.
"""

import codecs
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, compress, count, pairwise
from operator import gt, not_, sub

from perfgate.javascript import mappings
from perfgate.javascript.mappings import Changes, MappingsError, Mark
from perfgate.javascript.source_map import SourceMap, SourceMapError

_INDENTATION = 200
# One character: the first byte of its UTF-8 says how many follow.
_BEYOND_ASCII = re.compile(rb"[\xc0-\xff][\x80-\xbf]+")


def sizes(content: bytes, source_map: SourceMap) -> dict[str, int]:
    """Bytes of `content` by source, as paths from the root of the workspace where they can be told.

    Raises SourceMapError when the map is broken or cannot be of this file.
    """
    names = [name for section in source_map.sections for name in section.names]
    try:
        changes = _joined(source_map)
    except MappingsError as error:
        raise SourceMapError(str(error)) from error
    totals: dict[str, int] = {}
    for source, size in _stretches(_Lines(content), changes):
        totals[names[source]] = totals.get(names[source], 0) + size
    return {name: size for name, size in totals.items() if size}


def _joined(source_map: SourceMap) -> Changes:
    """The changes of all sections as those of one map, its sources one after the other."""
    flat = source_map.sections[0] if source_map.sections else None
    if flat and len(source_map.sections) == 1 and not (flat.line or flat.column):
        return mappings.decode(flat.mappings, len(flat.names))
    joined = Changes([], [], [])
    known = 0
    for section in source_map.sections:
        lines, firsts, marks = mappings.decode(section.mappings, len(section.names))
        shift = section.column if lines and lines[0] == 0 else 0
        if joined.lines and lines and lines[0] + section.line < joined.lines[-1]:
            raise SourceMapError("the sections of the map go back")
        # The first line of a section may be the last one of the section before.
        again = bool(joined.lines and lines and lines[0] + section.line == joined.lines[-1])
        joined.lines.extend(line + section.line for line in lines[again:])
        joined.firsts.extend([first + (0 if again or index else shift) for index, first in enumerate(firsts[again:])])
        joined.marks.extend(
            Mark(
                mark.line + section.line,
                mark.column + (0 if mark.line else section.column),
                None if mark.source is None else mark.source + known,
                mark.beyond,
            )
            for mark in marks
        )
        known += len(section.names)
    return joined


class _Lines:
    """The lines of a file: bytes of each without its end, and the byte at which a column stands."""

    def __init__(self, content: bytes) -> None:
        is_ascii = content.isascii()
        if not is_ascii:
            _check_utf8(content)
            content = content.removeprefix(codecs.BOM_UTF8)
        # Only line feeds end the lines that maps count; a carriage return before one belongs to the line end.
        lines = content.replace(b"\r\n", b"\n").removesuffix(b"\r").split(b"\n")
        self.lengths = list(map(len, lines))
        beyond = compress(count(), map(not_, map(bytes.isascii, lines))) if not is_ascii else ()
        self._beyond_ascii = {number: lines[number] for number in beyond}
        self._known_breaks: dict[int, tuple[list[int], list[int]]] = {}

    def offset(self, line: int, column: int) -> int:
        """Raises SourceMapError when the line has no such column."""
        if column <= _INDENTATION and self._begins_plainly(line, column):
            return column
        units, offset = self.lengths[line], column
        if line in self._beyond_ascii:
            columns, offsets = self._breaks(line)
            index = bisect_right(columns, column) - 1
            offset = offsets[index] + column - columns[index]
            units = columns[-1] + self.lengths[line] - offsets[-1]
        if column > units:
            raise SourceMapError(f"the map speaks of column {column + 1} of line {line + 1}, which has {units}")
        return offset

    def _begins_plainly(self, line: int, column: int) -> bool:
        """Whether there is nothing but ASCII in front of a column, as behind an indentation."""
        if line not in self._beyond_ascii:
            return column <= self.lengths[line]
        before = self._beyond_ascii[line][:column]
        return len(before) == column and before.isascii()

    def begins(self, lines: list[int], columns: list[int]) -> list[int]:
        """The offset of a column of each line; nearly all lines are short and ASCII, and taken by the thousand."""
        offsets = list(columns)
        beyond = map(gt, columns, map(self.lengths.__getitem__, lines))
        for index in sorted(
            {*compress(count(), beyond), *compress(count(), map(self._beyond_ascii.__contains__, lines))}
        ):
            offsets[index] = self.offset(lines[index], columns[index])
        return offsets

    def _breaks(self, line: int) -> tuple[list[int], list[int]]:
        """Columns and byte offsets behind each character beyond ASCII; between two of them both count alike."""
        if line not in self._known_breaks:
            self._known_breaks[line] = self._find_breaks(line)
        return self._known_breaks[line]

    def _find_breaks(self, line: int) -> tuple[list[int], list[int]]:
        columns, offsets = [0], [0]
        for found in _BEYOND_ASCII.finditer(self._beyond_ascii[line]):
            units = 2 if len(found[0]) == 4 else 1
            columns.append(columns[-1] + found.start() - offsets[-1] + units)
            offsets.append(found.end())
        return columns, offsets


def _check_utf8(content: bytes) -> None:
    # In pieces: a single character beyond 16 bits would make four bytes of each byte of the whole.
    decoder, done, piece = codecs.getincrementaldecoder("utf-8")(), 0, 1 << 20
    try:
        for done in range(0, len(content), piece):
            decoder.decode(content[done : done + piece], final=done + piece >= len(content))
    except UnicodeDecodeError as error:
        raise SourceMapError(f"is not UTF-8 text (near byte {done + error.start})") from error


def _stretches(text: _Lines, changes: Changes) -> Iterator[tuple[int, int]]:
    """Source and bytes of each stretch that has one source, be it a part of a line or many lines."""
    lines, firsts, marks = changes
    if not marks:
        return
    if lines[-1] >= len(text.lengths):
        beyond = lines[bisect_left(lines, len(text.lengths))]
        raise SourceMapError(f"the map speaks of line {beyond + 1}, the file has {len(text.lengths)}")
    begins = text.begins(lines, firsts)
    mapped = list(map(sub, map(text.lengths.__getitem__, lines), begins))
    # What is mapped up to each line, so that a stretch of lines is one subtraction.
    before = list(accumulate(mapped, initial=0))
    places, indexes = [], [bisect_left(lines, mark.line) for mark in marks]
    for mark, index in zip(marks, indexes, strict=True):
        places.append(before[index] + text.offset(mark.line, mark.column) - begins[index])
    _check_ends(text, changes, indexes)
    for mark, (start, end) in zip(marks, pairwise([*places, before[-1]]), strict=True):
        if end < start:
            raise SourceMapError(f"the mappings of line {mark.line + 1} go back")
        if mark.source is not None:
            yield mark.source, end - start


def _check_ends(text: _Lines, changes: Changes, indexes: list[int]) -> None:
    """Segments that change nothing must be inside of their lines too; checked for all lines up to the next mark at once."""
    room = list(accumulate(map(text.lengths.__getitem__, changes.lines), initial=0))
    for mark, (start, end) in zip(changes.marks, pairwise([*indexes, len(changes.lines)]), strict=True):
        following = max(end, start + 1)
        # A segment may stand at the line end, which is a column more.
        if mark.column + mark.beyond > room[following] - room[start] + following - start:
            if following == start + 1:
                text.offset(mark.line, mark.column + mark.beyond)
            last = changes.lines[following - 1]
            raise SourceMapError(f"the map speaks of columns that lines {mark.line + 1} to {last + 1} do not have")
