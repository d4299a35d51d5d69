"""The slope of a series that a few wild values do not turn: the median of the slopes between all pairs of points.

Its interval comes from the normal approximation of Kendall's rank correlation, with the correction for ties, as
`scipy.stats.theilslopes` has it. It supposes that the values differ from a line independently of one another; in a
series that wanders it is too narrow, so what rests on it needs a smallest effect that counts, or a second check.

Sources: H. Theil, A rank-invariant method of linear and polynomial regression analysis, Proc. Kon. Ned. Akad. v. Wet. A
53 (1950); P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63 (1968).
"""

import math
import statistics
from collections import Counter
from collections.abc import Sequence

from perfgate.statistics.intervals import Interval

_NORMAL = statistics.NormalDist()


def theil_sen(xs: Sequence[float], ys: Sequence[float], confidence: float = 0.95) -> Interval:
    """The slope of `ys` over `xs`, in units of y per unit of x, and its two-sided interval.

    Raises ValueError unless there are at least two different xs, as many ys, and all are finite.
    """
    if len(xs) != len(ys) or not all(map(math.isfinite, [*xs, *ys])):
        raise ValueError("a slope needs as many xs as ys, and finite ones")
    slopes = sorted((ys[j] - ys[i]) / (xs[j] - xs[i]) for i in range(len(xs)) for j in range(len(xs)) if xs[j] > xs[i])
    if not slopes:
        raise ValueError("a slope needs at least two different xs")
    n = len(xs)
    variance = (
        _tie_weight(n) - sum(map(_tie_weight, Counter(xs).values())) - sum(map(_tie_weight, Counter(ys).values()))
    ) / 18
    reach = _NORMAL.inv_cdf((1 + confidence) / 2) * math.sqrt(max(variance, 0))
    lower = max(round((len(slopes) - reach) / 2) - 1, 0)
    upper = min(round((len(slopes) + reach) / 2), len(slopes) - 1)
    return Interval(estimate=statistics.median(slopes), low=slopes[lower], high=slopes[upper])


def _tie_weight(count: int) -> int:
    return count * (count - 1) * (2 * count + 5)
