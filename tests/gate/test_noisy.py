"""Noisy metrics: what fails, what warns, and what is never blamed on a change."""

from dataclasses import replace
from typing import Any

import pytest

from perfgate.analyzers import METRICS
from perfgate.gate.check import Compared, check
from perfgate.gate.verdict import Attribution, Baseline, Finding, Level, Rule
from perfgate.report.model import (
    Comparison,
    Details,
    Environment,
    Leak,
    Memory,
    Metric,
    Paired,
    Report,
    Score,
)
from perfgate.units import Unit
from tests.reports import NOW, a_report, budgets, finding, gate

RULES = "version: 1\n"
SPREAD = [-0.03, 0.03, -0.02, 0.02, -0.01, 0.01, 0.0, -0.025, 0.025, -0.015, 0.015, 0.005, -0.005, 0.0]


def side_by_side(
    centre: float, forks: int = 14, *, metric: str = "response.cpu", route: str = "GET /v1/rooms"
) -> Comparison:
    spread = (SPREAD * 2)[:forks]
    return Comparison(
        route=route, metric=metric, differences=tuple(centre + one for one in spread), base=1.0, head=1.0 + centre
    )


def paired(*comparisons: Comparison, **more: Any) -> Report:
    """chat with a response.cpu of 1 ms, and what the forks said."""
    found = Paired(base_commit="b" * 40, forks=14, comparisons=comparisons, **more)
    return a_report("chat response.cpu=1ms", details=Details(paired={"chat": found}))


def judged(report: Report, rules: str = RULES, base: Report | None = None) -> Finding:
    return finding(gate(report, budgets(rules), base), "chat", "response.cpu")


@pytest.mark.parametrize(
    ("centre", "level", "answer"),
    [
        (0.0, "ok", "not regressed"),
        (0.02, "ok", "not regressed"),
        (0.05, "warn", "inconclusive"),
        (0.12, "fail", "regressed"),
    ],
)
def test_three_answers(centre: float, level: str, answer: str) -> None:
    found = judged(paired(side_by_side(centre)))
    assert (found.level, found.trials[0].answer) == (level, answer)
    assert found.trials[0].forks in (8, 14)
    assert found.trials[0].detectable is not None


def test_a_regression_names_the_route_the_interval_and_the_limit() -> None:
    found = judged(paired(side_by_side(0.0), side_by_side(0.3, route="POST /v1/rooms")))
    (violation,) = found.violations
    assert (violation.rule, violation.level, found.attribution) == (Rule.INCREASE, Level.FAIL, Attribution.WORSE)
    assert violation.text.startswith("`POST /v1/rooms`: +35% (")
    assert "14 forks), at most 5% is allowed" in violation.text
    assert violation.source == "built-in default of response.cpu"
    assert [trial.answer for trial in found.trials] == ["regressed", "not regressed"]


def test_inconclusive_says_how_many_more_forks_would_decide() -> None:
    (violation,) = judged(paired(side_by_side(0.06))).violations
    assert (violation.rule, violation.level) == (Rule.INCONCLUSIVE, Level.WARN)
    assert "more forks would decide" in violation.text
    assert "would have seen" in violation.text


def test_a_limit_of_the_team_replaces_the_built_in_one() -> None:
    rules = "version: 1\ndefaults: {response.cpu: {increase: {fail: 20%}}}\n"
    found = judged(paired(side_by_side(0.12)), rules)
    assert (found.level, found.trials[0].limit, found.trials[0].limit_source) == (
        "ok",
        20,
        "budgets/perfgate.yaml:2:44",
    )


@pytest.mark.parametrize("rule", ["response.cpu: ignore", "response.cpu: {fail: 5 ms, increase: ignore}"])
def test_an_ignored_change_is_not_judged(rule: str) -> None:
    found = judged(paired(side_by_side(0.5)), f"version: 1\ndefaults: {{{rule}}}\n")
    assert (found.level, found.trials) == ("ok", ())


def test_more_comparisons_ask_for_more_evidence() -> None:
    alone = judged(paired(side_by_side(0.062)))
    many = judged(paired(side_by_side(0.062), *(side_by_side(0, route=f"GET /{n}") for n in range(40))))
    assert alone.trials[0].low is not None
    assert many.trials[0].low is not None
    assert many.trials[0].low < alone.trials[0].low


def test_too_few_forks_for_a_look_decide_nothing() -> None:
    found = judged(paired(side_by_side(0.5, forks=7)))
    assert (found.level, found.trials[0].answer) == ("warn", "inconclusive")


def test_faster_on_one_route_and_slower_on_none_is_an_improvement() -> None:
    found = judged(paired(side_by_side(-0.2), side_by_side(0.0, route="GET /b")))
    assert (found.level, found.attribution) == ("ok", Attribution.IMPROVED)


# Unchanged inputs


def test_the_same_inputs_cannot_regress() -> None:
    inputs = {"chat": "c" * 64}
    slow = replace(paired(side_by_side(0.5)), inputs=inputs)
    found = judged(
        slow, "version: 1\ndefaults: {response.cpu: 0.5 ms}\n", a_report("chat response.cpu=0.2ms", inputs=inputs)
    )
    assert (found.level, found.trials) == ("warn", ())
    assert "built and run from the same inputs" in (found.note or "")


def test_inputs_found_equal_while_measuring_cannot_regress_either() -> None:
    report = a_report("chat response.cpu=9ms", details=Details(paired={"chat": Paired(unchanged="the same inputs")}))
    assert judged(report, "version: 1\ndefaults: {response.cpu: 1 ms}\n").level == "warn"


# Stored values only

MACHINE = Environment(os="linux", arch="x86_64", python="3.12.0", cpu_model="A", cores=4, node="20.20.2")


def stored(now: float, before: list[float], *, now_on: Environment = MACHINE, metric: str = "response.mean") -> Finding:
    def of(value: float, environment: Environment) -> Report:
        unit = METRICS[metric].unit
        measured = Metric(service="chat", id=metric, value=value, unit=unit)
        return a_report(metrics=(measured,), environment=environment)

    history = tuple(of(value, MACHINE) for value in before)
    compared = Compared(Baseline(step="exact", sha="b" * 40), history[-1] if history else None, None, history)
    verdict = check(of(now, now_on), budgets(RULES), METRICS, compared, now=NOW)
    return finding(verdict, "chat", metric)


def test_stored_values_raise_a_suspicion_and_fail_nothing() -> None:
    found = stored(50, [10, 11, 9, 10, 10, 12, 10, 9, 10, 10])
    (violation,) = found.violations
    assert (violation.rule, violation.level) == (Rule.INCONCLUSIVE, Level.WARN)
    assert "13.2 ms" in violation.text


@pytest.mark.parametrize(("now", "before"), [(13, [10.0] * 9 + [12.0]), (100, [10.0] * 9), (11, [10.0] * 10)])
def test_within_what_was_and_too_short_a_history_are_no_suspicion(now: float, before: list[float]) -> None:
    assert stored(now, before).level == "ok"


def test_another_machine_says_nothing() -> None:
    found = stored(50, [10.0] * 10, now_on=replace(MACHINE, cpu_model="B"))
    assert (found.level, found.base) == ("ok", None)
    assert "another processor (A then, B now)" in (found.note or "")


@pytest.mark.parametrize(("machine", "level"), [("A", "warn"), ("B", "ok")])
def test_drift_of_a_noisy_metric_warns_and_only_between_two_machines_of_a_kind(machine: str, level: str) -> None:
    def of(value: float, environment: Environment) -> Report:
        measured = Metric(service="chat", id="response.mean", value=value, unit=Unit.MILLISECONDS)
        return a_report(metrics=(measured,), environment=environment)

    rules = budgets("version: 1\ndefaults: {response.mean: {drift: {window: 30d, fail: 5%}}}\n")
    oldest = of(10, replace(MACHINE, cpu_model=machine))
    assert finding(gate(of(20, MACHINE), rules, oldest=oldest), "chat", "response.mean").level == level


def test_two_numbers_are_no_improvement() -> None:
    assert stored(5, [10.0] * 10).attribution is None


# Absolute limits


def limited(samples: tuple[float, ...] | None, value: float, limit: str = "10 ms") -> Finding:
    measured = Metric(service="chat", id="response.mean", value=value, unit=Unit.MILLISECONDS, samples=samples)
    rules = budgets(f"version: 1\ndefaults: {{response.mean: {limit}}}\n")
    return finding(gate(a_report(metrics=(measured,)), rules), "chat", "response.mean")


@pytest.mark.parametrize(
    ("samples", "value", "level"),
    [
        ((11, 12, 11, 13, 11, 12, 11, 12, 11, 12), 11.5, "fail"),
        ((9, 12, 11, 13, 9, 12, 11, 8, 11, 12), 11, "warn"),
        ((9, 8, 9, 8, 9, 8, 9, 8, 9, 8), 8.5, "ok"),
        (None, 11, "warn"),
        (None, 15.1, "fail"),
    ],
)
def test_a_noisy_value_over_its_limit_fails_on_evidence(
    samples: tuple[float, ...] | None, value: float, level: str
) -> None:
    assert limited(samples, value).level == level


# Leaks


def leaking(verdict: Any, value: float, rules: str = RULES) -> Finding:
    leak = Leak(verdict=verdict, slope=100.0, low=value, high=120.0, requests=15_000)
    memory = Memory(method="agent", processes=1, rss=1, leak=leak)
    measured = Metric(service="chat", id="memory.leak", value=value, unit=Unit.BYTES)
    report = a_report(metrics=(measured,), details=Details(memory={"chat": memory}))
    return finding(gate(report, budgets(rules)), "chat", "memory.leak")


def test_a_proven_leak_fails_without_a_budget_that_says_so() -> None:
    found = leaking("leak", 96)
    assert (found.level, found.violations[0].source) == ("fail", "built-in default of memory.leak")


def test_a_leak_that_is_not_proven_warns() -> None:
    assert leaking("inconclusive", 0).level == "warn"
    assert leaking("clean", 0).level == "ok"
    assert leaking("leak", 96, "version: 1\ndefaults: {memory.leak: ignore}\n").level == "ok"


def test_what_did_not_change_is_not_suspected_of_a_leak() -> None:
    leak = Leak(verdict="inconclusive", requests=15_000)
    memory = {"chat": Memory(method="agent", processes=1, rss=1, leak=leak)}
    measured = Metric(service="chat", id="memory.leak", value=0, unit=Unit.BYTES)
    details = Details(memory=memory, paired={"chat": Paired(unchanged="the same inputs")})
    verdict = gate(a_report(metrics=(measured,), details=details), budgets(RULES))
    assert finding(verdict, "chat", "memory.leak").level == "ok"


def test_a_comparison_that_was_asked_for_and_did_not_come_about_is_said() -> None:
    broken = a_report(
        "chat response.cpu=1ms", details=Details(paired={"chat": Paired(notes=("the base did not build",))})
    )
    found = judged(broken)
    assert (found.level, found.violations[0].rule) == ("warn", Rule.INCONCLUSIVE)
    assert "the base did not build" in found.violations[0].text
    died = a_report(
        "chat response.cpu=1ms", details=Details(paired={"chat": Paired(failed="chat ended with status 1")})
    )
    assert judged(died).level == "fail"
    assert judged(died, "version: 1\nmissing: warn\n").level == "warn"
    assert judged(died, "version: 1\nmissing: ignore\n").level == "ok"


# The score


@pytest.mark.parametrize(("best", "level"), [(86.0, "warn"), (84.0, "fail"), (None, "fail")])
def test_a_score_is_under_its_limit_only_beyond_the_noise_of_its_parts(best: float | None, level: str) -> None:
    score = Score(overall=80, status="healthy", coverage=1, partial=False, breakdown={}, best=best)
    measured = Metric(service="(repository)", id="score.performance", value=80, unit=Unit.POINTS)
    report = a_report(metrics=(measured,), details=Details(score=score))
    verdict = gate(report, budgets("version: 1\ndefaults: {score.performance: 85}\n"))
    assert finding(verdict, "(repository)", "score.performance").level == level


# What else the gate does with rules


def test_an_ignored_metric_has_no_built_in_limit_on_change() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.size: ignore}\n")
    verdict = gate(a_report("auth bundle.size=200KB"), rules, a_report("auth bundle.size=100KB"))
    assert finding(verdict).level == "ok"
