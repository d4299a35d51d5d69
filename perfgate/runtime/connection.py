"""One request at a time over one connection, for measurements that compare services in turns."""

import select
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from perfgate.runtime.endpoint import Endpoint, reach
from perfgate.runtime.http import Outcome, Request, Target, encode
from perfgate.runtime.link import Link

TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """How one request ended. `latency` in ms, None unless the answer was right; `status` 0 when there was none.

    `timestamps`: the end was told by the kernel, or read from the clock when this process got round to it.
    """

    outcome: Outcome
    status: int
    latency: float | None
    problem: str = ""
    timestamps: Literal["kernel", "user"] = "user"


class Connection:
    """Asks a service one request after another, and connects anew whenever the server closed the connection.

    With `keep_alive` a connect is not part of the latency; without, every request connects, and that counts.
    Nothing that a server does raises. `timeout` in seconds, from the first try to connect to the end of the answer.
    """

    def __init__(self, target: Target, *, keep_alive: bool = True, timeout: float = TIMEOUT) -> None:
        self._target = target
        self._keep_alive = keep_alive
        self._timeout = timeout
        self._endpoint: Endpoint | None = None
        self._link: Link | None = None
        self._encoded: dict[Request, bytes] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def exchange(self, request: Request) -> Exchange:
        """Send `request` and wait for the answer. Raises ConfigError for a request that cannot be written."""
        payload = self._encoded.get(request)
        if payload is None:
            payload = self._encoded[request] = encode(request, self._target, keep_alive=self._keep_alive)
        deadline = time.monotonic() + self._timeout
        if self._endpoint is None:
            self._endpoint = reach(self._target, timeout=self._timeout)
        try:
            link = self._connected(self._endpoint, deadline)
            if link.usable:
                link.start(payload, request.method)
                self._wait(link, deadline)
        except BaseException:
            self.close()
            raise
        return self._ended(request, link)

    def _connected(self, endpoint: Endpoint, deadline: float) -> Link:
        """A link that carries another request; a new one, ready where its connect does not count, when there is none."""
        if self._link is not None and self._idle(self._link):
            return self._link
        self.close()
        self._link = link = Link(endpoint)
        if self._keep_alive:
            while link.usable and not link.ready:
                self._step(link, deadline)
        return link

    def _idle(self, link: Link) -> bool:
        """Take note of what happened on the connection while nothing was asked; True if it can be used."""
        while link.fresh():
            poll = select.poll()
            poll.register(link.fileno(), select.POLLIN)
            if not poll.poll(0):
                break
            link.proceed()
        return link.usable

    def _wait(self, link: Link, deadline: float) -> None:
        while link.outcome is None:
            self._step(link, deadline)

    def _step(self, link: Link, deadline: float) -> None:
        """Wait until something can be read or written, and do it."""
        left = deadline - time.monotonic()
        if left <= 0:
            link.abandon(Outcome.TIMEOUT, f"no answer within {self._timeout:g} s")
            return
        poll = select.poll()
        poll.register(link.fileno(), select.POLLIN | select.POLLOUT if link.wants_write else select.POLLIN)
        if poll.poll(left * 1000 + 1):
            link.proceed()

    def _ended(self, request: Request, link: Link) -> Exchange:
        outcome = link.outcome if link.outcome is not None else Outcome.CLOSED
        problem = link.problem
        status = link.answer.status
        if outcome is Outcome.OK and not request.accepts(status):
            outcome = Outcome.STATUS
            problem = f"status {status}"
        elif outcome in (Outcome.REFUSED, Outcome.UNREACHABLE):
            self._endpoint = None
        if not self._keep_alive or not link.usable:
            self.close()
        latency = None
        if outcome is Outcome.OK:
            latency = (link.received - (link.sent if self._keep_alive else link.opened)) / 1e6
        return Exchange(outcome, status, latency, problem, "kernel" if link.stamped else "user")
