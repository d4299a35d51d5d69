"""The gate as a decision table: what passes, warns and fails, and whose doing it is."""

from dataclasses import replace

import pytest

from perfgate.config.limits import Budgets
from perfgate.gate.verdict import Attribution, Level, Rule
from tests.reports import KIB, a_report, budgets, finding, gate, with_modules

LIMIT = "version: 1\ndefaults: {bundle.size: {fail: 100 KB, warn: 90%, increase: {warn: 2%, fail: 10%, floor: 1 KB}}}\n"


@pytest.mark.parametrize(
    ("base", "now", "level", "attribution", "rules"),
    [
        # absolute, without a baseline
        (None, 90 * KIB, "ok", "first", []),
        (None, 90 * KIB + 1, "warn", "first", ["limit"]),
        (None, 100 * KIB, "warn", "first", ["limit"]),
        (None, 100 * KIB + 1, "fail", "first", ["limit"]),
        # whose doing it is
        (100 * KIB, 100 * KIB + 1, "fail", "new", ["limit"]),
        (101 * KIB, 101 * KIB, "warn", "was over", ["limit"]),
        (101 * KIB, 101 * KIB + 100, "warn", "was over", ["limit"]),
        (101 * KIB, 103 * KIB, "fail", "worse", ["limit"]),
        (102 * KIB, 101 * KIB, "warn", "was over", ["limit"]),
        (101 * KIB, 80 * KIB, "ok", "fixed", []),
        (60 * KIB, 50 * KIB, "ok", "improved", []),
        (50 * KIB, 50 * KIB, "ok", None, []),
        # change: over the percentage and over the floor
        (50 * KIB, 55 * KIB, "warn", "worse", ["increase"]),
        (50 * KIB, 55 * KIB + 1, "fail", "worse", ["increase"]),
        (50 * KIB, 51 * KIB, "ok", None, []),
        (50 * KIB, 51 * KIB + 1, "warn", "worse", ["increase"]),
        (2 * KIB, 3 * KIB, "ok", None, []),
        (2 * KIB, 3 * KIB + 1, "fail", "worse", ["increase"]),
        (0, 1 * KIB, "ok", None, []),
        (0, 2 * KIB, "fail", "worse", ["increase"]),
        # both at once
        (85 * KIB, 101 * KIB, "fail", "new", ["limit", "increase"]),
    ],
)
def test_decides(base: int | None, now: int, level: str, attribution: str | None, rules: list[str]) -> None:
    before = a_report(f"auth bundle.size={base}") if base is not None else None
    found = finding(gate(a_report(f"auth bundle.size={now}"), budgets(LIMIT), before))
    assert (found.level, found.attribution, [v.rule for v in found.violations]) == (level, attribution, rules)


@pytest.mark.parametrize(("level", "status"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_only_a_failing_finding_fails(level: str, status: int) -> None:
    size = {"ok": 1, "warn": 95 * KIB, "fail": 101 * KIB}[level]
    assert gate(a_report(f"auth bundle.size={size}"), budgets(LIMIT)).status == status


def test_what_was_over_before_fails_where_the_team_says_so() -> None:
    over = a_report(f"auth bundle.size={101 * KIB}")
    assert finding(gate(over, budgets(LIMIT + "existing: fail\n"), over)).level is Level.FAIL


def test_the_built_in_increase_holds_without_any_budget() -> None:
    found = finding(gate(a_report("auth bundle.size=120KB"), Budgets(), a_report("auth bundle.size=100KB")))
    assert (found.level, found.violations[0].source) == (Level.FAIL, "built-in default of bundle.size")


def test_the_built_in_increase_can_be_switched_off() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.size: {fail: 1 MB, increase: ignore}}\n")
    assert (
        finding(gate(a_report("auth bundle.size=120KB"), rules, a_report("auth bundle.size=100KB"))).level is Level.OK
    )


def test_a_higher_is_better_metric_is_mirrored() -> None:
    rules = budgets("version: 1\ndefaults: {score.performance: {fail: 85, warn: 90}}\n")
    levels = [
        finding(
            gate(a_report(f"(repository) score.performance={score}"), rules), "(repository)", "score.performance"
        ).level
        for score in (91, 90, 89, 85, 84)
    ]
    assert levels == ["ok", "ok", "warn", "warn", "fail"]


def test_a_repository_metric_is_asked_of_no_service() -> None:
    rules = budgets("version: 1\ndefaults: {score.performance: 85}\n")
    verdict = gate(a_report("auth bundle.size=1; (repository) score.performance=90"), rules)
    assert [f.service for f in verdict.findings if f.metric == "score.performance"] == ["(repository)"]


# What is not measured


@pytest.mark.parametrize(
    ("policy", "level"), [("fail", "fail"), ("warn", "warn"), ("ignore", "ok"), ("carry-forward", "fail")]
)
def test_a_budgeted_metric_without_a_value(policy: str, level: str) -> None:
    report = a_report("auth bundle.size missing: no file matches dist/apps/auth/*.js")
    found = finding(gate(report, budgets(LIMIT + f"missing: {policy}\n")))
    assert (found.level, found.value, found.reason) == (level, None, "no file matches dist/apps/auth/*.js")


def test_a_service_that_only_the_budgets_know_is_not_measured() -> None:
    rules = budgets("version: 1\nservices: {gone: {bundle.size: 1 KB}}\n")
    found = finding(gate(a_report("auth bundle.size=1"), rules), "gone")
    assert (found.level, found.violations[0].rule) == (Level.FAIL, Rule.MISSING)
    assert found.reason == "the service is not in the report: it was not found in the workspace"


def test_a_misspelt_service_gets_a_hint() -> None:
    rules = budgets("version: 1\nservices: {auht: {bundle.size: 1 MB}}\n")
    found = finding(gate(a_report("auth bundle.size=1"), rules), "auht")
    assert found.reason == "the service is not in the report: it was not found in the workspace (did you mean auth?)"


def test_a_vanished_service_without_a_budget_is_called_out() -> None:
    found = finding(gate(a_report("web bundle.size=1"), Budgets(), a_report("auth bundle.size=1; web bundle.size=1")))
    assert (found.level, found.base) == (Level.WARN, 1)


def test_a_service_that_was_not_built_is_carried_forward() -> None:
    report = a_report("auth bundle.size missing: no file matches x")
    found = finding(gate(report, budgets(LIMIT + "missing: carry-forward\n"), a_report("auth bundle.size=50KB")))
    assert (found.level, found.value, found.note) == (Level.OK, 50 * KIB, "carried forward from bbbbbbb, 1 days old")


def test_a_service_that_broke_is_never_carried_forward() -> None:
    report = a_report("auth bundle.size failed: main.js cannot be read")
    found = finding(gate(report, budgets(LIMIT + "missing: carry-forward\n"), a_report("auth bundle.size=50KB")))
    assert (found.level, found.value) == (Level.FAIL, None)


def test_an_unbudgeted_service_is_listed() -> None:
    rules = budgets("version: 1\nservices: {auth: {bundle.size: 1 MB}}\n")
    assert gate(a_report("auth bundle.size=1; web bundle.size=1"), rules).unbudgeted == ("web",)


# Comparability


def test_sizes_of_another_compressor_are_not_compared() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.gzip: {fail: 1 MB, increase: 1%}}\n")
    now = a_report("auth bundle.gzip=120KB", zlib="zlib-ng 2.2")
    found = finding(gate(now, rules, a_report("auth bundle.gzip=100KB")), metric="bundle.gzip")
    assert (found.level, found.note) == (
        Level.OK, "not compared: measured with zlib-ng 2.2, the baseline with zlib 1.3.1",
    )  # fmt: skip


def test_versions_of_one_compressor_are_compared() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.gzip: {fail: 1 MB, increase: 1%}}\n")
    now = a_report("auth bundle.gzip=120KB", zlib="zlib 1.2.13")
    assert finding(gate(now, rules, a_report("auth bundle.gzip=100KB")), metric="bundle.gzip").level is Level.FAIL


# Drift

DRIFT = "version: 1\ndefaults: {bundle.size: {fail: 1 MB, increase: 10%, drift: {window: 30d, fail: 20%}}}\n"


def test_drift_catches_what_each_step_passes() -> None:
    now, base, oldest = (a_report(f"auth bundle.size={size}KB") for size in (130, 125, 100))
    found = finding(gate(now, budgets(DRIFT), base, oldest=oldest))
    assert [(v.rule, v.level) for v in found.violations] == [(Rule.DRIFT, Level.FAIL)]


def test_drift_does_not_blame_a_change_that_added_nothing() -> None:
    now, base, oldest = (a_report(f"auth bundle.size={size}KB") for size in (130, 130, 100))
    assert finding(gate(now, budgets(DRIFT), base, oldest=oldest)).level is Level.WARN


# Waivers


def waived(expires: str, allow: str = "110 KB") -> Budgets:
    entry = f"{{service: auth, metric: bundle.size, allow: {allow}, reason: r, approved_by: b, expires: {expires}}}"
    return budgets(LIMIT, waivers=f"waivers: [{entry}]\n")


@pytest.mark.parametrize(
    ("expires", "size", "level", "texts"),
    [
        ("2026-12-31", 110, "ok", []),
        ("2026-12-31", 111, "fail", ["111 KiB is over the limit of 110 KiB"]),
        ("2026-12-01", 110, "warn", ["the waiver expires on 2026-12-01, in 7 days; then this fails"]),
        ("2026-11-24", 110, "warn", ["the waiver expires on 2026-11-24, in 0 days; then this fails"]),
        ("2026-11-23", 110, "fail", ["110 KiB is over the limit of 100 KiB", "the waiver expired on 2026-11-23"]),
        ("2026-11-23", 80, "ok", []),
    ],
)
def test_a_waiver_is_a_ceiling_until_it_expires(expires: str, size: int, level: str, texts: list[str]) -> None:
    found = finding(gate(a_report(f"auth bundle.size={size}KB"), waived(expires)))
    assert (found.level, [violation.text for violation in found.violations]) == (level, texts)


def test_within_a_waiver_growth_only_warns() -> None:
    found = finding(gate(a_report("auth bundle.size=109KB"), waived("2026-12-31"), a_report("auth bundle.size=80KB")))
    assert found.level is Level.WARN


def test_a_waiver_below_the_limit_takes_nothing_away() -> None:
    assert finding(gate(a_report("auth bundle.size=89KB"), waived("2026-12-31", "50 KB"))).level is Level.OK


# Causes and order


def test_the_parts_that_changed_are_named_largest_first() -> None:
    base = with_modules(a_report("auth bundle.size=50KB"), "auth", {"a.ts": 1000, "node_modules/x": 500, "old.ts": 90})
    now = with_modules(
        a_report("auth bundle.size=60KB"),
        "auth",
        {"a.ts": 1200, "node_modules/x": 500, "node_modules/moment": 9000},
        "b.ts",
    )
    found = finding(gate(now, budgets(LIMIT), base))
    assert [(c.name, c.before, c.after) for c in found.causes] == [
        ("node_modules/moment", None, 9000), ("a.ts", 1000, 1200), ("old.ts", 90, None),
    ]  # fmt: skip


def test_findings_come_worst_first() -> None:
    base = a_report("a bundle.size=100KB; b bundle.size=101KB; c bundle.size=50KB; d bundle.size=150KB")
    now = a_report(
        "a bundle.size=104KB; b bundle.size=103KB; c bundle.size=60KB; d bundle.size=150KB; e bundle.size=1KB"
    )
    verdict = gate(now, budgets(LIMIT), base)
    order = [(f.service, f.level, f.attribution) for f in verdict.findings]
    assert order == [
        ("a", Level.FAIL, Attribution.NEW),
        ("b", Level.FAIL, Attribution.WORSE),
        ("c", Level.FAIL, Attribution.WORSE),
        ("d", Level.WARN, Attribution.WAS_OVER),
        ("e", Level.OK, Attribution.FIRST),
    ]


def test_the_same_arguments_give_the_same_verdict() -> None:
    report = a_report("a bundle.size=100KB; b bundle.size missing: x")
    assert gate(report, budgets(LIMIT), report) == gate(replace(report), budgets(LIMIT), replace(report))
