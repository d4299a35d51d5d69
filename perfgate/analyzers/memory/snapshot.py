"""What a V8 heap snapshot holds, by constructor. Reads hundreds of megabytes piece by piece.

A snapshot is one JSON object with flat lists: `nodes`, so many numbers for each object on the heap as `node_fields` of
its `meta` names, and `strings`, to which types and names point. V8 writes a node a line and a string a line; that is
relied on, so that neither the edges between objects, most of the file, nor the texts of strings are ever parsed.
"""

import json
import mmap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from perfgate.errors import PerfgateError
from perfgate.report.model import Grown

MOST_GROWN = 20
_NODES = b'"nodes":['
_STRINGS = b'\n"strings":['
_LOCATIONS = b'\n"locations":['
_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 1024 * 1024
_LONGEST_NAME = 214
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


def census(path: Path, scripts: Mapping[int, str] | None = None) -> Census:
    """Count what a snapshot holds. `scripts` are the names of scripts by number: functions are then told by their place.

    Raises SnapshotError.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _census(file, content, scripts or {})
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


def _census(file: BinaryIO, content: mmap.mmap, scripts: Mapping[int, str]) -> Census:
    begin = content.find(_NODES, 0, _HEAD_BYTES)
    if begin < 0:
        raise ValueError("it has no nodes")
    meta = json.loads(content[:begin].rstrip(b", \n") + b"}")["snapshot"]["meta"]
    fields: list[str] = meta["node_fields"]
    types: list[str] = meta["node_types"][fields.index("type")]
    places = _places(content, meta["location_fields"], scripts) if scripts else {}
    counts, sizes = _added(content, begin + len(_NODES), fields, types, places)
    names = _names(file, content.rfind(_STRINGS), {kind.name for kind in counts})
    found = Census(Counter(), Counter())
    for kind, count in counts.items():
        group = _group(types[kind.type], names[kind.name], kind.place)
        found.counts[group] += count
        found.sizes[group] += sizes[kind]
    return found


class _Kind(NamedTuple):
    """Numbers of type and name, and of functions the place. The name is 0 where the type alone makes the group."""

    type: int
    name: int
    place: str = ""


def _added(
    content: mmap.mmap, begin: int, fields: list[str], types: list[str], places: Mapping[int, str]
) -> tuple[Counter[_Kind], Counter[_Kind]]:
    """Objects and their bytes of each kind."""
    columns = [fields.index(field) for field in ("type", "name", "self_size")]
    named = {number for number, type_ in enumerate(types) if type_ in _NAMED}
    closure = types.index("closure") if places else -1
    counts: Counter[_Kind] = Counter()
    sizes: Counter[_Kind] = Counter()
    index = 0
    for numbers in _pieces(content, begin, content.find(b"]", begin)):
        of_types, of_names, of_sizes = (numbers[column :: len(fields)] for column in columns)
        for (type_, name, own), count in Counter(zip(of_types, of_names, of_sizes, strict=True)).items():
            if type_ != closure:
                kind = _Kind(type_, name if type_ in named else 0)
                counts[kind] += count
                sizes[kind] += own * count
        for number, type_ in enumerate(of_types) if places else ():
            if type_ == closure:
                kind = _Kind(type_, of_names[number], places.get(index + number * len(fields), ""))
                counts[kind] += 1
                sizes[kind] += of_sizes[number]
        index += len(numbers)
    return counts, sizes


def _places(content: mmap.mmap, fields: list[str], scripts: Mapping[int, str]) -> dict[int, str]:
    """Where functions are written, `file:line`, by their place in the list of nodes. Files on one line have columns, too."""
    begin = content.rfind(_LOCATIONS) + len(_LOCATIONS)
    if begin < len(_LOCATIONS):
        return {}
    columns = [fields.index(field) for field in ("object_index", "script_id", "line", "column")]
    found: dict[int, str] = {}
    known: dict[tuple[int, int, int], str] = {}
    for numbers in _pieces(content, begin, content.find(b"]", begin)):
        for node, script, line, column in zip(*(numbers[field :: len(fields)] for field in columns), strict=True):
            if script in scripts:
                text = f"{scripts[script]}:{line + 1}" + ("" if line else f":{column + 1}")
                found[node] = known.setdefault((script, line, column), text)
    return found


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


def _group(type_: str, name: str, place: str) -> str:
    if type_ == "closure":
        called = f"{name}()" if name else "(anonymous function)"
        return _printable(f"{called} {place}" if place else called)
    if name == "system / JSArrayBufferData":
        return "(contents of Buffers)"
    if type_ in _NAMED and name:
        return _printable(name)
    return _GROUPS.get(type_, f"({type_})")


def _printable(name: str) -> str:
    """As the report takes names; a program may give anything to a function."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:_LONGEST_NAME]
