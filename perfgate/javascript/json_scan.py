"""Where the parts of a large JSON text stand, without making values of them: most of a source map is the text of sources.

Positions count bytes. What is skipped is not looked into beyond its quotes and brackets; whoever needs it decodes it.
"""

import json
import re
from typing import Any, NamedTuple

Span = tuple[int, int]

_SPACE = re.compile(rb"[ \t\r\n]*+")
_SCALAR = re.compile(rb"-?[0-9][0-9.eE+-]*+|true|false|null")
# In one go to the next bracket: a string counts as one, so that the brackets inside of it do not.
_FLAT = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_QUOTE, _BACKSLASH = b'"', ord("\\")
# A quote behind no backslash or two, which ends a string, or behind four and more, which may. Beginning with a literal,
# this finds the end of long strings ten times faster than a pattern for what stands in them.
_STRING_END = re.compile(rb'"(?:(?<!\\")|(?<=[^\\]\\\\")|(?<=\\\\\\\\"))')


class ScanError(ValueError):
    """The text is not JSON, or not what was asked for."""


class Members(NamedTuple):
    """The spans of the values of an object by key, those in its list of long texts, and where the object ends."""

    spans: dict[str, Span]
    texts: list[Span]
    end: int


def document(content: bytes, start: int, texts: str = "") -> Members:
    """The members of an object with nothing behind it. Raises ScanError."""
    found = members(content, start, texts)
    if _skip_space(content, found.end) != len(content):
        raise ScanError("something follows the object")
    return found


def members(content: bytes, start: int, texts: str = "") -> Members:
    """The members of the object that begins at `start`; `texts` names the one that is a list of long strings.

    Raises ScanError, also for a key that is given twice.
    """
    found: dict[str, Span] = {}
    spans: list[Span] = []
    position = _opened(content, start, b"{")
    while content[position : position + 1] != b"}":
        end = _string_end(content, position)
        key = value(content, (position, end))
        if key in found:
            raise ScanError(f"duplicate key {key!r}")
        position = _opened(content, end, b":")
        if key == texts and _is(content, position, b"["):
            spans, end = elements(content, position)
        else:
            end = _end(content, position)
        found[key] = (position, end)
        position = _following(content, end, b"}")
    return Members(found, spans, position + 1)


def elements(content: bytes, start: int) -> tuple[list[Span], int]:
    """The spans of the elements of the array that begins at `start`, and where the array ends. Raises ScanError."""
    found: list[Span] = []
    position = _opened(content, start, b"[")
    while content[position : position + 1] != b"]":
        end = _end(content, position)
        found.append((position, end))
        position = _following(content, end, b"]")
    return found, position + 1


def value(content: bytes, span: Span) -> Any:
    """What stands in a span. Raises ScanError."""
    try:
        return json.loads(content[span[0] : span[1]])
    except (ValueError, RecursionError) as error:
        raise ScanError(str(error)) from error


def _skip_space(content: bytes, position: int) -> int:
    found = _SPACE.match(content, position)
    return found.end() if found else position


def _is(content: bytes, position: int, wanted: bytes) -> bool:
    return content[position : position + 1] == wanted


def _opened(content: bytes, start: int, mark: bytes) -> int:
    """Where the first thing behind a bracket or colon stands."""
    position = _skip_space(content, start)
    if not _is(content, position, mark):
        raise ScanError(f"{mark.decode()} expected")
    return _skip_space(content, position + 1)


def _following(content: bytes, end: int, closing: bytes) -> int:
    """Where the next element stands, or the closing bracket."""
    position = _skip_space(content, end)
    if _is(content, position, closing):
        return position
    position = _opened(content, position, b",")
    if _is(content, position, closing):
        raise ScanError("a comma without a value")
    return position


def _end(content: bytes, start: int) -> int:
    first = content[start : start + 1]
    if first == _QUOTE:
        return _string_end(content, start)
    if first in (b"[", b"{"):
        return _bracket_end(content, start)
    scalar = _SCALAR.match(content, start)
    if scalar is None:
        raise ScanError("a value expected")
    return scalar.end()


def _string_end(content: bytes, start: int) -> int:
    """Behind the quote that closes the string at `start`: the first one that no odd number of backslashes precedes."""
    if not _is(content, start, _QUOTE):
        raise ScanError("a string expected")
    found = _STRING_END.search(content, start + 1)
    while found and _is_escaped(content, found.start()):
        found = _STRING_END.search(content, found.end())
    if found is None:
        raise ScanError("a string without an end")
    return found.end()


def _is_escaped(content: bytes, quote: int) -> bool:
    first = quote
    while content[first - 1] == _BACKSLASH:
        first -= 1
    return (quote - first) % 2 == 1


def _bracket_end(content: bytes, start: int) -> int:
    position, depth = start, 0
    while True:
        depth += 1 if content[position : position + 1] in (b"[", b"{") else -1
        if depth == 0:
            return position + 1
        flat = _FLAT.match(content, position + 1)
        position = flat.end() if flat else len(content)
        if position >= len(content):
            raise ScanError("a bracket without an end")
        if _is(content, position, _QUOTE):
            raise ScanError("a string without an end")
