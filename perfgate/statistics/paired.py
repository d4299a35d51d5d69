"""Is the head slower than the base? Decided from the log ratios of fresh pairs of processes.

One difference is log(head / base) of one fork: a fresh process of each side, requests in turns. The fork is the unit:
requests within a fork share its luck (memory layout, just-in-time compilation, neighbours), so pooling them would make
up evidence. Without a change the two sides are exchangeable and the differences symmetric about zero, which is all that
the Hodges-Lehmann interval needs.

Why a decision does not depend on when a measurement was broken off: each look of the plan judges the first so many
forks, and the first look that decides stands. Forks beyond the last look passed wait for the next one. A run that ends
between two looks therefore decides exactly what it had decided at the look before, and no way of stopping, whatever it
depends on, can decide more often than the plan allows.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from perfgate.statistics.intervals import hodges_lehmann, signed_rank_depth, signed_rank_level
from perfgate.statistics.plan import PLAN, Plan, Rates, rates

PairedVerdict = Literal["regressed", "not regressed", "inconclusive"]

MOST_FORKS = 200  # more than this, and a decision is a matter of another measurement, not of patience
STRAY = math.log(1.25)  # a fork this far off the others ran in another mode
LARGEST = 700.0  # log ratios beyond it are shown as this: their exponential is no number any more
POWER = 0.8
EFFICIENCY = 3 / math.pi  # of the Hodges-Lehmann estimate against the mean, in normal noise
ONE_SIGMA = 0.16  # the one-sided error rate of an interval of about one standard error to each side

_INCONCLUSIVE: PairedVerdict = "inconclusive"
_NORMAL = statistics.NormalDist()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a plan says of one comparison. Ratios are head / base, changes are relative (0.05 is 5 %)."""

    verdict: PairedVerdict
    ratio: float
    low: float | None
    """Lower end of the interval of the ratio, corrected for all comparisons; None when so few forks set none."""
    high: float | None
    """Upper end, for this comparison alone; None when so few forks set none."""
    n: int
    """The forks judged: those of the look that decided, or of the last look passed."""
    limit: float
    detectable: float | None
    """The smallest true increase that is called a regression 8 times of 10: by the whole plan where it has run its
    course, by the forks at hand where it has not (inconclusive before the last look). None when nothing would be."""
    more_forks: int | None
    """How many more forks will probably decide, 0 when decided, None when no reasonable number would."""
    outliers: int
    """Forks, of those judged, more than 25 % off the median of them, in whichever direction."""


def decide(
    differences: Sequence[float],
    limit: float,
    *,
    comparisons: int = 1,
    look: int | None = None,
    plan: Plan = PLAN,
) -> Decision:
    """Judge log ratios, in the order they were measured, against a tolerated relative increase of `limit`.

    `comparisons` is how many such decisions can fail the same gate, fixed before the first fork. `look` judges as of
    that number of forks, one of the plan's; by default as of the last one passed. Before the first look the verdict is
    always inconclusive. Raises ValueError for no differences, values that are not finite, or another `look`.
    """
    if look is not None and look not in plan.looks:
        raise ValueError(f"{look} forks are no look of the plan: {plan.looks}")
    if comparisons < 1 or limit <= -1:
        raise ValueError(f"cannot hold {comparisons} comparisons against a limit of {limit}")
    threshold = math.log1p(limit)
    reached = min(len(differences), look or plan.last)
    of_looks = rates(plan, comparisons)
    judged, verdict = 0, _INCONCLUSIVE
    for forks, allowed in zip(plan.looks, of_looks, strict=True):
        if forks > reached or verdict != _INCONCLUSIVE:
            break
        judged, verdict = forks, _verdict(differences[:forks], threshold, allowed)
    taken = differences[: judged or reached]
    rate = next((of_looks[i] for i, forks in enumerate(plan.looks) if forks >= len(taken)), of_looks[-1])
    return _described(taken, limit, verdict, rate, of_looks[-1], plan)


def _verdict(differences: Sequence[float], threshold: float, allowed: Rates) -> PairedVerdict:
    interval = hodges_lehmann(differences, allowed.failing, allowed.clearing)
    if interval.low > threshold:
        return "regressed"
    return "not regressed" if interval.high < threshold else "inconclusive"


def _described(
    taken: Sequence[float], limit: float, verdict: PairedVerdict, rate: Rates, last: Rates, plan: Plan
) -> Decision:
    interval = hodges_lehmann(taken, rate.failing, rate.clearing)
    spread = _spread(taken)
    n, complete = len(taken), verdict != _INCONCLUSIVE
    return Decision(
        verdict=verdict,
        ratio=_ratio(interval.estimate),
        low=_ratio(interval.low) if math.isfinite(interval.low) else None,
        high=_ratio(interval.high) if math.isfinite(interval.high) else None,
        n=n,
        limit=limit,
        detectable=detectable(spread, limit, *((plan.last, last.failing) if complete else (n, rate.failing))),
        more_forks=0 if complete else _more_forks(interval.estimate - math.log1p(limit), spread, n, last, plan),
        outliers=outliers(taken),
    )


def settled(decisions: Iterable[Decision], *, plan: Plan = PLAN) -> bool:
    """Whether measuring may stop: each comparison is decided, or has had the last look."""
    return all(decision.verdict != _INCONCLUSIVE or decision.n >= plan.last for decision in decisions)


def outliers(differences: Sequence[float]) -> int:
    """How many forks are more than 25 % off the median. Which side ran in another mode, a ratio alone cannot say."""
    if not differences:
        return 0
    centre = statistics.median(differences)
    return sum(1 for difference in differences if abs(difference - centre) > STRAY)


def detectable(spread: float, limit: float, forks: int, failing: float) -> float | None:
    """The smallest true relative increase that `forks` forks call a regression 8 times of 10; None when none can be.

    exp(log(1 + limit) + (t + t') * se) - 1 with se the standard error of the estimate, t the quantile of the error rate
    `failing`, t' that of the power; `spread` is the standard deviation of one difference. At an error rate of 0.025 and
    many forks t + t' is the usual 2.80; small samples and corrections for many comparisons need more.
    """
    if not signed_rank_level(forks, failing):
        return None
    return _ratio(math.log1p(limit) + _reach(forks, failing) * spread) - 1


def _reach(forks: int, alpha: float) -> float:
    """How far a true change must lie beyond the limit to be found with the power wanted, in spreads of a difference.

    An end that is set by the outermost few forks varies more than t says; that factor was fitted by simulation.
    """
    few_ranks = 1 + 0.25 / signed_rank_depth(forks, alpha)
    return few_ranks * _errors(forks, signed_rank_level(forks, alpha)) / math.sqrt(EFFICIENCY * forks)


def _errors(forks: int, alpha: float) -> float:
    """Standard errors between a true value and a limit that an interval of error rate `alpha` still tells apart."""
    return _t(1 - alpha, forks - 1) + _t(POWER, forks - 1)


def _more_forks(beyond: float, spread: float, n: int, last: Rates, plan: Plan) -> int | None:
    """The forks still needed if the estimate, `beyond` the limit on the log scale, is the truth: an estimate itself.

    Within the plan only its looks can decide; past it, a longer plan with the same last error rate is assumed.
    """
    alpha = last.failing if beyond > 0 else last.clearing
    for forks in range(n + 1, MOST_FORKS + 1):
        may_decide = forks > plan.last or (forks in plan.looks and signed_rank_level(forks, alpha) > 0)
        if may_decide and _errors(forks, alpha) * spread < abs(beyond) * math.sqrt(EFFICIENCY * forks):
            return forks - n
    return None


def _spread(differences: Sequence[float]) -> float:
    """The standard deviation of one difference, from the width of an interval, which a few stray forks do not move.

    A little more than that where forks are few: comparisons that look quiet by chance are the ones decided early.
    """
    n = len(differences)
    if n < 3:
        return math.inf
    interval = hodges_lehmann(differences, ONE_SIGMA, ONE_SIGMA)
    errors = 2 * _t(1 - signed_rank_level(n, ONE_SIGMA), n - 1)
    return (1 + 0.75 / n) * (interval.high - interval.low) / errors * math.sqrt(EFFICIENCY * n)


def _ratio(log_ratio: float) -> float:
    return math.exp(max(-LARGEST, min(LARGEST, log_ratio)))


def _t(p: float, df: int) -> float:
    """Student's t quantile by the first terms of Cornish and Fisher's expansion; 1 % off at worst where used here."""
    z = _NORMAL.inv_cdf(p)
    return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)
