"""The selftest counts what its server counts, in every mode, and says which figures are off."""

import pytest

from perfgate.analyzers.response import selftest
from perfgate.analyzers.response.selftest import CASES, LIMIT, Case, Row
from perfgate.errors import AnalyzerError


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_client_and_server_count_alike(case: Case) -> None:
    rows = {row.figure: row for row in selftest.run(seconds=0.25, cases=[case])}
    assert list(rows) == ["answers", "errors", "mean", "p50", *(["p95", "p99"] if case.keep_alive else [])]
    assert rows["answers"].error == rows["errors"].error == 0
    assert rows["answers"].truth > 0
    assert (rows["errors"].truth > 0) == ("--error-every" in case.arguments)
    assert all(row.measured is not None for row in rows.values())


def test_a_server_that_does_not_start_is_said_so() -> None:
    with pytest.raises(AnalyzerError, match="server of the selftest does not run"):
        selftest.run(cases=[Case("broken", 10, ("--no-such-option",))])


def test_the_table_names_what_is_off() -> None:
    rows = [Row("a", "answers", 10, 10, 0), Row("a", "mean", 1.0, 1.05, LIMIT), Row("b", "p50", 1.0, 1.25, LIMIT)]
    assert selftest.text(rows[:2]).splitlines() == [
        "case                                   figure        truth   measured    error",
        "a                                      answers          10         10       +0",
        "                                       mean          1.000      1.050   +0.050",
        "all 2 figures are right, times within 0.050 ms (limit 0.1 ms)",
    ]
    assert "2 of 4 figures are off" in selftest.text([*rows, Row("b", "p95", 1.0, None, LIMIT)])
    assert "+0.250  over 0.1" in selftest.text(rows)
