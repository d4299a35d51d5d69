"""What each rule says of recorded forks: perfgate's plan, and what other tools do, on the same numbers."""

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gate_campaign import Pairs
from two_samples import kolmogorov_smirnov, mann_whitney, welch

from perfgate.statistics.paired import decide
from perfgate.statistics.plan import PLAN

LIMIT = 0.05
# As many forks as others are given where their rule does not say how many: what perfgate needs on average, and more.
POOLED_FORKS = 14


@dataclass(frozen=True)
class Recorded:
    """One fork: the pairs of each route."""

    routes: Sequence[Pairs]
    swapped: bool = False

    def pairs(self, route: int, metric: str) -> list[tuple[int, int]]:
        found = self.routes[route][metric]
        return [(head, base) for base, head in found] if self.swapped else found

    @cached_property
    def log_ratios(self) -> Mapping[tuple[int, str], float]:
        sign = -1 if self.swapped else 1
        return {
            (route, metric): sign * statistics.median(math.log(head / base) for base, head in pairs if base and head)
            for route, of_route in enumerate(self.routes)
            for metric, pairs in of_route.items()
        }

    @cached_property
    def means(self) -> Mapping[tuple[int, str], tuple[float, float]]:
        return {
            (route, metric): (
                statistics.fmean(base for base, _ in self.pairs(route, metric)),
                statistics.fmean(head for _, head in self.pairs(route, metric)),
            )
            for route, of_route in enumerate(self.routes)
            for metric in of_route
        }


@dataclass(frozen=True)
class Answer:
    """What a rule says of one comparison."""

    fails: bool
    clears: bool
    forks: int


# Forks of a service in the order they would have been measured, route, metric, comparisons in the gate.
Rule = Callable[[Sequence[Recorded], int, str, int], Answer]


def perfgate(forks: Sequence[Recorded], route: int, metric: str, comparisons: int) -> Answer:
    differences = [one.log_ratios[route, metric] for one in forks[: PLAN.last]]
    found = decide(differences, LIMIT, comparisons=comparisons)
    return Answer(found.verdict == "regressed", found.verdict == "not regressed", found.n)


def fixed_ratio(threshold: float) -> Rule:
    """github-action-benchmark: this run against the one stored before, both by their mean."""

    def rule(forks: Sequence[Recorded], route: int, metric: str, _comparisons: int) -> Answer:
        stored, now = forks[0].means[route, metric][0], forks[1].means[route, metric][1]
        fails = now / stored > threshold
        return Answer(fails, not fails, 1)

    return rule


def pooled_welch(alpha: float, *, corrected: bool) -> Rule:
    """Welch's t-test on all requests, as if each were a measurement of its own."""

    def rule(forks: Sequence[Recorded], route: int, metric: str, comparisons: int) -> Answer:
        base, head = _pooled(forks, route, metric)
        differs = welch(base, head) < (alpha / comparisons if corrected else alpha)
        fails = differs and statistics.fmean(head) > statistics.fmean(base)
        return Answer(fails, not fails, POOLED_FORKS)

    return rule


def pinpoint(forks: Sequence[Recorded], route: int, metric: str, _comparisons: int) -> Answer:
    """Pinpoint: the smaller p of two tests below 0.01 differs, above 0.05 is the same, in between is not known."""
    base, head = _pooled(forks, route, metric)
    p = min(kolmogorov_smirnov(base, head), mann_whitney(base, head))
    fails = p < 0.01 and statistics.median(head) > statistics.median(base)
    return Answer(fails, p >= 0.05, POOLED_FORKS)


def _pooled(forks: Sequence[Recorded], route: int, metric: str) -> tuple[list[int], list[int]]:
    pairs = [pair for one in forks[:POOLED_FORKS] for pair in one.pairs(route, metric)]
    return [base for base, _ in pairs], [head for _, head in pairs]


RULES: Mapping[str, Rule] = {
    "perfgate, paired plan": perfgate,
    "one run each, mean > 200 %": fixed_ratio(2.0),
    "one run each, mean > 120 %": fixed_ratio(1.2),
    "one run each, mean > 110 %": fixed_ratio(1.1),
    "Welch p < .05, pooled": pooled_welch(0.05, corrected=False),
    "Welch p < .05/m, pooled": pooled_welch(0.05, corrected=True),
    "min(KS, MWU) p < .01": pinpoint,
}


def drawn(forks: Sequence[Recorded], rng: random.Random, *, swap: bool) -> list[Recorded]:
    """A gate's worth of forks in random order; with `swap`, base and head of each change places at random.

    Without a change the two sides of a fork are exchangeable, so that a swapped fork is as good a fork.
    """
    taken = rng.sample(forks, min(PLAN.last, len(forks)))
    return [_mirrored(one) if swap and rng.random() < 0.5 else one for one in taken]


_MIRRORS: dict[int, Recorded] = {}


def _mirrored(one: Recorded) -> Recorded:
    return _MIRRORS.setdefault(id(one), Recorded(one.routes, swapped=not one.swapped))
