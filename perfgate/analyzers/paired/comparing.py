"""Forks of one service after another, until the plan has decided each of its comparisons, or the time is over."""

import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.analyzers.paired import CPU, WALL
from perfgate.analyzers.paired.answers import BASE, HEAD, Answers, Difference, difference
from perfgate.analyzers.paired.fork import Fork, SideError, fork
from perfgate.analyzers.paired.sides import Side, able_to_live_twice
from perfgate.config.running import Compare, Running
from perfgate.report.model import Comparison, Paired
from perfgate.runtime import processes
from perfgate.runtime.asking import requests
from perfgate.runtime.connection import Exchange
from perfgate.runtime.deadline import FOREVER, Deadline
from perfgate.runtime.http import Request
from perfgate.statistics.paired import decide, settled
from perfgate.statistics.plan import PLAN, Plan

# Of the requests to one side: more wrong answers than this, and what is left is not what was to be compared.
MOST_WRONG = 0.1
_UNKNOWN_ROUTE = (404, 405, 501)
_MAX_NOTE = 1000
_MAX_NAME = 214

# The limit in percent by service and metric.
Limits = Callable[[str, str], float]
# Told after each fork: the service, its forks so far, and how many they can become.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was compared, by service. `failed` says why the head of a service could not be measured; `logs` is the end
    of what services wrote that did not start, or broke.
    """

    services: dict[str, Paired] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)


def compare(
    head_root: Path,
    base_root: Path,
    services: Mapping[str, Running],
    settings: Compare,
    *,
    limits: Limits,
    base_commit: str | None = None,
    deadline: Deadline = FOREVER,
    progress: Progress = lambda _service, _done, _most: None,
    plan: Plan = PLAN,
    most_forks: int | None = None,
    rng: random.Random | None = None,
) -> Outcome:
    """Measure services in pairs, one after another. Both sides are started as the head says.

    `most_forks` ends each service earlier than its plan does. The services share the time until the `deadline`; what has not been decided by then is marked partial. Never raises
    for what a service does.
    """
    outcome = Outcome()
    chance = rng or random.Random()  # noqa: S311  # chance, not secrecy
    family = comparisons(services)
    for number, (name, running) in enumerate(services.items()):
        start = able_to_live_twice(running.start)
        if isinstance(start, str):
            outcome.services[name] = Paired(base_commit=base_commit, notes=(start,))
            continue
        sides = (Side("base", base_root, start), Side("head", head_root, start))
        one = _Service(name, requests(running), limits, family, plan, min(plan.last, most_forks or plan.last))
        _measure(one, sides, settings, deadline.share(len(services) - number), progress, chance)
        outcome.services[name] = one.paired(base_commit)
        if one.failure:
            outcome.failed[name] = one.failure
        if one.log:
            outcome.logs[name] = one.log
    return outcome


def comparisons(services: Mapping[str, Running]) -> int:
    """How many comparisons can fail the gate: each route of each service by each metric. Known before the first fork."""
    metrics = len(_metrics())
    able = [running for running in services.values() if not isinstance(able_to_live_twice(running.start), str)]
    return max(1, sum(len(requests(running)) for running in able) * metrics)


def _metrics() -> tuple[str, ...]:
    return (WALL, CPU) if processes.has_processor_clock() else (WALL,)


@dataclass
class _Service:
    """What is known of one service so far."""

    name: str
    requests: Sequence[Request]
    limits: Limits
    family: int
    plan: Plan
    most: int
    forks: int = 0
    partial: bool = False
    failure: str = ""
    log: str = ""
    notes: dict[str, None] = field(default_factory=dict)
    found: dict[tuple[int, str], list[Difference]] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    asked: Counter[int] = field(default_factory=Counter)
    wrong: dict[tuple[int, int], Counter[str]] = field(default_factory=dict)

    def note(self, text: str) -> None:
        self.notes[text[:_MAX_NOTE]] = None

    @property
    def left(self) -> bool:
        return len(self.dropped) < len(self.requests)

    def settled(self) -> bool:
        """Whether no further fork is needed. Asked at the looks of the plan only."""
        if not self.left or self.forks >= self.most:
            return True
        if self.forks not in self.plan.looks:
            return False
        return settled(
            (
                decide(
                    [one.log_ratio for one in differences],
                    self.limits(self.name, metric) / 100,
                    comparisons=self.family,
                    plan=self.plan,
                )
                for (route, metric), differences in self.found.items()
                if route not in self.dropped
            ),
            plan=self.plan,
        )

    def add(self, one: Fork) -> None:
        if self.forks == 0:
            for route, (base, head) in enumerate(one.first):
                if reason := _not_comparable(base, head):
                    self._drop(route, reason)
        self.forks += 1
        for note in one.notes:
            self.note(note)
        for route, answers in enumerate(one.answers):
            if route not in self.dropped:
                self._count(route, answers)
            if route not in self.dropped:
                for metric, pairs in ((WALL, answers.wall), (CPU, answers.cpu)):
                    if metric in _metrics() and (found := difference(pairs, answers.asked)):
                        self.found.setdefault((route, metric), []).append(found)

    def _count(self, route: int, answers: Answers) -> None:
        """Notice a side that errs: what it still answers is not what was to be compared."""
        self.asked[route] += answers.asked
        for side, word in ((HEAD, "head"), (BASE, "base")):
            wrong = self.wrong.setdefault((route, side), Counter())
            wrong += answers.wrong[side]
            if wrong.total() > MOST_WRONG * self.asked[route]:
                (reason, _), *_ = wrong.most_common(1)
                share = f"{wrong.total():,} of {self.asked[route]:,}"
                self._drop(route, f"{share} answers of the {word} were wrong ({reason}), so it is not compared")
                return

    def _drop(self, route: int, reason: str) -> None:
        self.dropped.add(route)
        self.note(f"{self.requests[route].name}: {reason}")

    def paired(self, base_commit: str | None) -> Paired:
        if self.forks and not processes.has_processor_clock():
            self.note("the CPU time of other processes cannot be read on this system: only response times are compared")
        return Paired(
            base_commit=base_commit,
            forks=self.forks,
            comparisons=tuple(self._comparisons()),
            failed=self.failure[:_MAX_NOTE] or None,
            partial=self.partial,
            notes=tuple(self.notes),
        )

    def _comparisons(self) -> Iterator[Comparison]:
        for route, request in enumerate(self.requests):
            for metric in _metrics():
                differences = self.found.get((route, metric))
                if differences and route not in self.dropped:
                    yield Comparison(
                        route=request.name[:_MAX_NAME],
                        metric=metric,
                        differences=tuple(round(one.log_ratio, 6) for one in differences),
                        base=round(statistics.median(one.base for one in differences), 6),
                        head=round(statistics.median(one.head for one in differences), 6),
                    )


def _measure(
    one: _Service,
    sides: tuple[Side, Side],
    settings: Compare,
    deadline: Deadline,
    progress: Progress,
    rng: random.Random,
) -> None:
    longest = 0.0
    while not one.settled():
        if deadline.clock() + longest > deadline.moment:
            one.partial = True
            one.note(f"the time was over after {one.forks} of at most {one.most} forks")
            return
        try:
            made = fork(one.name, sides, one.requests, pairs=settings.requests, warm_up=settings.warm_up, rng=rng)
        except SideError as error:
            _give_up(one, error)
            return
        longest = max(longest, made.seconds)
        one.add(made)
        progress(one.name, one.forks, one.most)


def _give_up(one: _Service, error: SideError) -> None:
    """A base that does not run is nobody's fault in this change; a head that does not is."""
    one.partial = one.forks > 0
    reason = error.error.reason
    one.log = error.error.log
    if error.side == "head":
        one.failure = reason
        one.note(f"not compared: {reason}")
    else:
        one.note(f"the base could not be measured: {reason}")


def _not_comparable(base: Exchange, head: Exchange) -> str | None:
    """Why the answers of a route cannot be compared, from the very first ones."""
    if head.latency is None:
        return f"the head does not answer it rightly ({_problem(head)}), so it is not compared"
    if base.latency is None and base.status in _UNKNOWN_ROUTE:
        return f"new: the base does not know it (status {base.status}), so there is nothing to compare"
    if base.latency is None:
        return f"the base does not answer it rightly ({_problem(base)}), so it is not compared"
    return None


def _problem(exchange: Exchange) -> str:
    return exchange.problem or exchange.outcome.words
