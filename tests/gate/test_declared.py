"""Metrics that a team declares: the base decides what they mean, and a value in another unit is none."""

import pytest

from perfgate.gate import declared
from perfgate.report.model import Metric, MetricSpec
from perfgate.units import Unit
from tests.reports import a_report

SIZE = MetricSpec("custom.a", Unit.BYTES, "words", noise="exact")
TIME = MetricSpec("custom.a", Unit.MILLISECONDS, "words", noise="noisy")


@pytest.mark.parametrize(
    ("was", "now", "after", "loosened"),
    [
        (SIZE, None, None, True),
        (SIZE, MetricSpec("custom.a", Unit.BYTES, "words", better="higher"), "bytes, higher is better, exact", True),
        (SIZE, TIME, "ms, lower is better, noisy", True),
        (SIZE, MetricSpec("custom.a", Unit.BYTES, "words", noise="noisy"), "bytes, lower is better, noisy", True),
        (TIME, MetricSpec("custom.a", Unit.MILLISECONDS, "w"), "ms, lower is better, exact", False),
    ],
)
def test_a_declaration_that_changes_is_an_edit(
    was: MetricSpec, now: MetricSpec | None, after: str | None, loosened: bool
) -> None:
    (edit,) = declared.edits({"custom.a": was}, {"custom.a": now} if now else {}, "perfgate.yaml")
    assert (edit.subject, edit.after, edit.loosened) == ("declaration of custom.a", after, loosened)


def test_other_words_and_new_metrics_are_no_edits() -> None:
    other = MetricSpec("custom.a", Unit.BYTES, "other words", noise="exact")
    assert list(declared.edits({"custom.a": SIZE}, {"custom.a": other, "custom.b": SIZE}, "perfgate.yaml")) == []


def test_the_declaration_of_the_base_counts() -> None:
    assert declared.counting({"custom.a": TIME, "custom.b": TIME}, {"custom.a": SIZE}) == {
        "custom.a": SIZE,
        "custom.b": TIME,
    }


def test_a_value_in_another_unit_is_not_measured() -> None:
    report = a_report(metrics=(Metric(service="web", id="custom.a", value=5, unit=Unit.MILLISECONDS),))
    assert declared.in_declared_units(report, {"custom.a": TIME}) == report
    assert declared.in_declared_units(report, {}) == report
    found = declared.in_declared_units(report, {"custom.a": SIZE})
    assert found.metrics == ()
    assert [(entry.reason, entry.failed) for entry in found.not_measured] == [
        ("the report has it in ms, and it is declared in bytes", True)
    ]
