"""Theil and Sen's slope, held against values that scipy 1.16's theilslopes gave for the same series."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.statistics.slope import theil_sen

FIVE = [2.6, 3.2, 0.7, -0.6, -1.0]
TEN = [4.7, -1.0, 1.4, 1.2, 2.9, -1.3, 1.0, 0.6, 0.3, 1.0]
TWENTY_FIVE = [
    0.2, 2.8, -1.3, 2.9, 0.7, 1.0, 5.6, 2.4, 2.3, 4.2, 5.3, 3.2, 4.8, 2.0, 3.5, 3.6, 2.1, 2.1, 2.1, 5.2, 5.7, 5.7, 6.7,
    4.2, 7.0,
]  # fmt: skip


@pytest.mark.parametrize(
    ("ys", "slope", "low", "high"),
    [
        (FIVE, -1.0083333333333333, -2.5, 0.6),
        (TEN, -0.16, -0.5857142857142857, 0.26666666666666666),
        (TWENTY_FIVE, 0.18619047619047618, 0.09166666666666667, 0.29375),
    ],
)
def test_series_of_even_steps(ys: list[float], slope: float, low: float, high: float) -> None:
    interval = theil_sen([float(x) for x in range(len(ys))], ys)
    assert (interval.estimate, interval.low, interval.high) == pytest.approx((slope, low, high), abs=1e-12)


def test_ties_on_both_axes_and_another_confidence() -> None:
    interval = theil_sen([0, 1, 1, 2, 3, 5, 5, 8], [1, 1, 2, 2, 3, 3, 3, 4], confidence=0.9)
    assert (interval.estimate, interval.low, interval.high) == pytest.approx(
        (0.35416666666666663, 0.25, 0.5), abs=1e-12
    )


@given(st.floats(-100, 100), st.floats(-100, 100), st.integers(3, 20))
def test_a_line_is_its_slope(slope: float, start: float, n: int) -> None:
    interval = theil_sen([float(x) for x in range(n)], [start + slope * x for x in range(n)])
    assert (interval.estimate, interval.low, interval.high) == pytest.approx((slope,) * 3, abs=1e-9)


def test_one_wild_value_does_not_turn_it() -> None:
    ys = [float(x) for x in range(30)]
    ys[25] = 1e9
    interval = theil_sen([float(x) for x in range(30)], ys)
    assert interval.low == interval.estimate == 1


@pytest.mark.parametrize(
    ("xs", "ys"),
    [([], []), ([1.0], [1.0]), ([1.0, 1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, math.nan])],
)
def test_what_has_no_slope_is_refused(xs: list[float], ys: list[float]) -> None:
    with pytest.raises(ValueError, match="a slope needs"):
        theil_sen(xs, ys)
