"""Quantities as people write and read them: bytes, milliseconds, percent, points and counts.

Inside perfgate a quantity is a plain number in the base unit of its metric. Parsing is strict, because a limit that was
misread is a gate that never closes; showing never prints two different numbers alike.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """The base unit a metric is stored in."""

    BYTES = "bytes"
    MILLISECONDS = "ms"
    PERCENT = "percent"
    POINTS = "points"
    COUNT = "count"


class System(StrEnum):
    """What KB means: 1024 bytes (iec) or 1000 bytes (si). KiB is 1024 bytes in both."""

    IEC = "iec"
    SI = "si"


class UnitError(ValueError):
    """A quantity that cannot be read. The message says what is wrong, `hint` what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _Kind(NamedTuple):
    noun: str
    example: str


_KINDS = {
    Unit.BYTES: _Kind("a size", "500 KB"),
    Unit.MILLISECONDS: _Kind("a time", "10 ms"),
    Unit.PERCENT: _Kind("a percentage", "70%"),
    Unit.POINTS: _Kind("a score", "85"),
    Unit.COUNT: _Kind("a count", "3"),
}
_UNITLESS = (Unit.POINTS, Unit.COUNT)
_PREFIXES = "kmgt"
_TIMES = {"us": 0.001, "µs": 0.001, "ms": 1, "s": 1000, "min": 60_000}
_QUANTITY = re.compile(r"(?P<number>\d{1,15}(?:\.\d{1,6})?) ?(?P<unit>[A-Za-zµ%]{0,12})", re.ASCII)
_COMMA = re.compile(r"\d+,\d")


def parse(text: str, unit: Unit, system: System = System.IEC) -> float:
    """Read `number unit` into the base unit of `unit`.

    The unit is mandatory for sizes, times and percentages. No signs, commas, exponents or words.
    Raises UnitError.
    """
    noun, example = _KINDS[unit]
    hint = (
        f"write a number and a unit, such as {example}"
        if unit not in _UNITLESS
        else f"write a number, such as {example}"
    )
    if _COMMA.match(text):
        raise UnitError(f"{text!r} has a comma", "write decimals with a point and leave out thousands separators")
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise UnitError(f"{text!r} is not {noun}", hint)
    number, suffix = float(match["number"]), match["unit"]
    if not suffix and unit not in _UNITLESS:
        raise UnitError(f"{text!r} has no unit", hint)
    factors = _factors(unit, system)
    if suffix.lower() not in factors:
        known = f"; known units: {', '.join(_written(unit))}" if unit not in _UNITLESS else ""
        raise UnitError(f"{text!r} is not {noun}: unknown unit {suffix!r}", f"{hint}{known}")
    value = number * factors[suffix.lower()]
    if unit is Unit.COUNT and value % 1:
        raise UnitError(f"{text!r} is not a whole number", hint)
    if unit in (Unit.BYTES, Unit.COUNT):
        return int(value)
    return value


def _factors(unit: Unit, system: System) -> dict[str, float]:
    """The units a quantity of this kind may be written in, in lower case, with their size in the base unit."""
    if unit is Unit.BYTES:
        base = 1024 if system is System.IEC else 1000
        powers = enumerate(_PREFIXES, start=1)
        return {"b": 1} | {f"{p}{i}b": (1024 if i else base) ** n for n, p in powers for i in ("", "i")}
    if unit is Unit.MILLISECONDS:
        return dict(_TIMES)
    return {"%": 1} if unit is Unit.PERCENT else {"": 1}


def _written(unit: Unit) -> list[str]:
    if unit is Unit.BYTES:
        return ["B", "KB", "KiB", "MB", "MiB", "GB", "GiB"]
    return [name for name in _factors(unit, System.IEC) if name != "µs"]


def show(value: float, unit: Unit, system: System = System.IEC, *, beside: Iterable[float] = ()) -> str:
    """The text for `value`: three significant digits, never an ambiguous KB.

    Numbers that stand beside it in a row share its unit; if another of them would print the same although it differs,
    all are printed exactly.
    """
    others = [other for other in beside if other != value]
    scale, name = _scale(max([abs(value), *map(abs, others)], default=0), unit, system)
    text = _digits(value / scale)
    if any(_digits(other / scale) == text for other in others):
        scale, name, text = _exact(value, unit)
    separator = "" if name in ("%", "") else " "
    return f"{text}{separator}{name}"


def show_change(before: float, after: float, unit: Unit, system: System = System.IEC) -> str:
    """A change with its sign, absolute and relative: `+58.6 KiB (+7.5%)`. From zero there is no percentage."""
    delta = after - before
    if delta == 0:
        return "="
    sign = "+" if delta > 0 else "−"
    text = f"{sign}{show(abs(delta), unit, system)}"
    return text if before == 0 else f"{text} ({sign}{show_percent(abs(delta) / abs(before) * 100)})"


def show_percent(percent: float) -> str:
    """A percentage to one decimal below 10, else whole, but never 0% for what is not zero."""
    if 0 < percent < 0.05:
        return "<0.1%"
    return f"{percent:.1f}%".replace(".0%", "%") if percent < 10 else f"{percent:,.0f}%"


def _scale(largest: float, unit: Unit, system: System) -> tuple[float, str]:
    """The factor and name that suit the largest number of a row."""
    if unit is Unit.BYTES:
        base, infix = (1024, "i") if system is System.IEC else (1000, "")
        names = ["B", *(f"{'k' if infix == '' and p == 'k' else p.upper()}{infix}B" for p in _PREFIXES)]
        power = 0
        while largest >= base and power < len(names) - 1:
            largest /= base
            power += 1
        return base**power, names[power]
    if unit is Unit.MILLISECONDS:
        return (1000, "s") if largest >= 1000 else (1, "ms")
    return (1, "%") if unit is Unit.PERCENT else (1, "")


def _digits(number: float) -> str:
    """Three significant digits; whole numbers keep all of theirs, fractions drop trailing zeros."""
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    decimals = 1 if abs(number) >= 10 else 2
    text = f"{number:.{decimals}f}".rstrip("0").rstrip(".")
    return text if float(text) != 0 else f"{number:.2g}"


def _exact(value: float, unit: Unit) -> tuple[float, str, str]:
    name = {Unit.BYTES: "B", Unit.MILLISECONDS: "ms", Unit.PERCENT: "%"}.get(unit, "")
    return 1, name, f"{value:,}" if isinstance(value, int) or value % 1 else f"{int(value):,}"
