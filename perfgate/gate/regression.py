"""Limits on change: against the baseline (increase), and against the oldest report of a window (drift)."""

from collections.abc import Iterator

from perfgate.config.limits import Amount, Budget
from perfgate.gate.verdict import Level, Rule, Violation
from perfgate.report.model import Environment, Increase, MetricSpec
from perfgate.units import System, show, show_change, show_percent

DEFAULT_DRIFT_DAYS = 30


def floor_of(spec: MetricSpec, rule: Budget) -> float:
    """The smallest change that counts, in base units."""
    if rule.increase.floor:
        return rule.increase.floor.value
    return spec.increase.floor if spec.increase else 0


def increases(spec: MetricSpec, rule: Budget, value: float, base: float, units: System) -> Violation | None:
    """The worse of the broken increase rules: over the percentage and over the floor. None when within."""
    worsened = value - base if spec.better == "lower" else base - value
    if worsened <= floor_of(spec, rule):
        return None
    for level, percent, source in increase_limits(spec, rule):
        if _percent(worsened, base) > percent:
            change = show_change(base, value, spec.unit, units)
            text = f"{change} against the baseline, at most {show_percent(percent)} is allowed"
            return Violation(rule=Rule.INCREASE, level=level, text=text, source=source, limit=percent)
    return None


def failing_increase(spec: MetricSpec, rule: Budget) -> tuple[float, str] | None:
    """The increase that fails, in percent, and where that is written; None where none is in force."""
    found = increase_limits(spec, rule)
    return next(((percent, source) for level, percent, source in found if level is Level.FAIL), None)


def increase_limits(spec: MetricSpec, rule: Budget) -> Iterator[tuple[Level, float, str]]:
    """Failing before warning; what the budgets do not say has the built-in default of the metric."""
    default = spec.increase if spec.increase and not {"all", "increase"} & rule.ignored else Increase()
    for level, said, built_in in (
        (Level.FAIL, rule.increase.fail, default.fail),
        (Level.WARN, rule.increase.warn, default.warn),
    ):
        if said:
            yield level, said.value, str(said.source)
        elif built_in is not None:
            yield level, built_in, f"built-in default of {spec.id}"


def drift(
    spec: MetricSpec, rule: Budget, value: float, oldest: float, *, blame: bool, units: System
) -> Violation | None:
    """The broken drift rule against the oldest value of the window.

    Without `blame`, when this change did not make it worse, the most it gets is a warning.
    """
    worsened = value - oldest if spec.better == "lower" else oldest - value
    if worsened <= floor_of(spec, rule):
        return None
    limits: tuple[tuple[Level, Amount | None], ...] = ((Level.FAIL, rule.drift.fail), (Level.WARN, rule.drift.warn))
    for level, amount in limits:
        if amount and _percent(worsened, oldest) > amount.value:
            days = rule.drift.days or DEFAULT_DRIFT_DAYS
            change = show_change(oldest, value, spec.unit, units)
            text = f"{change} in the last {days} days, at most {show_percent(amount.value)} is allowed"
            return Violation(
                rule=Rule.DRIFT,
                level=level if blame else Level.WARN,
                text=text,
                source=str(amount.source),
                limit=amount.value,
            )
    return None


def incomparable(spec: MetricSpec, now: Environment, base: Environment) -> str | None:
    """Why exact values of two machines cannot be compared, or None.

    Compressors of another make give other sizes, and another Node another heap.
    """
    if spec.id == "memory.heapUsed" and (now.node_line, now.arch) != (base.node_line, base.arch):
        return f"not compared: measured on {_runtime(now)}, the baseline on {_runtime(base)}"
    encoder = {"bundle.gzip": "zlib", "bundle.brotli": "brotli"}.get(spec.id)
    if encoder is None:
        return None
    here, there = getattr(now.encoders, encoder), getattr(base.encoders, encoder)
    if here is None or there is None or here.split()[0] == there.split()[0]:
        return None
    return f"not compared: measured with {here}, the baseline with {there}"


def _runtime(environment: Environment) -> str:
    return f"Node {environment.node or 'unknown'} on {environment.arch}"


def _percent(change: float, base: float) -> float:
    """A change in percent of where it started; from nothing, any change is beyond every percentage."""
    return change / abs(base) * 100 if base else float("inf")


def describe(rule: Budget, spec: MetricSpec, units: System) -> list[tuple[str, str]]:
    """All limits in force as (words, source), for explaining a verdict."""
    side, moves = ("over", "grows") if spec.better == "lower" else ("under", "falls")
    lines = [(f"fails {side} {show(rule.fail.value, spec.unit, units)}", str(rule.fail.source))] if rule.fail else []
    if rule.warn and rule.warn_at is not None:
        lines.append((f"warns {side} {show(rule.warn_at, spec.unit, units)}", str(rule.warn.source)))
    for level, percent, source in increase_limits(spec, rule):
        floor = floor_of(spec, rule)
        least = f" and {show(floor, spec.unit, units)}" if floor else ""
        verb = "fails" if level is Level.FAIL else "warns"
        evidence = ", on evidence" if spec.noise == "noisy" else ""
        lines.append((f"{verb} when it {moves} by more than {show_percent(percent)}{least}{evidence}", source))
    for verb, amount in (("fails", rule.drift.fail), ("warns", rule.drift.warn)):
        if amount:
            days = rule.drift.days or DEFAULT_DRIFT_DAYS
            lines.append((f"{verb} when it {moves} by more than {amount.text} in {days} days", str(amount.source)))
    return lines
