"""What a V8 heap snapshot holds, by constructor. Reads hundreds of megabytes piece by piece.

A snapshot is one JSON object with flat lists: `nodes`, so many numbers for each object on the heap as `node_fields` of
its `meta` names, and `strings`, to which types and names point. V8 writes a node a line and a string a line; that is
relied on, so that neither the edges between objects, most of the file, nor the texts of strings are ever parsed.
"""

import json
import mmap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from perfgate.errors import PerfgateError
from perfgate.report.model import Grown

MOST_GROWN = 20
_NODES = b'"nodes":['
_STRINGS = b'\n"strings":['
_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 1024 * 1024
# What has a name of its own; all else is one group for each type, as the developer tools of Chrome show them.
_NAMED = frozenset({"object", "closure", "native"})
_GROUPS = {
    "array": "(array)",
    "string": "(string)",
    "code": "(compiled code)",
    "hidden": "(system)",
    "regexp": "RegExp",
    "number": "(number)",
    "symbol": "(symbol)",
    "bigint": "(bigint)",
}


class SnapshotError(PerfgateError):
    """A file is no heap snapshot, or not one as V8 writes them."""


@dataclass(frozen=True, slots=True)
class Census:
    """How many objects of each constructor there are, and their own bytes, without what they refer to."""

    counts: Counter[str]
    sizes: Counter[str]


def census(path: Path) -> Census:
    """Count what a snapshot holds. Raises SnapshotError."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _census(file, content)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise SnapshotError(f"{path.name} cannot be read as a heap snapshot: {error}") from error


def grown(before: Census, after: Census) -> tuple[Grown, ...]:
    """Whatever holds more than before, the most first."""
    more = ((after.sizes[name] - before.sizes[name], name) for name in after.sizes)
    most = sorted(((size, name) for size, name in more if size > 0), key=lambda entry: (-entry[0], entry[1]))
    return tuple(
        Grown(constructor=name, count=after.counts[name] - before.counts[name], size=size)
        for size, name in most[:MOST_GROWN]
    )


def _census(file: BinaryIO, content: mmap.mmap) -> Census:
    begin = content.find(_NODES, 0, _HEAD_BYTES)
    if begin < 0:
        raise ValueError("it has no nodes")
    meta = json.loads(content[:begin].rstrip(b", \n") + b"}")["snapshot"]["meta"]
    types: list[str] = meta["node_types"][meta["node_fields"].index("type")]
    counts, sizes = _added(content, begin + len(_NODES), meta["node_fields"], types)
    names = _names(file, content.rfind(_STRINGS), {name for _, name in counts})
    found = Census(Counter(), Counter())
    for (type_, name), count in counts.items():
        group = _group(types[type_], names[name])
        found.counts[group] += count
        found.sizes[group] += sizes[type_, name]
    return found


def _added(
    content: mmap.mmap, begin: int, fields: list[str], types: list[str]
) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """Objects and their bytes by numbers of type and name; the name is 0 where the type alone makes the group."""
    columns = [fields.index(field) for field in ("type", "name", "self_size")]
    named = {number for number, type_ in enumerate(types) if type_ in _NAMED}
    counts: Counter[tuple[int, int]] = Counter()
    sizes: Counter[tuple[int, int]] = Counter()
    for numbers in _pieces(content, begin, content.find(b"]", begin)):
        alike = Counter(zip(*(numbers[column :: len(fields)] for column in columns), strict=True))
        for (type_, name, own), count in alike.items():
            kind = type_, name if type_ in named else 0
            counts[kind] += count
            sizes[kind] += own * count
    return counts, sizes


def _pieces(content: mmap.mmap, begin: int, end: int) -> Iterator[list[int]]:
    """The numbers between two places, in lists that end where a line does."""
    from pydantic_core import from_json

    while begin < end:
        stop = begin + _PIECE_BYTES
        stop = end if stop >= end or (line := content.find(b"\n", stop, end)) < 0 else line
        numbers: list[int] = from_json(b"[" + content[begin:stop].strip(b",\n") + b"]")
        yield numbers
        begin = stop


def _names(file: BinaryIO, begin: int, wanted: Iterable[int]) -> dict[int, str]:
    """The strings with these numbers, from the lines of the last list of the file."""
    if begin < 0:
        raise ValueError("it has no strings")
    needed = set(wanted)
    file.seek(begin + len(_STRINGS))
    return {
        number: str(json.loads(line.strip().rstrip(b",").removesuffix(b"]}")))
        for number, line in enumerate(file)
        if number in needed
    }


def _group(type_: str, name: str) -> str:
    if type_ == "closure":
        return f"{name}()" if name else "(anonymous function)"
    if name == "system / JSArrayBufferData":
        return "(contents of Buffers)"
    if type_ in _NAMED:
        return name or f"({type_})"
    return _GROUPS.get(type_, f"({type_})")
