"""One fork: a fresh process of base and of head, started in random order, warmed, and asked in turns."""

import contextlib
import gc
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfgate.analyzers.paired.answers import BASE, HEAD, Answers, Asked, by_route
from perfgate.analyzers.paired.sides import Asking, Side
from perfgate.runtime.asking import target
from perfgate.runtime.connection import Connection, Exchange
from perfgate.runtime.http import Request
from perfgate.runtime.lifecycle import ServiceError, running

# Slow services are asked less often: after so many seconds, once each route had the least that says something.
PATIENCE = 4.0
LEAST_PAIRS = 30
WARM_PATIENCE = 2.0
LEAST_WARM = 10
_SHORT_LIVED = 0.02


class SideError(Exception):
    """One side did not start, or broke. `side` is its name."""

    def __init__(self, side: Side, error: ServiceError) -> None:
        super().__init__(error.message)
        self.side = side.name
        self.error = error


@dataclass(frozen=True, slots=True)
class Fork:
    """What a fork gave for each route. `first` are the very first answers, as (base, head) of each route."""

    answers: tuple[Answers, ...]
    first: tuple[tuple[Exchange, Exchange], ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0


def fork(
    name: str, sides: tuple[Side, Side], requests: Sequence[Request], *, pairs: int, warm_up: int, rng: random.Random
) -> Fork:
    """Run one fork of a service; `sides` are base and head. Raises SideError.

    `warm_up` requests a route go before and do not count. Then each route is asked `pairs` times on both sides, one
    request at a time over one connection each, in alternating order (ABBA), with the routes in a new order each time.
    """
    begun = time.monotonic()
    with contextlib.ExitStack() as stack:
        # Whatever is done to one side after the other is done in this order, so that none of it can favour the head.
        order = rng.sample((BASE, HEAD), 2)
        asking = {side: stack.enter_context(_asked(name, sides[side])) for side in order}
        both = (asking[BASE], asking[HEAD])
        first = _warmed(both, order, requests, warm_up)
        for side in order:
            asking[side].look()
        children = [one.ended_children() for one in both]
        asked, after = _asked_in_turns(both, order, requests, pairs, rng)
        for where, one in zip(sides, both, strict=True):
            with _of_side(where):
                one.service.check()
        notes, complete = _remarks(sides, both, children)
        answers = by_route(asked, after if complete else (None, None), len(requests))
        if not complete:
            answers = [Answers(found.wall, (), found.asked, found.wrong) for found in answers]
    return Fork(tuple(answers), tuple(first), tuple(notes), time.monotonic() - begun)


@contextlib.contextmanager
def _asked(name: str, side: Side) -> Iterator[Asking]:
    with contextlib.ExitStack() as stack:
        with _of_side(side):
            service = stack.enter_context(running(f"the {side.name} of {name}", side.start, side.root))
        yield Asking(service, stack.enter_context(Connection(target(service))))


@contextlib.contextmanager
def _of_side(side: Side) -> Iterator[None]:
    try:
        yield
    except ServiceError as error:
        raise SideError(side, error) from error


def _warmed(
    both: tuple[Asking, Asking], order: Sequence[int], requests: Sequence[Request], warm_up: int
) -> list[tuple[Exchange, Exchange]]:
    """Ask every route once, and then until it is warm. The first answers say what can be compared at all."""
    first = []
    for request in requests:
        answers = {side: both[side].ask(request) for side in order}
        first.append((answers[BASE], answers[HEAD]))
    until = time.monotonic() + WARM_PATIENCE
    for number in range(warm_up - 1):
        if number >= LEAST_WARM and time.monotonic() > until:
            break
        for request in requests:
            for side in order if number % 2 else reversed(order):
                both[side].ask(request)
    return first


def _asked_in_turns(
    both: tuple[Asking, Asking], order: Sequence[int], requests: Sequence[Request], pairs: int, rng: random.Random
) -> tuple[list[Asked], tuple[int | None, int | None]]:
    """Nothing is computed between two requests, and no garbage is looked for: that would fall on one side only."""
    starts = [rng.randrange(2) for _ in requests]
    routes = list(range(len(requests)))
    asked: list[Asked] = []
    until = time.monotonic() + PATIENCE
    collecting = gc.isenabled()
    gc.disable()
    try:
        for number in range(pairs):
            if number >= LEAST_PAIRS and time.monotonic() > until:
                break
            rng.shuffle(routes)
            for route in routes:
                begins = (starts[route] + number) % 2
                for side in (begins, 1 - begins):
                    before = both[side].processor_time()
                    asked.append(Asked(route, side, before, both[side].ask(requests[route])))
        after = {side: both[side].processor_time() for side in order}
        return asked, (after[BASE], after[HEAD])
    finally:
        if collecting:
            gc.enable()


def _remarks(
    sides: tuple[Side, Side], both: tuple[Asking, Asking], children: Sequence[float]
) -> tuple[list[str], bool]:
    """What has to be said of the processor time, and whether all of it was read."""
    notes = []
    complete = True
    for side, one, before in zip(sides, both, children, strict=True):
        if one.ended_children() - before > _SHORT_LIVED:
            notes.append(f"the {side.name} starts processes that end again: their CPU time is not counted")
        if one.grown():
            complete = False
            notes.append(f"the {side.name} started further processes while it was measured: CPU time is not compared")
    return notes, complete
