"""Absolute limits: is a value over its budget, and was it before?"""

from dataclasses import dataclass, replace

from perfgate.config.limits import Amount, Budget, Existing
from perfgate.errors import Source
from perfgate.gate.verdict import Attribution, Level, Rule, Violation
from perfgate.report.model import MetricSpec
from perfgate.units import System, show


@dataclass(frozen=True, slots=True)
class Judged:
    """What one kind of rule makes of a value."""

    violations: tuple[Violation, ...] = ()
    attribution: Attribution | None = None


def judge(
    spec: MetricSpec,
    rule: Budget,
    value: float,
    base: float | None,
    *,
    ceiling: float | None,
    floor: float,
    existing: Existing,
    units: System,
) -> Judged:
    """Hold a value against the limits of `rule`; exactly at a limit is within.

    `ceiling` replaces the failing limit where a waiver allows more; up to it there is nothing to warn of. What was over on the base and did not get worse by
    more than `floor` is not this change's doing: it has the level of the `existing` policy.
    """
    limit = ceiling if ceiling is not None else (rule.fail.value if rule.fail else None)
    attribution = attribute(spec, value, base, limit, floor)
    if limit is not None and rule.fail and spec.worse(value, limit):
        level = Level(existing) if attribution is Attribution.WAS_OVER else Level.FAIL
        return Judged((_over(spec, value, limit, rule.fail, level, units),), attribution)
    warn_at = rule.warn_at
    if warn_at is not None and rule.warn and ceiling is None and spec.worse(value, warn_at):
        return Judged((_over(spec, value, warn_at, rule.warn, Level.WARN, units),), attribution)
    return Judged((), attribution)


def attribute(
    spec: MetricSpec, value: float, base: float | None, limit: float | None, floor: float
) -> Attribution | None:
    """Whose doing a value is; None when it is neither over a limit nor better than before."""
    over = limit is not None and spec.worse(value, limit)
    if base is None:
        return Attribution.FIRST
    was_over = limit is not None and spec.worse(base, limit)
    if over and not was_over:
        return Attribution.NEW
    if over:
        return Attribution.WORSE if spec.worse(value, base) and abs(value - base) > floor else Attribution.WAS_OVER
    if was_over:
        return Attribution.FIXED
    return Attribution.IMPROVED if spec.worse(base, value) else None


def _over(spec: MetricSpec, value: float, limit: float, amount: Amount, level: Level, units: System) -> Violation:
    side = "over" if spec.better == "lower" else "under"
    kind = "limit" if level is not Level.WARN or not amount.percent else f"warning line ({amount.text} of the limit)"
    shown, against = show(value, spec.unit, units, beside=[limit]), show(limit, spec.unit, units, beside=[value])
    return Violation(
        rule=Rule.LIMIT,
        level=level,
        text=f"{shown} is {side} the {kind} of {against}",
        source=str(amount.source),
        limit=limit,
    )


def with_built_in(spec: MetricSpec, rule: Budget) -> Budget:
    """The rule with the limit that the metric has by itself, where the budgets say nothing of it."""
    if spec.limit is None or rule.fail or "all" in rule.ignored:
        return rule
    return replace(rule, fail=Amount(spec.limit, Source(f"built-in default of {spec.id}"), f"{spec.limit:g}"))
