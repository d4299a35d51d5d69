"""Metrics of packages: who is asked for them, and what the value counts."""

from dataclasses import replace

import pytest

from perfgate.gate.verdict import Level, Rule
from perfgate.report.model import Dependencies, Details, Remark, Report
from tests.reports import a_report, budgets, finding, gate

UNUSED = "version: 1\ndefaults: {deps.unused: 0}\n"


def counted(text: str) -> set[tuple[str, str]]:
    """Name and level of everything that is judged by its unused dependencies."""
    verdict = gate(a_report(text), budgets(UNUSED))
    return {(found.service, found.level) for found in verdict.findings if found.metric == "deps.unused"}


def test_a_default_is_asked_of_each_package_that_has_the_value() -> None:
    text = "web bundle.size=1; web deps.unused=0; @acme/lib deps.unused=1; (repository) deps.unused=0"
    assert counted(text) == {("web", "ok"), ("@acme/lib", "fail"), ("(repository)", "ok")}


def test_a_service_without_a_manifest_of_its_own_is_not_asked() -> None:
    assert counted("api bundle.size=1; web bundle.size=1; (repository) deps.unused=0") == {("(repository)", "ok")}


def test_a_limit_nobody_was_measured_for_does_not_pass_unseen() -> None:
    assert counted("web bundle.size=1") == {("(repository)", "fail")}


def test_an_analyzer_that_found_nothing_to_measure_leaves_no_limit_open() -> None:
    rules = budgets("version: 1\ndefaults: {treeshake.exportsUsed: {fail: 70%}}\n")
    ran = replace(a_report("web bundle.size=1"), details=Details(treeshake={}))
    assert [found for found in gate(ran, rules).findings if found.metric == "treeshake.exportsUsed"] == []
    assert (
        finding(gate(a_report("web bundle.size=1"), rules), "(repository)", "treeshake.exportsUsed").level is Level.FAIL
    )


def test_a_service_of_which_only_dependencies_were_analysed_is_still_a_service() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.size: 1 KB}\n")
    report = a_report("web deps.unused=0; @acme/lib deps.unused=0", deployed=("web",))
    found = {one.service: one.level for one in gate(report, rules).findings if one.metric == "bundle.size"}
    assert found == {"web": Level.FAIL}


def test_the_root_is_not_asked_where_it_is_the_service_itself() -> None:
    assert counted("web bundle.size=1; web deps.unused=0") == {("web", "ok")}


def test_a_service_is_asked_where_its_own_budget_names_the_metric() -> None:
    rules = budgets("version: 1\nservices: {web: {deps.unused: 0}}\n")
    found = finding(gate(a_report("web bundle.size=1; (repository) deps.unused=0"), rules), "web", "deps.unused")
    assert (found.level, found.violations[0].rule) == (Level.FAIL, Rule.MISSING)


def test_a_package_that_broke_is_a_violation() -> None:
    text = "(repository) deps.unused=0; web deps.unused failed: apps/web/package.json:3:1: not valid JSON"
    assert counted(text) == {("(repository)", "ok"), ("web", "fail")}


def test_a_package_that_is_gone_is_asked_nothing() -> None:
    before = a_report("(repository) deps.unused=0; @acme/lib deps.unused=0")
    verdict = gate(a_report("(repository) deps.unused=0"), budgets(UNUSED), before)
    assert [found.service for found in verdict.findings if found.metric == "deps.unused"] == ["(repository)"]


def test_a_limit_for_services_where_there_are_none_does_not_pass_unseen() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.size: 1 KB}\n")
    found = finding(gate(a_report("(repository) bundle.size failed: no service was found"), rules), "(repository)")
    assert (found.level, found.reason) == (Level.FAIL, "no service was found")


def test_what_broke_without_a_limit_warns() -> None:
    found = finding(
        gate(a_report("web deps.unused failed: not valid JSON"), budgets("version: 1\n")), "web", "deps.unused"
    )
    assert (found.level, found.violations[0].rule) == (Level.WARN, Rule.MISSING)


def test_a_library_is_no_service_without_a_budget() -> None:
    verdict = gate(a_report("web bundle.size=1; @acme/lib deps.unused=0"), budgets("version: 1\n"))
    assert verdict.unbudgeted == ("web",)


def test_a_library_is_not_asked_for_what_services_have() -> None:
    rules = "version: 1\ndefaults: {bundle.size: 1 KB}\n"
    report = a_report("web bundle.size=1; @acme/lib deps.unused=0")
    found = {(one.service, one.metric) for one in gate(report, budgets(rules)).findings if one.metric == "bundle.size"}
    assert found == {("web", "bundle.size")}
    asked = gate(report, budgets(rules + "services: {'@acme/lib': {bundle.size: 1 KB}}\n"))
    assert finding(asked, "@acme/lib").violations[0].rule is Rule.MISSING


def remark(subject: str, size: int | None = None, *, certain: bool = True, kind: str = "unused") -> Remark:
    return Remark(kind=kind, subject=subject, text="is there", size=size, certain=certain)


def with_remarks(report: Report, *remarks: Remark) -> Report:
    details = Details(deps={"web": Dependencies(manifest="apps/web/package.json", declared=9, remarks=remarks)})
    return replace(report, details=details)


@pytest.mark.parametrize("base", [None, ("old",)])
def test_evidence_is_what_the_value_counts_and_what_is_new_stands_first(base: tuple[str, ...] | None) -> None:
    remarks = (remark("old", 90), remark("a", 10), remark("b", 50), remark("likely", 99, certain=False))
    now = with_remarks(a_report("web deps.unused=3"), *remarks, remark("other", kind="heavy"))
    before = with_remarks(a_report("web deps.unused=1"), *map(remark, base)) if base else None
    found = finding(gate(now, budgets(UNUSED), before), "web", "deps.unused")
    expected = [("b", True), ("a", True), ("old", False)] if base else [("old", False), ("b", False), ("a", False)]
    assert [(one.subject, one.new) for one in found.evidence] == expected


def test_what_is_in_order_needs_no_evidence() -> None:
    now = with_remarks(a_report("web deps.heavy=1"), remark("x", kind="heavy"))
    assert finding(gate(now, budgets(UNUSED)), "web", "deps.heavy").evidence == ()
