"""Which route is asked when. Pure."""

from collections.abc import Sequence
from functools import reduce
from math import gcd


def interleave(weights: Sequence[int]) -> tuple[int, ...]:
    """One round of indices in which each occurs as often as its weight says, spread as evenly as can be.

    The smooth weighted round robin of nginx: each turn everyone gains their weight, the richest is taken and pays the
    sum. Weights are at least 1 and are reduced first: 20 and 10 give the same round as 2 and 1.
    """
    common = reduce(gcd, weights)
    shares = [weight // common for weight in weights]
    total = sum(shares)
    credit = [0] * len(shares)
    turns = []
    for _ in range(total):
        for index, share in enumerate(shares):
            credit[index] += share
        taken = max(range(len(credit)), key=credit.__getitem__)
        credit[taken] -= total
        turns.append(taken)
    return tuple(turns)
