"""When a paired measurement is looked at, and how much error each look may spend.

Whoever looks after every fork and stops when the result suits finds a regression in unchanged code sooner or later.
So the looks and the error rate of each are fixed before the measurement. They add up to the rate of the whole plan,
whatever the measurements are like (Bonferroni's inequality).

Rank tests have steps: at 8 forks an error rate of 0.0075 buys a test of 0.0039, and 0.0075/24 buys none at all. What a
look cannot spend, the next one may: that is known from the numbers of forks alone, so the sum stays.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from perfgate.statistics.intervals import signed_rank_level


@dataclass(frozen=True, slots=True)
class Plan:
    """Numbers of forks to look at, rising, and the two-sided error rate that each look may spend."""

    looks: tuple[int, ...]
    alphas: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.looks or list(self.looks) != sorted(set(self.looks)) or self.looks[0] < 1:
            raise ValueError(f"looks are rising numbers of forks, not {self.looks}")
        if len(self.alphas) != len(self.looks) or min(self.alphas) < 0 or sum(self.alphas) > 1:
            raise ValueError(f"each look has an error rate, together at most 1: {self.alphas} for {self.looks}")

    @property
    def last(self) -> int:
        """The number of forks after which the measurement ends in any case."""
        return self.looks[-1]

    def next_look(self, forks: int) -> int | None:
        """The number of forks to measure up to when there are `forks` now; None after the last look."""
        return next((look for look in self.looks if look > forks), None)


class Rates(NamedTuple):
    """One-sided error rates of one look: of calling a regression, and of clearing one."""

    failing: float
    clearing: float


PLAN = Plan(looks=(8, 14, 24), alphas=(0.015, 0.015, 0.02))


@lru_cache(maxsize=256)
def rates(plan: Plan, comparisons: int) -> tuple[Rates, ...]:
    """The error rates of each look. `comparisons` share the failing side (Bonferroni); each is cleared on its own."""
    failing = _carried(plan, comparisons)
    clearing = _carried(plan, 1)
    return tuple(map(Rates, failing, clearing))


def _carried(plan: Plan, comparisons: int) -> list[float]:
    """Half of each look's rate, shared by `comparisons`, with what the looks before it could not spend."""
    left, shares = 0.0, []
    for look, alpha in zip(plan.looks, plan.alphas, strict=True):
        share = left + alpha / 2 / comparisons
        left = share - signed_rank_level(look, min(share, 0.5))
        shares.append(min(share, 0.5))
    return shares
