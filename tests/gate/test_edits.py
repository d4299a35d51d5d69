"""What a pull request changes about its own limits is called out, and what loosens comes first."""

import pytest

from perfgate.analyzers import METRICS
from perfgate.gate.edits import edits
from tests.config.test_budgets import WAIVER
from tests.reports import budgets

BASE = "version: 1\ndefaults: {bundle.size: {fail: 500 KB, increase: {fail: 10%, floor: 1 KB}}}\nservices: {a: {bundle.size: 300 KB}}\n"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (BASE, []),
        (BASE.replace("500 KB", "512000 B"), []),
        (BASE.replace("500 KB", "600 KB"), [("defaults bundle.size fail", "500 KB", "600 KB", True)]),
        (BASE.replace("500 KB", "400 KB"), [("defaults bundle.size fail", "500 KB", "400 KB", False)]),
        (BASE.replace("300 KB", "310 KB"), [("a bundle.size fail", "300 KB", "310 KB", True)]),
        (BASE.replace("{a: {bundle.size: 300 KB}}", "{}"), [("a bundle.size fail", "300 KB", "500 KB", True)]),
        (BASE.replace("300 KB", "ignore"), [
            ("a bundle.size fail", "300 KB", None, True),
            ("a bundle.size increase fail", "10%", None, True),
            ("a bundle.size increase floor", "1 KB", None, False),
        ]),
        (BASE.replace("floor: 1 KB", "floor: 9 KB"), [
            ("defaults bundle.size increase floor", "1 KB", "9 KB", True),
        ]),
        (BASE.replace("a: {", "b: {bundle.size: 1 KB}, a: {"), [("b bundle.size fail", "500 KB", "1 KB", False)]),
        (BASE + "missing: ignore\n", [("missing", "fail", "ignore", True)]),
        (BASE + "existing: fail\n", [("existing", "warn", "fail", False)]),
        (BASE + "comment: never\n", [("comment", "on-change", "never", False)]),
    ],
)  # fmt: skip
def test_each_edit_is_named(head: str, expected: list[tuple[str, str, str, bool]]) -> None:
    found = edits(budgets(BASE), budgets(head), METRICS)
    assert [(e.subject, e.before, e.after, e.loosened) for e in found] == expected


def test_a_new_waiver_loosens_and_a_removed_one_does_not() -> None:
    plain, waived = budgets(BASE), budgets(BASE, waivers=f"waivers: [{WAIVER}]\n")
    (added,) = edits(plain, waived, METRICS)
    (removed,) = edits(waived, plain, METRICS)
    assert (added.subject, added.after, added.loosened) == ("waiver auth bundle.size", "860 KB until 2026-12-31", True)
    assert (removed.before, removed.after, removed.loosened) == ("860 KB until 2026-12-31", None, False)


def test_what_loosens_comes_first_and_points_to_its_line() -> None:
    found = edits(budgets(BASE), budgets(BASE.replace("500 KB", "400 KB").replace("300 KB", "350 KB")), METRICS)
    assert [e.loosened for e in found] == [True, False]
    assert found[0].source == "budgets/perfgate.yaml:3:29"
