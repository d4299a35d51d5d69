"""Intervals for the centre of a sample that keep their error rate at every sample size, without a normal distribution.

`hodges_lehmann` is for differences that are symmetric about their centre, as the log ratios of two sides are that are
exchangeable but for a constant factor. `median` needs no symmetry and is wider.

Each side has its own error rate: `alpha_low` is the most that the probability of `low` lying above the true centre can
be, `alpha_high` that of `high` lying below it. A sample too small for the rate asked for has no end on that side: it is
infinite, never a guess. Equal values, and differences of zero, need no special treatment: they can only make the true
error rate smaller than the one asked for, because the ends are values (or means of two values) of the sample and both
belong to the interval.

Sources: F. Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1 (1945); J. L. Hodges and
E. L. Lehmann, Estimates of location based on rank tests, Annals of Mathematical Statistics 34 (1963).
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

EXACT_UP_TO = 100  # differences; beyond, the normal approximation: its intervals are wider, by 1 % of the ranks or less


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the interval around it, in the unit of the sample. Ends that cannot be known are infinite."""

    estimate: float
    low: float
    high: float


def hodges_lehmann(differences: Sequence[float], alpha_low: float, alpha_high: float) -> Interval:
    """The median of all means of two (Walsh averages, each value with itself included), and its interval.

    The ends are Walsh averages counted from below and above by the null distribution of Wilcoxon's signed rank sum.
    Raises ValueError for an empty sample, values that are not finite, and rates outside 0 to 0.5.
    """
    _check(differences, alpha_low, alpha_high)
    values = sorted(differences)
    means = sorted([(a + b) / 2 for i, a in enumerate(values) for b in values[i:]])
    below = signed_rank_depth(len(values), alpha_low)
    above = signed_rank_depth(len(values), alpha_high)
    return Interval(
        estimate=statistics.median(means),
        low=means[below - 1] if below else -math.inf,
        high=means[-above] if above else math.inf,
    )


def median(values: Sequence[float], alpha_low: float, alpha_high: float) -> Interval:
    """The median, and the interval between two values of the sample, counted by the sign test.

    Raises ValueError for an empty sample, values that are not finite, and rates outside 0 to 0.5.
    """
    _check(values, alpha_low, alpha_high)
    ordered = sorted(values)
    below, above = _sign_depth(len(ordered), alpha_low), _sign_depth(len(ordered), alpha_high)
    return Interval(
        estimate=statistics.median(ordered),
        low=ordered[below - 1] if below else -math.inf,
        high=ordered[-above] if above else math.inf,
    )


@lru_cache(maxsize=512)
def signed_rank_depth(n: int, alpha: float) -> int:
    """How many Walsh averages of `n` differences, from an end, an error rate of `alpha` reaches in; 0 for none.

    With rank sum W, the depth is the number of values w with P(W <= w) <= alpha.
    """
    if n > EXACT_UP_TO:
        centre, spread = n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return max(0, math.floor(centre + statistics.NormalDist().inv_cdf(alpha) * spread + 0.5)) if alpha > 0 else 0
    allowed = _patterns(n, alpha)
    return sum(1 for count in _signed_rank_sums(n) if count <= allowed)


def signed_rank_level(n: int, alpha: float) -> float:
    """The error rate that an interval asked for `alpha` really spends: ranks are whole, so it is `alpha` or less."""
    depth = signed_rank_depth(n, alpha)
    if n > EXACT_UP_TO:
        return alpha if depth else 0.0
    return _signed_rank_sums(n)[depth - 1] / (1 << n) if depth else 0.0


@lru_cache(maxsize=64)
def _signed_rank_sums(n: int) -> tuple[int, ...]:
    """For each w up to half of the largest rank sum: how many of the 2^n patterns of signs have a rank sum <= w."""
    counts = [1] + [0] * (n * (n + 1) // 4)
    for rank in range(1, n + 1):
        for total in range(len(counts) - 1, rank - 1, -1):
            counts[total] += counts[total - rank]
    return tuple(accumulate(counts))


@lru_cache(maxsize=512)
def _sign_depth(n: int, alpha: float) -> int:
    """How many of `n` ordered values, from an end, an error rate of `alpha` reaches in; 0 for none."""
    allowed = _patterns(n, alpha)
    depth, ways, count = 0, 1, 1
    while count <= allowed:
        depth += 1
        ways = ways * (n - depth + 1) // depth
        count += ways
    return depth


def _patterns(n: int, alpha: float) -> int:
    """How many of the 2^n equally likely patterns of signs an error rate of `alpha` allows, without rounding."""
    numerator, denominator = alpha.as_integer_ratio()
    return (numerator << n) // denominator


def _check(values: Sequence[float], *alphas: float) -> None:
    if not values:
        raise ValueError("an interval needs at least one value")
    if not all(map(math.isfinite, values)):
        raise ValueError("an interval needs finite values")
    if not all(0 <= alpha <= 0.5 for alpha in alphas):
        raise ValueError(f"error rates lie between 0 and 0.5, not {alphas}")
