"""Noisy metrics: what is only a number fails nothing; evidence does.

Three answers: regressed, not regressed, inconclusive. Inconclusive warns, and says what would decide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from perfgate.config.limits import Budget
from perfgate.gate import regression
from perfgate.gate.verdict import Level, Rule, Trial, Violation
from perfgate.report.model import Comparison, Environment, Leak, Metric, MetricSpec, Paired, Report
from perfgate.units import System, Unit, show, show_percent

# A single value this far over a limit is no noise: of unchanged code on hosted runners one value of 350 is.
FAR_OVER = 1.5
# What is measured side by side.
PAIRED = ("response.mean", "response.cpu")


# Head against base, measured side by side


def comparisons(report: Report) -> int:
    """How many trials may fail this gate; each pays for it with a wider interval."""
    return sum(len(found.comparisons) for found in (report.details.paired or {}).values())


def beside(report: Report) -> str | None:
    """The commit that services were compared with side by side, if any were."""
    found = (report.details.paired or {}).values()
    return next((one.base_commit for one in found if one.comparisons), None)


def trials(spec: MetricSpec, rule: Budget, found: Paired | None, family: int) -> tuple[Trial, ...]:
    """The trials of a metric, one for each route, worst first. None where no limit on change is in force."""
    limit = regression.failing_increase(spec, rule)
    if found is None or limit is None:
        return ()
    percent, source = limit
    mine = (one for one in found.comparisons if one.metric == spec.id and one.differences)
    return tuple(sorted((_trial(one, percent, source, family) for one in mine), key=_worst_first))


_ANSWERS = ("regressed", "inconclusive", "not regressed")


def _worst_first(trial: Trial) -> tuple[int, float, str]:
    return _ANSWERS.index(trial.answer), -trial.change, trial.route


def _trial(one: Comparison, percent: float, source: str, family: int) -> Trial:
    from perfgate.statistics import paired

    decision = paired.decide(one.differences, percent / 100, comparisons=max(1, family))
    return Trial(
        route=one.route,
        answer=decision.verdict,
        change=_percent(decision.ratio),
        low=_percent(decision.low) if decision.low is not None else None,
        high=_percent(decision.high) if decision.high is not None else None,
        forks=decision.n,
        limit=percent,
        limit_source=source,
        detectable=decision.detectable * 100 if decision.detectable is not None else None,
        more=decision.more_forks,
        outliers=decision.outliers,
        base=one.base,
        head=one.head,
    )


def _percent(ratio: float) -> float:
    return (ratio - 1) * 100


def about(found: Sequence[Trial]) -> Iterator[Violation]:
    """The violation of the worst trial, with how many routes share its answer."""
    for answer, level, rule in (
        ("regressed", Level.FAIL, Rule.INCREASE),
        ("inconclusive", Level.WARN, Rule.INCONCLUSIVE),
    ):
        alike = [trial for trial in found if trial.answer == answer]
        if alike:
            worst = alike[0]
            others = f", and {len(alike) - 1} more" if len(alike) > 1 else ""
            text = f"`{worst.route}`{others}: {describe(worst)}"
            yield Violation(rule=rule, level=level, text=text, source=worst.limit_source, limit=worst.limit)
            return


def improved(found: Sequence[Trial]) -> bool:
    """Whether a route became faster and none slower, as far as can be told."""
    faster = any(trial.high is not None and trial.high < 0 for trial in found)
    return faster and all(trial.answer == "not regressed" for trial in found)


def not_compared(spec: MetricSpec, rule: Budget, found: Paired, missing: Level) -> Violation | None:
    """A comparison that was asked for and did not come about: the policy for what is missing where the head broke."""
    limit = regression.failing_increase(spec, rule)
    if spec.id not in PAIRED or limit is None:
        return None
    _, source = limit
    if found.failed and missing is Level.OK:
        return None
    if found.failed:
        text = f"not compared with the base: {found.failed}"
        return Violation(rule=Rule.MISSING, level=missing, text=text, source=source)
    why = found.notes[0] if found.notes else "no route could be compared"
    return Violation(rule=Rule.INCONCLUSIVE, level=Level.WARN, text=f"not compared with the base: {why}", source=source)


def describe(trial: Trial) -> str:
    """A trial in words: the change, its interval, what it is held against, and what it could have seen."""
    said = f"{signed(trial.change)} ({interval(trial)}, {trial.forks} forks)"
    if trial.answer == "regressed":
        return f"{said}, at most {show_percent(trial.limit)} is allowed"
    if trial.answer == "not regressed":
        return f"{said}, within {show_percent(trial.limit)}; would have seen {_seen(trial)}"
    if trial.more is None:
        more = "no reasonable number of forks would decide"
    else:
        more = f"about {trial.more} more {'fork' if trial.more == 1 else 'forks'} would decide"
    return f"{said}, on both sides of {show_percent(trial.limit)}: inconclusive; {more}; would have seen {_seen(trial)}"


def _seen(trial: Trial) -> str:
    return "nothing yet" if trial.detectable is None else f"{signed(trial.detectable)}"


def interval(trial: Trial) -> str:
    """The ends of the interval; an end that so few forks cannot set is left open."""
    low = "…" if trial.low is None else signed(trial.low)
    high = "…" if trial.high is None else signed(trial.high)
    return f"{low} to {high}"


def signed(percent: float) -> str:
    """A change in percent with its sign."""
    text = show_percent(abs(percent))
    return "±0%" if text == "0%" else f"{'+' if percent > 0 else '−'}{text}"


# Against stored values


def incomparable(now: Environment, base: Environment) -> str | None:
    """Why times and memory of two machines say nothing of one another, or None."""
    for name, here, there in (
        ("processor", now.cpu_model, base.cpu_model),
        ("number of cores", now.cores, base.cores),
        ("architecture", now.arch, base.arch),
        ("system", now.os, base.os),
        ("kind of runner", now.runner_class, base.runner_class),
        ("release line of Node", now.node_line, base.node_line),
    ):
        if here != there:
            return f"not compared: another {name} ({there or 'unknown'} then, {here or 'unknown'} now)"
    return None


def screened(
    spec: MetricSpec, rule: Budget, metric: Metric, recent: Sequence[float], units: System
) -> tuple[Violation | None, str | None]:
    """What stored values of the same machine say: a suspicion at most, as a violation that warns; and a note.

    `recent` are the values of the commits before, oldest first.
    """
    limits = [source for _, _, source in regression.increase_limits(spec, rule)]
    if not limits:
        return None, None
    from perfgate.statistics import screening

    found = screening.screen(metric.value, recent, better=spec.better)
    if found.bound is None:
        return None, f"not compared: {len(recent)} of {screening.WINDOW} values of such a machine are stored"
    if found.verdict == "ok" or abs(metric.value - found.bound) <= regression.floor_of(spec, rule):
        blind = f"; a change below {show_percent(found.blind_below * 100)} would not show" if found.blind_below else ""
        return None, f"within what the last {screening.WINDOW} commits did{blind}"
    side = "above" if spec.better == "lower" else "below"
    bound = show(found.bound, spec.unit, units, beside=[metric.value])
    text = (
        f"suspect: {side} {bound}, 10% beyond the worst of the last {screening.WINDOW} commits; "
        "stored values decide nothing, comparing side by side would"
    )
    return Violation(rule=Rule.INCONCLUSIVE, level=Level.WARN, text=text, source=limits[0]), None


# Absolute limits


def tempered(spec: MetricSpec, metric: Metric, violation: Violation, units: System) -> Violation:
    """A failing limit, or a warning where this run is no evidence for it: its interval reaches to the other side."""
    if violation.level is not Level.FAIL or violation.rule is not Rule.LIMIT or violation.limit is None:
        return violation
    from perfgate.statistics import absolute

    if not metric.samples or len(metric.samples) < absolute.FEWEST:
        if _is_far(spec, metric.value, violation.limit):
            return violation
        return replace(violation, level=Level.WARN, text=f"{violation.text}, by a single value: no evidence by itself")
    sign = 1 if spec.better == "lower" else -1
    found = absolute.against([sign * value for value in metric.samples], sign * violation.limit)
    if found.place == "above" or found.low is None or found.high is None:
        return violation
    ends = sorted((sign * found.low, sign * found.high))
    low, high = (show(end, spec.unit, units, beside=[violation.limit]) for end in ends)
    text = f"{violation.text}, but this run lies between {low} and {high}: on both sides of it"
    return replace(violation, level=Level.WARN, text=text)


def _is_far(spec: MetricSpec, value: float, limit: float) -> bool:
    if spec.unit is Unit.PERCENT and spec.better == "higher":
        # A share of runs is counted, not measured.
        return True
    return value > limit * FAR_OVER if spec.better == "lower" else value * FAR_OVER < limit


def excused(violation: Violation, why: str) -> Violation:
    """The same, but as a warning: what did not change cannot have regressed."""
    if violation.level is not Level.FAIL:
        return violation
    return replace(violation, level=Level.WARN, text=f"{violation.text}; {why}")


# Leaks


def about_leak(leak: Leak | None, source: str) -> Violation | None:
    """A leak that could be neither proven nor ruled out warns."""
    if leak is None or leak.verdict != "inconclusive":
        return None
    seen = (
        f"; would have seen {show(leak.high, Unit.BYTES)} a request" if leak.high is not None and leak.high > 0 else ""
    )
    text = f"neither a leak nor clean after {leak.requests:,} requests{seen}"
    return Violation(rule=Rule.INCONCLUSIVE, level=Level.WARN, text=text, source=source)
