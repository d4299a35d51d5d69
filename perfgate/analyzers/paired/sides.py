"""One side of a fork: a running service, the connection that asks it, and the clock of its processes."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import psutil

from perfgate.config.running import PORT, Start
from perfgate.runtime import processes
from perfgate.runtime.connection import Connection, Exchange
from perfgate.runtime.http import Request
from perfgate.runtime.lifecycle import Service

# A side whose processes change more often than this in a fork has no processor time that could be compared.
_MOST_CHANGES = 5


@dataclass(frozen=True, slots=True)
class Side:
    """Where one side stands and how it is started there."""

    name: Literal["base", "head"]
    root: Path
    start: Start


@dataclass
class Asking:
    """A side that runs and is asked. Lives as long as its fork."""

    service: Service
    connection: Connection
    pids: list[int] = field(default_factory=list)
    changes: int = 0

    def ask(self, request: Request) -> Exchange:
        return self.connection.exchange(request)

    def look(self) -> None:
        """Find the processes that serve. Takes some 10 ms, so it is not done between the requests that count."""
        self.pids = [one.pid for one in self.service.serving()] if processes.has_processor_clock() else []

    def processor_time(self) -> int | None:
        """Their processor time so far in ns; None where it cannot be told, as when one of them has just ended."""
        if not self.pids:
            return None
        try:
            return processes.processor_time(self.pids)
        except OSError:
            self.changes += 1
            self.pids = []
            if self.changes <= _MOST_CHANGES:
                self.look()
            return None

    def grown(self) -> bool:
        """Whether there are processes now whose time was not read, at the end of a fork."""
        known = set(self.pids)
        self.look()
        return bool(known) and not known >= set(self.pids)

    def ended_children(self) -> float:
        """The processor time, in seconds, of processes that it started and that have ended."""
        total = 0.0
        for pid in self.pids:
            try:
                times = psutil.Process(pid).cpu_times()
            except psutil.Error:
                continue
            total += times.children_user + times.children_system
        return total


def able_to_live_twice(start: Start) -> Start | str:
    """How both sides are started, each on a port of its own, or why they cannot be."""
    if start.ready.kind == "url" and not start.ready.value.startswith("/") and PORT not in start.ready.value:
        return "base and head would be asked whether they are ready at the same address: write `ready` as a path"
    if start.port is None:
        return start
    if any(PORT in text for text in (*start.argv, *start.env.values())):
        return replace(start, port=None)
    return (
        f"base and head cannot both listen on port {start.port}: leave out `port`, and let the service listen on PORT "
        f"or give it the port with {PORT}"
    )
