"""What a stored history can say of one new value of a noisy metric: suspect or not. It is never proof.

Between two runs of unchanged code on hosted machines lie other processors and other neighbours, and no test applied to
the values alone can tell those from a change. So a value is only held against the worst of the last ten of the same kind
of machine, with a margin, and what comes out decides whether a paired measurement is worth its time.

The caller sees to it that the history is of the same hardware, and of code that was accepted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ScreeningVerdict = Literal["ok", "suspect", "no history"]

WINDOW = 10
MARGIN = 0.10
GOOD_RANK = 2  # of the ten, from the good end: the 20th percentile


@dataclass(frozen=True, slots=True)
class Screening:
    """What the history says. `bound` is the value beyond which a new one is suspect; None without enough history.

    `blind_below` is the relative change that about 7 runs of 10 would show: smaller ones mostly pass unseen. It is the
    change that takes a good run (the 20th percentile of the ten) just beyond the bound; the fall of a metric for which
    higher is better is given as a positive number too. None where a percentage of zero would be needed.
    """

    verdict: ScreeningVerdict
    bound: float | None
    blind_below: float | None


def screen(value: float, history: Sequence[float], *, better: Literal["lower", "higher"] = "lower") -> Screening:
    """Hold `value` against the last ten of `history` (oldest first).

    Suspect when over 1.10 times the largest of them, or, where higher is better, under the smallest divided by 1.10.
    Raises ValueError for values that are negative or not finite.
    """
    recent = history[-WINDOW:]
    if not all(math.isfinite(each) and each >= 0 for each in (value, *recent)):
        raise ValueError("only values from zero up can be held against a history")
    if len(recent) < WINDOW:
        return Screening("no history", None, None)
    if better == "lower":
        bound = (1 + MARGIN) * max(recent)
        good = sorted(recent)[GOOD_RANK - 1]
        return Screening("suspect" if value > bound else "ok", bound, bound / good - 1 if good else None)
    bound = min(recent) / (1 + MARGIN)
    good = sorted(recent)[-GOOD_RANK]
    return Screening("suspect" if value < bound else "ok", bound, 1 - bound / good if good else None)
