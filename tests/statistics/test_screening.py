"""One value against a stored history: suspect, ok with what it cannot see, or no history."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.statistics.screening import screen

TEN = [100, 101, 99, 104, 98, 102, 110, 97, 103, 100]


@pytest.mark.parametrize(("value", "verdict"), [(121.0, "ok"), (121.01, "suspect"), (60, "ok"), (300, "suspect")])
def test_suspect_beyond_a_tenth_over_the_largest_of_ten(value: float, verdict: str) -> None:
    screening = screen(value, TEN)
    assert screening.verdict == verdict
    assert screening.bound == pytest.approx(121)
    assert screening.blind_below == pytest.approx(121 / 98 - 1)


@pytest.mark.parametrize(("value", "verdict"), [(88.2, "ok"), (88.1, "suspect"), (200, "ok")])
def test_mirrored_where_higher_is_better(value: float, verdict: str) -> None:
    screening = screen(value, TEN, better="higher")
    assert screening.verdict == verdict
    assert screening.bound == pytest.approx(97 / 1.1)
    assert screening.blind_below == pytest.approx(1 - 97 / 1.1 / 104)


def test_fewer_than_ten_are_no_history() -> None:
    assert screen(1000, TEN[:9]).verdict == "no history"
    assert screen(1000, []).bound is None


def test_only_the_last_ten_count() -> None:
    assert screen(200, [1000, *TEN]).verdict == "suspect"


def test_a_history_of_nothing_has_no_percentage() -> None:
    assert screen(0, [0] * 10).blind_below is None
    assert (screen(0, [0] * 10).verdict, screen(1, [0] * 10).verdict) == ("ok", "suspect")


@given(st.lists(st.floats(1, 1000), min_size=10, max_size=20))
def test_a_value_seen_before_is_never_suspect(history: list[float]) -> None:
    assert screen(history[-1], history).verdict == "ok"
    assert screen(history[-1], history, better="higher").verdict == "ok"


@pytest.mark.parametrize("value", [-1, math.nan, math.inf])
def test_what_is_no_quantity_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="from zero up"):
        screen(value, TEN)
