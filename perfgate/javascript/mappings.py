"""The `mappings` of a source map, read as the places where the source changes.

A bundle has a hundred times more segments than changes of source. Only at a change the column is needed, and the steps
between two changes are added up by the thousand: see `_advance`.
"""

import heapq
import re
import zlib
from collections.abc import Iterator
from itertools import compress
from typing import NamedTuple

_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# One number in base 64 VLQ: digits that go on, and one that ends it. Seven digits hold 32 bits and the sign.
_NUMBER = rb"[g-z0-9+/]*+[A-Za-f]"
_MOST_DIGITS = 7
_TOO_LARGE = "the mappings have a number that is too large"
# A segment is column, source, line and column there, name: all but the first optional, each the step from the one before.
_SEGMENT = re.compile(rb"[,;]+(" + _NUMBER + rb")(" + _NUMBER + rb")?")
_FIRSTS = re.compile(rb";(" + _NUMBER + rb")")
_COLUMNS = re.compile(rb"[,;](" + _NUMBER + rb")")
# A segment that leaves the source of the one before it. A literal in front makes each of these several times faster.
_CHANGES = (re.compile(rb",(?!" + _NUMBER + rb"A)"), re.compile(rb";(?=[^;])(?!" + _NUMBER + rb"A)"))


class MappingsError(ValueError):
    """Mappings that no bundler writes; `str()` says what is wrong."""


class Mark(NamedTuple):
    """From this column of this generated line on, what stands there comes from a source; None: from none.

    `beyond` are the steps behind it to the last segment of its line, and in the lines below up to that of the next mark.
    """

    line: int
    column: int
    source: int | None
    beyond: int = 0


class Changes(NamedTuple):
    """The lines that have segments, the column of the first segment of each, and where the source changes, in order."""

    lines: list[int]
    firsts: list[int]
    marks: list[Mark]


def decode(mappings: bytes, sources: int) -> Changes:
    """Read mappings of a map with that many sources. Raises MappingsError."""
    if mappings.translate(None, _DIGITS + b",;"):
        raise MappingsError("the mappings have characters that no map has")
    rows = mappings.split(b";")
    lines = list(compress(range(len(rows)), rows))
    text = b";" + mappings
    firsts = list(map(NUMBERS.__getitem__, _FIRSTS.findall(text)))
    if len(firsts) != len(lines):
        broken = next(line for line in lines if not _FIRSTS.match(b";" + rows[line]))
        raise MappingsError(f"the mappings of line {broken + 1} are broken")
    del rows
    if min(firsts, default=0) < 0:
        negative = next(line for line, first in zip(lines, firsts, strict=True) if first < 0)
        raise MappingsError(f"the mappings of line {negative + 1} begin before the line")
    return Changes(lines, firsts, list(_marks(text, sources)))


def _marks(text: bytes, sources: int) -> Iterator[Mark]:
    mark = None
    line, column, source, reached = -1, 0, 0, 0
    for segment in _changing(text):
        ends = text.count(b";", reached, segment.start(1))
        if ends:
            begin = text.rfind(b";", reached, segment.start(1))
            if mark:
                yield mark._replace(beyond=_steps(text, reached, begin, line))
            line, column, reached, mark = line + ends, 0, begin, None
        if mark:
            yield mark
        column, reached = column + _steps(text, reached, segment.end(1), line), segment.end(1)
        named = segment[2]
        source += NUMBERS[named] if named else 0
        if named and not 0 <= source < sources:
            raise MappingsError(f"the mappings of line {line + 1} name source {source}, there are {sources}")
        mark = Mark(line, column, source if named else None)
    if mark:
        yield mark._replace(beyond=_steps(text, reached, len(text), line))


def _steps(text: bytes, start: int, end: int, line: int) -> int:
    steps = _advance(text, start, end)
    if steps is None:
        raise MappingsError(f"the mappings of line {line + 1} go back")
    return steps


def _changing(text: bytes) -> Iterator[re.Match[bytes]]:
    """The first segment, those whose source is another than that of the one before, and those that follow one without."""
    following, last = _SEGMENT.match(text), -1
    for found in heapq.merge(*(pattern.finditer(text) for pattern in _CHANGES), key=re.Match.start):
        segment = _SEGMENT.match(text, found.start())
        if segment is None or (segment[2] is None and text[segment.end() : segment.end() + 1] not in (b",", b";", b"")):
            raise MappingsError(f"the mappings of line {text.count(b';', 0, found.end())} are broken")
        if following and following.start(1) < segment.start(1):
            yield following
        if segment.start(1) > last:
            yield segment
        last = segment.start(1)
        following = _SEGMENT.match(text, segment.end()) if segment[2] is None else None
    if following:
        yield following


# Columns

_FEW = 256
_CHUNK = 16_384
# A byte for each character: five bits of the digit, a bit where the number goes on, a bit for what separates segments.
_GOES_ON, _SEPARATES = 5, 6
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)} | dict.fromkeys(b",;", 1 << _SEPARATES)
_LANES = bytes(_VALUES.get(character, 0) for character in range(256))
_ONES = int.from_bytes(b"\1" * _CHUNK, "little")


def _advance(text: bytes, start: int, end: int) -> int | None:
    """The sum of the column steps of the segments that begin between two places; None when one of them goes back."""
    if end - start < _FEW:
        steps = list(map(NUMBERS.__getitem__, _COLUMNS.findall(text, start, end)))
        return sum(steps) if min(steps, default=0) >= 0 else None
    total = 0
    while start < end:
        cut = end
        if end - start > _CHUNK:
            cut = max(text.rfind(b",", start + 1, start + _CHUNK), text.rfind(b";", start + 1, start + _CHUNK))
            if cut < 0:
                raise MappingsError(_TOO_LARGE)
        step = _sum_of_steps(text[start:cut])
        if step is None:
            return None
        total, start = total + step, cut
    return total


def _sum_of_steps(part: bytes) -> int | None:
    """The same for a part, with the whole part as one large integer, a byte of it for each character.

    `here` has a one in the bytes of the first digits, behind each separator, then of the second ones, and so on: each
    round adds up the digits of one place. That is three times faster than a regular expression with a table.
    """
    lanes = int.from_bytes(part.translate(_LANES), "little")
    here = ((lanes >> _SEPARATES) & _ONES) << 8
    if lanes & here:
        return None
    total = 0
    for place in range(_MOST_DIGITS):
        digits = (lanes & (here * 31)).to_bytes(len(part) + 1, "little")
        total += _sum_of_bytes(digits) << (5 * place)
        here = ((lanes >> _GOES_ON) & here) << 8
        if not here:
            # The lowest bit of a number is its sign.
            return total >> 1
    raise MappingsError(_TOO_LARGE)


def _sum_of_bytes(digits: bytes) -> int:
    # The low half of Adler-32 is the sum modulo 65,521, which 2,000 digits below 32 cannot reach.
    return sum(zlib.adler32(digits[at : at + 2000], 0) & 0xFFFF for at in range(0, len(digits), 2000))


class _Numbers(dict[bytes, int]):
    """Numbers by their text; each different text is decoded once."""

    def __missing__(self, text: bytes) -> int:
        if len(text) > _MOST_DIGITS:
            raise MappingsError(_TOO_LARGE)
        value = sum((_LANES[digit] & 31) << (5 * place) for place, digit in enumerate(text))
        number = self[text] = -(value >> 1) if value & 1 else value >> 1
        return number


NUMBERS = _Numbers()
