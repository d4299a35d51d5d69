"""One run of the open model: which connections there are, what is under way on them, and what has become of the rest."""

from array import array
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass

from perfgate.runtime.endpoint import Endpoint
from perfgate.runtime.http import Outcome, Request
from perfgate.runtime.link import Link
from perfgate.runtime.samples import Load, Rows
from perfgate.runtime.schedule import interleave
from perfgate.runtime.stamps import clock
from perfgate.runtime.waiting import Watch

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent: `count` requests after `warm_up` that do not count, over `most` connections at most."""

    requests: tuple[Request, ...]
    payloads: tuple[bytes, ...]
    rate: float
    count: int
    warm_up: int
    most: int
    keep_alive: bool
    timeout: float


class _Pending:
    """A request under way. Times are ns: when it was due, was picked up, and since when its latency counts."""

    __slots__ = ("begun", "due", "index", "link", "over", "picked", "route")

    def __init__(self, index: int, route: int, due: int) -> None:
        self.index = index
        self.route = route
        self.due = due
        self.picked = self.begun = clock()
        self.over = False
        self.link: Link | None = None


class Run:
    """`open`, `go`, `close`, and then `load` tells what was seen."""

    def __init__(self, plan: Plan, endpoint: Endpoint) -> None:
        self._plan = plan
        self._endpoint = endpoint
        self._turns = interleave([request.weight for request in plan.requests])
        self._most = plan.most
        self._watch = Watch()
        self._idle: OrderedDict[Link, None] = OrderedDict()
        self._busy: dict[Link, _Pending] = {}
        self._pending: deque[_Pending] = deque()
        self._waiting: deque[_Pending] = deque()
        counted = range(plan.warm_up, plan.warm_up + plan.count)
        self._rows = Rows(array("H", map(self._route, counted)), plan.rate)
        self._first = self._last = 0
        self._peak = 0
        self._unstamped = 0
        self._statuses: Counter[tuple[int, int]] = Counter()
        self._problems: dict[tuple[int, int], str] = {}

    def open(self, count: int) -> None:
        """Connect before the first request is due. What does not become ready within a second is dropped."""
        opening = [Link(self._endpoint) for _ in range(count)]
        for link in opening:
            self._settle(link)
        ends = clock() + _SECOND
        while len(self._idle) < len(self._watch) and (left := ends - clock()) > 0:
            self._progress(left)
        for link in opening:
            if link not in self._idle:
                self._watch.forget(link)

    def go(self, ends: int | None) -> str:
        """Send everything when it is due, and wait for the answers. Tells why the run ended early, if it did."""
        step = _SECOND / self._plan.rate
        start = clock() + _SECOND // 100
        total = self._plan.warm_up + self._plan.count
        self._first = self._last = start + int(self._plan.warm_up * step)
        index = 0
        while True:
            now = clock()
            while index < total and (due := start + int(index * step)) <= now:
                self._issue(_Pending(index, self._route(index), due))
                index += 1
            expiry = self._expire(now)
            if index == total and expiry is None:
                return ""
            if ends is not None and now >= ends:
                return "deadline"
            wakes = [when for when in (expiry, ends, due if index < total else None) if when is not None]
            self._progress(min(wakes) - clock())
            self._serve_waiting()

    def close(self) -> None:
        self._watch.close()

    def load(self, seconds: float, partial: str) -> Load:
        return Load(
            routes=tuple(request.name for request in self._plan.requests),
            rate=self._plan.rate,
            seconds=seconds,
            samples=self._rows.samples(),
            elapsed=(self._last - self._first) / _SECOND,
            connections=self._peak,
            unstamped=self._unstamped,
            statuses=dict(self._statuses),
            problems=dict(self._problems),
            partial=partial,
        )

    def _route(self, index: int) -> int:
        return self._turns[index % len(self._turns)]

    # Requests

    def _issue(self, pending: _Pending) -> None:
        """Send a request that is due, or have it wait for a connection."""
        self._pending.append(pending)
        if not self._place(pending):
            self._waiting.append(pending)

    def _serve_waiting(self) -> None:
        """Connections have become free, or may be opened again."""
        while self._waiting and (self._waiting[0].over or self._place(self._waiting[0], late=True)):
            self._waiting.popleft()

    def _place(self, pending: _Pending, *, late: bool = False) -> bool:
        """Put a request on a connection that is free, or on a new one; False when there can be none."""
        link = self._free()
        # Without keep-alive, or where the service left no connection, to connect is part of what a request takes.
        connects = link is None and not (self._plan.keep_alive and self._busy)
        link = link or self._new()
        if link is None:
            return False
        self._busy[link] = pending
        pending.link = link
        if link.usable:
            request = self._plan.requests[pending.route]
            link.start(self._plan.payloads[pending.route], request.method)
            if not late:
                pending.begun = link.opened if connects else link.sent or pending.picked
        self._settle(link)
        return True

    def _free(self) -> Link | None:
        """The idle connection that was used last: the others may end of themselves. With TLS all are kept in use."""
        while self._idle:
            link, _ = self._idle.popitem(last=self._endpoint.tls is None)
            if link.fresh():
                return link
            self._watch.forget(link)
        return None

    def _new(self) -> Link | None:
        if len(self._watch) >= self._most:
            return None
        link = Link(self._endpoint)
        if link.fileno() < 0 and len(self._watch):
            # Out of descriptors: from now on as many connections as there are.
            self._most = len(self._watch)
            return None
        return link

    def _expire(self, now: int) -> int | None:
        """End what has waited too long. Tells when the next one will have, None when nothing is under way."""
        patience = int(self._plan.timeout * _SECOND)
        while self._pending:
            pending = self._pending[0]
            if not pending.over:
                if pending.picked + patience > now:
                    return pending.picked + patience
                problem = f"no answer within {self._plan.timeout:g} s"
                if pending.link is None:
                    self._end(pending, Outcome.TIMEOUT, problem)
                else:
                    pending.link.abandon(Outcome.TIMEOUT, problem)
                    self._settle(pending.link)
            self._pending.popleft()
        return None

    # Connections

    def _progress(self, nanoseconds: int) -> None:
        for link in self._watch.ready(nanoseconds / _SECOND):
            link.proceed()
            self._settle(link)

    def _settle(self, link: Link) -> None:
        """After anything was done to a link: note what ended, and keep it for the next request, or drop it."""
        if link.outcome is not None and (pending := self._busy.pop(link, None)) is not None:
            self._note(pending, link, link.outcome)
            if not self._plan.keep_alive:
                link.usable = False
        if not link.usable:
            self._idle.pop(link, None)
            self._watch.forget(link)
            return
        self._watch.follow(link)
        if link.ready:
            if link not in self._busy:
                self._idle[link] = None
            self._peak = max(self._peak, len(self._idle) + len(self._busy))

    def _note(self, pending: _Pending, link: Link, outcome: Outcome) -> None:
        status = link.answer.status
        if outcome is Outcome.OK and not self._plan.requests[pending.route].accepts(status):
            outcome = Outcome.STATUS
            if pending.index >= self._plan.warm_up:
                self._statuses[pending.route, status] += 1
        self._end(pending, outcome, link.problem or f"status {status}", link)

    def _end(self, pending: _Pending, outcome: Outcome, problem: str, link: Link | None = None) -> None:
        pending.over = True
        index = pending.index - self._plan.warm_up
        if index < 0:
            return
        latency = float("nan")
        if outcome is Outcome.OK and link is not None:
            latency = (link.received - pending.begun) / 1e6
            self._last = max(self._last, link.received)
            self._unstamped += not link.stamped
        else:
            self._problems.setdefault((pending.route, outcome), problem)
        self._rows.end(index, outcome, latency, (pending.begun - pending.due) / 1e6)
