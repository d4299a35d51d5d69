"""What one fork says of a route: pairs of requests, and from them one difference for each metric. Pure."""

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from perfgate.runtime.connection import Exchange

BASE, HEAD = 0, 1
NANOSECONDS = 1e6  # in a millisecond
LEAST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in the order of sending. `route` counts from 0; `before` is the processor time of its side until then,
    in ns, None where that could not be read.
    """

    route: int
    side: int
    before: int | None
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of both sides to one route, in ms, as (base, head) of the pairs in which both were right.

    `asked` are the pairs sent, `wrong` the answers of each side that were not right, by what was wrong with them.
    """

    wall: tuple[tuple[float, float], ...] = ()
    cpu: tuple[tuple[float, float], ...] = ()
    asked: int = 0
    wrong: tuple[Counter[str], Counter[str]] = field(default_factory=lambda: (Counter(), Counter()))


@dataclass(frozen=True, slots=True)
class Difference:
    """One fork, one route, one metric: the median of ln(head / base) over its pairs, and the median of each side in ms."""

    log_ratio: float
    base: float
    head: float


def difference(pairs: Sequence[tuple[float, float]], asked: int) -> Difference | None:
    """None where under half of the pairs can be used: the rest would be another measurement than the other forks."""
    if len(pairs) < max(LEAST_PAIRS, asked / 2):
        return None
    return Difference(
        log_ratio=statistics.median(math.log(head / base) for base, head in pairs),
        base=statistics.median(base for base, _ in pairs),
        head=statistics.median(head for _, head in pairs),
    )


def by_route(asked: Sequence[Asked], after: Sequence[int | None], routes: int) -> list[Answers]:
    """The answers to each route. `after` is the processor time of each side when all had been asked.

    The requests of a pair follow one another. A request is charged with all that its side does until it is asked the
    next time: what is left to do after an answer, such as logging and collecting garbage, belongs to it as well. It is
    also what makes the figure steady, since how much is done before the answer leaves differs from process to process.
    """
    taken = _processor_times(asked, after)
    pairs: list[list[tuple[int, int]]] = [[] for _ in range(routes)]
    for first in range(0, len(asked) - 1, 2):
        base, head = (first, first + 1) if asked[first].side == BASE else (first + 1, first)
        pairs[asked[first].route].append((base, head))
    return [_answers(asked, taken, of_route) for of_route in pairs]


def _processor_times(asked: Sequence[Asked], after: Sequence[int | None]) -> list[float | None]:
    """The ms of processor time that each request is charged with."""
    found: list[float | None] = [None] * len(asked)
    for side in (BASE, HEAD):
        own = [place for place, one in enumerate(asked) if one.side == side]
        readings = [*(asked[place].before for place in own), after[side]]
        for place, (begin, end) in zip(own, pairwise(readings), strict=True):
            if begin is not None and end is not None and end > begin:
                found[place] = (end - begin) / NANOSECONDS
    return found


def _answers(asked: Sequence[Asked], taken: Sequence[float | None], pairs: Sequence[tuple[int, int]]) -> Answers:
    return Answers(
        wall=tuple(_both([(asked[base].exchange.latency, asked[head].exchange.latency) for base, head in pairs])),
        cpu=tuple(
            _both(
                [
                    (taken[base], taken[head])
                    for base, head in pairs
                    if asked[base].exchange.latency is not None and asked[head].exchange.latency is not None
                ]
            )
        ),
        asked=len(pairs),
        wrong=(_wrong(asked[base] for base, _ in pairs), _wrong(asked[head] for _, head in pairs)),
    )


def _both(pairs: Sequence[tuple[float | None, float | None]]) -> Iterator[tuple[float, float]]:
    for base, head in pairs:
        if base is not None and head is not None and base > 0 and head > 0:
            yield base, head


def _wrong(asked: Iterator[Asked]) -> Counter[str]:
    return Counter(one.exchange.problem or one.exchange.outcome.words for one in asked if one.exchange.latency is None)
