"""Intervals that keep their error rate exactly, at every sample size."""

import math
import random
from collections.abc import Callable, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.statistics import intervals
from perfgate.statistics.intervals import Interval, hodges_lehmann, median, signed_rank_depth, signed_rank_level

Method = Callable[[Sequence[float], float, float], Interval]

DIFFERENCES = st.lists(st.floats(-10, 10), min_size=1, max_size=12)
ALPHAS = st.sampled_from([0.0, 0.001, 0.0075, 0.01, 0.025, 0.05, 0.2, 0.5])

MAGNITUDES = {
    "distinct": (0.3, 1.1, 1.7, 2.0, 2.9, 4.2, 5.5, 7.1, 8.8, 9.6),
    "ties": (1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 5.0),
    "zeros": (0.0, 0.0, 0.0, 1.0, 1.5, 2.0, 2.0, 3.0, 4.0, 4.0),
    "one wild": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1000.0),
}


@pytest.mark.parametrize("magnitudes", MAGNITUDES.values(), ids=MAGNITUDES.keys())
@pytest.mark.parametrize("alpha", [0.0075, 0.025, 0.05, 0.2])
@pytest.mark.parametrize("interval", [hodges_lehmann, median])
def test_no_more_patterns_of_signs_than_the_rate_allows_exclude_zero(
    magnitudes: tuple[float, ...],
    alpha: float,
    interval: Method,
) -> None:
    """When nothing changed every pattern of signs is as likely as any other: so all of them are tried."""
    excluded = 0
    for signs in product((-1, 1), repeat=len(magnitudes)):
        excluded += interval([a * b for a, b in zip(signs, magnitudes, strict=True)], alpha, 0.1).low > 0
    assert excluded <= alpha * 2 ** len(magnitudes)


@pytest.mark.parametrize("n", range(1, 11))
def test_the_rate_that_is_spent_is_the_share_of_patterns_that_exclude_zero(n: int) -> None:
    for alpha in (0.0075, 0.025, 0.1):
        excluded = sum(
            hodges_lehmann([sign * 2.0**i for i, sign in enumerate(signs)], alpha, alpha).low > 0
            for signs in product((-1, 1), repeat=n)
        )
        assert excluded / 2**n == signed_rank_level(n, alpha) <= alpha


@pytest.mark.parametrize(
    ("n", "alpha", "depth"),
    [(6, 0.025, 1), (8, 0.025, 4), (10, 0.025, 9), (12, 0.025, 14), (20, 0.025, 53), (25, 0.005, 69), (5, 0.025, 0)],
)
def test_depths_are_those_of_the_published_tables(n: int, alpha: float, depth: int) -> None:
    """Critical values of the signed rank test (Wilcoxon 1945 and any textbook): the depth is one more."""
    assert signed_rank_depth(n, alpha) == depth


@pytest.mark.parametrize(("n", "low", "high"), [(5, -math.inf, math.inf), (6, 1, 6), (10, 2, 9), (20, 6, 15)])
def test_the_median_lies_between_the_values_of_the_sign_test(n: int, low: float, high: float) -> None:
    interval = median([float(i) for i in range(1, n + 1)], 0.025, 0.025)
    assert (interval.estimate, interval.low, interval.high) == ((n + 1) / 2, low, high)


def test_a_known_sample() -> None:
    """Darwin's maize, in eighths of an inch. The ends are the shifts that scipy's exact test just does not reject."""
    differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    interval = hodges_lehmann(differences, 0.025, 0.025)
    assert (interval.estimate, interval.low, interval.high) == (25.0, 4.0, 41.5)


def test_each_side_has_its_own_rate() -> None:
    differences = [0.1, 0.4, 0.2, 0.5, 0.3, 0.6, 0.9, 0.8]
    narrow, wide = hodges_lehmann(differences, 0.1, 0.0001), hodges_lehmann(differences, 0.0001, 0.1)
    assert narrow.high == math.inf
    assert wide.low == -math.inf
    assert narrow.low > 0.1
    assert wide.high < 0.9


@given(DIFFERENCES, ALPHAS, ALPHAS)
def test_a_smaller_rate_is_a_wider_interval(differences: list[float], one: float, other: float) -> None:
    small, large = sorted((one, other))
    for interval in (hodges_lehmann, median):
        wide, narrow = interval(differences, small, small), interval(differences, large, large)
        assert wide.low <= narrow.low <= narrow.estimate <= narrow.high <= wide.high


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=12), ALPHAS, ALPHAS, st.integers(-20, 20))
def test_moving_and_mirroring_the_sample_moves_and_mirrors_the_interval(
    sample: list[int], low: float, high: float, by: int
) -> None:
    for interval in (hodges_lehmann, median):
        plain = interval(sample, low, high)
        moved, mirrored = interval([x + by for x in sample], low, high), interval([-x for x in sample], high, low)
        assert (moved.estimate, moved.low, moved.high) == (plain.estimate + by, plain.low + by, plain.high + by)
        assert (mirrored.estimate, mirrored.low, mirrored.high) == (-plain.estimate, -plain.high, -plain.low)


def test_the_approximation_for_large_samples_is_a_hair_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = {alpha: signed_rank_depth(100, alpha) for alpha in (0.0004, 0.01, 0.025)}
    signed_rank_depth.cache_clear()
    monkeypatch.setattr(intervals, "EXACT_UP_TO", 50)
    try:
        for alpha, depth in exact.items():
            assert 0.99 * depth < signed_rank_depth(100, alpha) <= depth
    finally:
        signed_rank_depth.cache_clear()


def test_a_thousand_differences() -> None:
    rng = random.Random(1)  # noqa: S311 (a fixed seed is the point)
    sample = [rng.gauss(5, 1) for _ in range(1000)]
    for interval in (hodges_lehmann(sample, 0.025, 0.025), median(sample, 0.025, 0.025)):
        assert 4.9 < interval.low < 5 < interval.high < 5.1


@pytest.mark.parametrize("interval", [hodges_lehmann, median])
@pytest.mark.parametrize(
    ("sample", "alpha", "message"),
    [
        ([], 0.1, "at least one value"),
        ([1.0, math.nan], 0.1, "finite"),
        ([1.0, math.inf], 0.1, "finite"),
        ([1.0], 0.6, "between 0 and 0.5"),
        ([1.0], -0.1, "between 0 and 0.5"),
    ],
)
def test_what_is_no_sample_or_no_rate_is_refused(
    interval: Method, sample: list[float], alpha: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        interval(sample, alpha, alpha)
