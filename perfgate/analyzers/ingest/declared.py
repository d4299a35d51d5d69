"""Holds what tools measured against what the team declares, so that a number never means something else than its limit."""

import json
from collections.abc import Iterable, Mapping

from perfgate.analyzers.ingest.found import Found, Reading, one_line
from perfgate.config import custom
from perfgate.errors import ConfigError, did_you_mean
from perfgate.report.model import MetricSpec
from perfgate.units import Unit

_MOST_CHARACTERS = 100
# Where the same code does not give the same number.
_NOISY = (Unit.MILLISECONDS, Unit.PERCENT, Unit.POINTS)


class UndeclaredError(ConfigError):
    """Metrics that perfgate.yaml does not declare. `lines` are what to paste into it."""

    def __init__(self, message: str, lines: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.lines = lines


def matched(found: Found, specs: Mapping[str, MetricSpec]) -> Found:
    """`found`, of which every metric is declared in `specs` with the same unit and direction.

    Raises UndeclaredError with all that are not there, ConfigError for the first one that disagrees.
    """
    undeclared = [reading for reading in found.readings if reading.id not in specs]
    missing = [entry.id for entry in found.missing if entry.id not in specs]
    if undeclared:
        raise _undeclared(undeclared, specs)
    if missing:
        raise ConfigError(
            f"{missing[0]} is not declared in perfgate.yaml, and has no value either",
            hint="declare it under custom, or choose others with --only",
        )
    for reading in found.readings:
        _agrees(reading, specs[reading.id])
    return found


def _undeclared(readings: list[Reading], specs: Mapping[str, MetricSpec]) -> ConfigError:
    foreign = next((reading for reading in readings if not custom.is_id(reading.id)), None)
    if foreign:
        return ConfigError(f"{foreign.id} is no metric that perfgate knows", hint=did_you_mean(foreign.id, specs))
    count = f"{len(readings)} metrics are" if len(readings) > 1 else f"{readings[0].id} is"
    return UndeclaredError(
        f"{count} not declared in perfgate.yaml",
        declarations(readings),
        hint="paste the lines above into perfgate.yaml, below its other keys, and say what is right about them; or take fewer with --only ID",
    )


def declarations(readings: Iterable[Reading]) -> str:
    """The lines that declare these metrics in perfgate.yaml. What a tool does not say is a guess, for people to correct."""
    lines = ["custom:"]
    for reading in readings:
        noise = "noisy" if reading.unit in _NOISY else "exact"
        about = json.dumps(one_line(reading.name, _MOST_CHARACTERS) or reading.id, ensure_ascii=False)
        lines.append(
            f"  {reading.id}: {{unit: {reading.unit}, better: {reading.better or 'lower'}, noise: {noise}, about: {about}}}"
        )
    return "\n".join(lines)


def _agrees(reading: Reading, spec: MetricSpec) -> None:
    hint = f"correct {reading.id} in perfgate.yaml, or give the metric another id"
    if reading.unit is not spec.unit:
        raise ConfigError(f"{reading.id} is in {reading.unit}, and declared in {spec.unit}", hint=hint)
    if reading.better is not None and reading.better != spec.better:
        raise ConfigError(
            f"{reading.id}: {reading.better} is better, and declared is that {spec.better} is better", hint=hint
        )
