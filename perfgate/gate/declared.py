"""Metrics that a team declares: what a change does to their declarations, and values that do not fit them. Pure.

The declaration of the base counts, as its budgets do: a change must not turn `lower` into `higher` to pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from perfgate.gate.verdict import Edit
from perfgate.report.model import Metric, MetricSpec, NotMeasured, Report


def counting(head: Mapping[str, MetricSpec], base: Mapping[str, MetricSpec]) -> dict[str, MetricSpec]:
    """The metrics that are judged: those of the head, each as the base declares it where it does."""
    return {**head, **base}


def edits(base: Mapping[str, MetricSpec], head: Mapping[str, MetricSpec], source: str) -> Iterator[Edit]:
    """Declarations of the base that the head takes back or changes; `source` is the file they stand in."""
    for id_, was in sorted(base.items()):
        now = head.get(id_)
        if now is None or _words(now) != _words(was):
            same_meaning = now is not None and (now.unit, now.better) == (was.unit, was.better)
            yield Edit(
                subject=f"declaration of {id_}",
                before=_words(was),
                after=_words(now) if now else None,
                loosened=not same_meaning or was.noise == "exact",
                source=source,
            )


def _words(spec: MetricSpec) -> str:
    return f"{spec.unit}, {spec.better} is better, {spec.noise}"


def in_declared_units(report: Report, metrics: Mapping[str, MetricSpec]) -> Report:
    """The report without values in another unit than that of their metric: such numbers cannot be compared with any."""
    wrong = [metric for metric in report.metrics if metric.id in metrics and metric.unit is not metrics[metric.id].unit]
    if not wrong:
        return report
    reasons = (_reason(metric, metrics[metric.id]) for metric in wrong)
    return replace(
        report,
        metrics=tuple(metric for metric in report.metrics if metric not in wrong),
        not_measured=(*report.not_measured, *reasons),
    )


def _reason(metric: Metric, spec: MetricSpec) -> NotMeasured:
    reason = f"the report has it in {metric.unit}, and it is declared in {spec.unit}"
    return NotMeasured(service=metric.service, id=metric.id, reason=reason, failed=True)
