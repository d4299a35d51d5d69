"""What a reader is given and what it finds: values under the ids they are going to have, and what is missing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from perfgate.config import custom
from perfgate.errors import ReportError, Source
from perfgate.units import Unit

MOST_SAMPLES = 1000
VALUES = "values lie between 0 and 2^53"
# Picoseconds of a value in ms; what stands beyond them comes from converting.
_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a tool: its name for errors, and its content as JSON values, or as text where it is no JSON."""

    file: str
    data: Any

    def error(self, message: str, hint: str = "", *, line: int = 0) -> ReportError:
        return ReportError(message, source=Source(self.file, line), hint=hint)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about reading. `selected` maps samples to ids, `unit` is that of samples without one."""

    as_id: str | None = None
    selected: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One value in the base unit of its metric. `name` is what the tool calls it; `better` None: the tool does not say."""

    id: str
    value: float
    unit: Unit
    name: str
    better: Literal["lower", "higher"] | None = "lower"
    samples: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A metric this tool could have given and did not, and why. `failed`: measuring it broke."""

    id: str
    reason: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Everything in one file. `notes` are what one should know about the values."""

    readings: tuple[Reading, ...] = ()
    missing: tuple[Missing, ...] = ()
    notes: tuple[str, ...] = ()


def milliseconds(seconds: float) -> float:
    return tidy(seconds * 1000)


def tidy(value: float) -> float:
    """A value without the digits that only converting made; whole numbers as such."""
    rounded = round(value, _DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def thinned(samples: Sequence[float], most: int = MOST_SAMPLES) -> tuple[float, ...]:
    """At most `most` of the samples, spread evenly over the run, in their order."""
    if len(samples) <= most:
        return tuple(samples)
    return tuple(samples[index * len(samples) // most] for index in range(most))


def is_value(number: float) -> bool:
    """Whether a report can hold it; NaN is none. Beyond 2^53, not every whole number is one in JSON."""
    return 0 <= number <= 2**53


def one_line(text: str, most: int) -> str:
    """A text of a tool as one line of characters that can be seen, and stand in any file."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())[:most]


def slug(name: str) -> str:
    """A name of a tool as a part of a metric id: what is no ASCII letter, digit or _ becomes one dash, none at the ends."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")


def custom_id(document: Document, name: str, suffix: str = "") -> str:
    """The id of what a tool calls `name`. Raises ReportError where no id can be made of it."""
    part = slug(name)
    id_ = f"{custom.PREFIX}{part}{suffix}"
    if not part or not custom.is_id(id_):
        why = "is too long for" if part else "has no letter or digit for"
        raise document.error(
            f"{name[:100]!r} {why} a metric id", "give it a short name of letters, digits, - and _ in the tool"
        )
    return id_


def distinct(document: Document, readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """The readings. Raises ReportError where two names lead to one id: which of them counts must not be luck."""
    found: dict[str, Reading] = {}
    for reading in readings:
        other = found.setdefault(reading.id, reading)
        if other is not reading:
            raise document.error(
                f"{other.name[:100]!r} and {reading.name[:100]!r} would both be {reading.id}",
                "give one of them another name in the tool",
            )
    return tuple(found.values())
