"""The scores: how well each part does against its thresholds, and all of them as one number. Pure.

A part scores on one continuous falling curve; the whole is the weighted harmonic mean, which lets no dead part hide
behind good ones and still moves with every change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Literal, NamedTuple

from perfgate.report.model import REPOSITORY, Metric, MetricSpec, Report, Score, ScorePart
from perfgate.units import Unit

METRICS = (
    MetricSpec(
        "score.performance",
        Unit.POINTS,
        "weighted score of everything that was measured, 0 to 100",
        better="higher",
        scope="repository",
    ),
)

MIN_COVERAGE = 0.6
# Fewer samples set no end to an interval at an error rate of 5 %.
FEWEST_SAMPLES = 6
HEALTHY_ABOVE = 70
_MIB = 1024 * 1024


class Thresholds(NamedTuple):
    """Where a lower-is-better value scores 90, 70 and 50."""

    info: float
    warning: float
    critical: float


def curve(value: float, thresholds: Thresholds) -> float:
    """Points for a lower-is-better value: 0 gives 100, then 90, 70 and 50 at the thresholds, then 50 x critical / value."""
    points = [(0.0, 100.0), *zip(thresholds, (90.0, 70.0, 50.0), strict=True)]
    for (low, high_score), (high, low_score) in pairwise(points):
        if value <= high:
            return high_score - (high_score - low_score) * (value - low) / (high - low)
    return 50 * thresholds.critical / value


def overall(parts: Mapping[str, tuple[float, float]]) -> Score | None:
    """The weighted harmonic mean of `name -> (weight, score)`, scores floored at 1; None when nothing was measured.

    The points a part costs are its share of the shortfall; they add up to 100 - overall.
    """
    measured = sum(weight for weight, _ in parts.values())
    if not measured:
        return None
    floored = {name: (weight, max(1.0, score)) for name, (weight, score) in parts.items()}
    mean = measured / sum(weight / score for weight, score in floored.values())
    breakdown = {
        name: ScorePart(
            score=round(score, 1), weight=weight, lost=round(weight / measured * mean * (100 - score) / score, 1)
        )
        for name, (weight, score) in floored.items()
    }
    rounded = round(mean, 1)
    return Score(
        overall=rounded,
        status=_status(rounded, measured),
        coverage=round(measured, 2),
        partial=False,
        breakdown=breakdown,
    )


def _status(value: float, coverage: float) -> Literal["healthy", "at the limit", "degraded", "unknown"]:
    if coverage < MIN_COVERAGE:
        return "unknown"
    if value == HEALTHY_ABOVE:
        return "at the limit"
    return "healthy" if value > HEALTHY_ABOVE else "degraded"


_WEIGHTS = {"memory": 0.25, "bundle": 0.25, "response": 0.25, "build": 0.15, "dependencies": 0.10}
# Where the first part of a metric id is not the name of the part of the score that it counts for.
_PARTS = {"deps": "dependencies", "treeshake": "dependencies"}
_CURVES: dict[str, tuple[str, Callable[[float], float]]] = {
    "memory.heapUsed": ("memory", lambda bytes_: curve(bytes_ / _MIB, Thresholds(150, 200, 300))),
    "response.mean": ("response", lambda ms: curve(ms, Thresholds(5, 10, 50))),
    "response.p95": ("response", lambda ms: curve(ms, Thresholds(15, 30, 150))),
    "response.errorRate": ("response", lambda percent: curve(percent, Thresholds(0.1, 1, 5))),
    "treeshake.effectiveness": ("dependencies", lambda percent: curve(100 - percent, Thresholds(30, 50, 70))),
    "memory.leak": ("memory", lambda bytes_: curve(bytes_, Thresholds(32, 100, 1000))),
    "build.successRate": ("build", lambda percent: curve(100 - percent, Thresholds(1, 2, 5))),
}
_BUNDLE = Thresholds(0.9, 1, 1.2)
_UNUSED = Thresholds(2, 5, 15)


def response_score(mean: float | None, p95: float | None, error_rate: float) -> float:
    """The score of one service's answers, 0 to 100: the worst of its parts. Times in ms, the error rate in percent."""
    measured = {"response.mean": mean, "response.p95": p95, "response.errorRate": error_rate}
    return round(min(_CURVES[id_][1](value) for id_, value in measured.items() if value is not None), 1)


def scored(report: Report, limits: Mapping[str, float]) -> Report:
    """`report` with its score, from everything it measured. `limits` are the bundle budgets in bytes by service."""
    score = _score(report, limits)
    if score is not None:
        failed = {missing.id.split(".")[0] for missing in report.not_measured if missing.failed}
        best = _score(replace(report, metrics=tuple(map(_at_best, report.metrics))), limits)
        score = replace(
            score,
            partial=any(_PARTS.get(name, name) in _WEIGHTS for name in failed),
            best=best.overall if best and best.overall > score.overall else None,
        )
    kept = tuple(metric for metric in report.metrics if metric.id != "score.performance")
    own = (Metric(service=REPOSITORY, id="score.performance", value=score.overall, unit=Unit.POINTS),) if score else ()
    return replace(report, metrics=(*own, *kept), details=replace(report.details, score=score))


def _score(report: Report, limits: Mapping[str, float]) -> Score | None:
    parts: dict[str, float] = {}
    for name, points in (*_points(report.metrics, limits), *_unused(report)):
        parts[name] = min(points, parts.get(name, 100.0))
    return overall({name: (_WEIGHTS[name], points) for name, points in parts.items()})


def _at_best(metric: Metric) -> Metric:
    """A value with noise, taken at the good end of its interval: that far it may be better than it looks."""
    if not metric.samples or len(metric.samples) < FEWEST_SAMPLES:
        return metric
    from perfgate.statistics.intervals import median

    low = median(metric.samples, 0.025, 0.025).low
    return replace(metric, value=min(metric.value, low))


def _points(metrics: Iterable[Metric], limits: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The part each metric counts for, and its points."""
    for metric in metrics:
        if metric.id == "bundle.size" and limits.get(metric.service):
            yield "bundle", curve(metric.value / limits[metric.service], _BUNDLE)
        elif metric.id in _CURVES:
            part, points = _CURVES[metric.id]
            yield part, points(metric.value)


def _unused(report: Report) -> Iterator[tuple[str, float]]:
    """Unused dependencies count by their share of what a manifest declares."""
    for found in (report.details.deps or {}).values():
        if found.declared:
            unused = sum(remark.kind == "unused" and remark.certain for remark in found.remarks)
            yield "dependencies", curve(unused / found.declared * 100, _UNUSED)
