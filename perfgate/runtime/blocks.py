"""Requests in blocks: so many of them, a few at once, the next one when one is answered. For counting, not for timing."""

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from types import TracebackType
from typing import Self

from perfgate.runtime.endpoint import reach
from perfgate.runtime.http import Outcome, Request, Target, encode
from perfgate.runtime.link import Link
from perfgate.runtime.schedule import interleave
from perfgate.runtime.waiting import Watch

_LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Block:
    """How a block went: the requests asked, and those without a right answer by what was wrong with them."""

    asked: int
    wrong: Counter[str]


@dataclass(frozen=True, slots=True)
class _Sent:
    """A request under way since that time. `again`: over a connection that has carried others, and may just be closed.

    A server may close such a connection while the request is on its way, and has then not read it: it is sent once more
    over a new one, as browsers do.
    """

    request: Request
    payload: bytes
    again: bool
    since: float = field(default_factory=time.monotonic)


class Blocks:
    """Asks a service in blocks over connections that stay open from block to block.

    Routes take turns by their weight, in the same order in every run. `timeout` in seconds for each request. Raises
    ConfigError for a request that cannot be written, AnalyzerError for a host without address; nothing that a server does raises.
    """

    def __init__(self, target: Target, requests: Sequence[Request], *, connections: int, timeout: float = 10) -> None:
        self._endpoint = reach(target)
        self._connections = connections
        self._timeout = timeout
        order = interleave([request.weight for request in requests])
        encoded = [(request, encode(request, target)) for request in requests]
        self._next = cycle([encoded[index] for index in order])
        self._idle: list[Link] = []
        self._busy: dict[Link, _Sent] = {}
        self._watch = Watch()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._watch.close()
        self._idle.clear()
        self._busy.clear()

    def ask(self, count: int, until: float = math.inf) -> Block:
        """Send `count` requests and wait until each is answered, or given up; at `until` (time.monotonic) no more."""
        wrong: Counter[str] = Counter()
        started = 0
        wanted = count
        while started < wanted or self._busy:
            while started < wanted and len(self._busy) < self._connections:
                started += 1
                self._start(wrong)
            for link in self._watch.ready(_LOOK_SECONDS if self._busy else 0):
                self._proceed(link, wrong)
            self._give_up(wrong)
            if time.monotonic() > until:
                wanted = started
        return Block(started, wrong)

    def _start(self, wrong: Counter[str]) -> None:
        request, payload = next(self._next)
        link = self._waiting()
        if link is None:
            self._send(Link(self._endpoint), _Sent(request, payload, again=False), wrong)
        else:
            self._send(link, _Sent(request, payload, again=True), wrong)

    def _send(self, link: Link, sent: "_Sent", wrong: Counter[str]) -> None:
        self._busy[link] = sent
        link.start(sent.payload, sent.request.method)
        if link.outcome is None:
            self._watch.follow(link)
        else:
            self._end(link, wrong)

    def _waiting(self) -> Link | None:
        """A connection that waits for work."""
        while self._idle:
            link = self._idle.pop()
            if link.fresh():
                return link
            self._watch.forget(link)
        return None

    def _proceed(self, link: Link, wrong: Counter[str]) -> None:
        over = link.proceed()
        if over and link in self._busy:
            self._end(link, wrong)
        elif not link.usable:
            self._idle = [one for one in self._idle if one is not link]
            self._watch.forget(link)
        else:
            self._watch.follow(link)

    def _end(self, link: Link, wrong: Counter[str]) -> None:
        sent = self._busy.pop(link)
        outcome = link.outcome if link.outcome is not None else Outcome.CLOSED
        status = link.answer.status
        if sent.again and outcome in (Outcome.CLOSED, Outcome.RESET) and not link.received:
            self._watch.forget(link)
            self._send(Link(self._endpoint), replace(sent, again=False), wrong)
            return
        if outcome is Outcome.OK and not sent.request.accepts(status):
            wrong[f"{sent.request.name}: status {status}"] += 1
        elif outcome is not Outcome.OK:
            wrong[f"{sent.request.name}: {outcome.words}"] += 1
        if link.usable:
            self._watch.follow(link)
            self._idle.append(link)
        else:
            self._watch.forget(link)

    def _give_up(self, wrong: Counter[str]) -> None:
        now = time.monotonic()
        for link in [link for link, sent in self._busy.items() if now - sent.since > self._timeout]:
            link.abandon(Outcome.TIMEOUT, f"no answer within {self._timeout:g} s")
            self._end(link, wrong)
