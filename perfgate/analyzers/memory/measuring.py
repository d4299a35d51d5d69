"""One service from its start to its end: asked in blocks, and what it held after each of them."""

import math
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from perfgate.analyzers.memory.samples import Sample, Taken, heaps, sizes
from perfgate.analyzers.memory.snapshot import SnapshotError, census, grown
from perfgate.analyzers.memory.watched import Watched
from perfgate.config.running import Running
from perfgate.report.model import HeapSpace
from perfgate.runtime import lifecycle
from perfgate.runtime.agent import AgentError, Agents, agents
from perfgate.runtime.blocks import Asking
from perfgate.runtime.lifecycle import ServiceError
from perfgate.runtime.routes import requests_of, target_of
from perfgate.statistics import leak

MOST_BLOCKS = leak.LOOKS[-1].blocks
# An answer in twenty may be wrong: a service that does not do its work loses nothing by it.
MOST_WRONG = 0.05
# What perfgate has closed is closed in the service, too, after this; it is then no handle of the service.
_CLOSING_SECONDS = 0.1
_SNAPSHOTS = 2

Progress = Callable[[int, int], None]


def measure(
    name: str,
    running: Running,
    root: Path,
    *,
    detailed: bool = False,
    deadline: float | None = None,
    progress: Progress = lambda _done, _most: None,
) -> Taken:
    """Run one service and see what it holds. Raises ServiceError, and other PerfgateErrors.

    At `deadline`, a time of time.monotonic, it ends with what there is by then. `progress` is told blocks done and
    blocks at most.
    """
    until = math.inf if deadline is None else deadline
    with agents() as asked:
        snapshots = _Snapshots(asked) if detailed else None
        with lifecycle.running(name, running.start, root, env=asked.variables(running.start)) as service:
            watched = Watched(service, asked)
            with Asking(target_of(service), requests_of(running), connections=running.memory.connections) as asking:
                taken = _ask(watched, asking, running.memory.block, until, progress, snapshots)
            if snapshots:
                taken = _detailed(taken, watched)
                snapshots.take(watched)
        # Reading what was written takes seconds, and the service need not live for that.
        return snapshots.explain(taken) if snapshots else taken


def _ask(
    watched: Watched, asking: Asking, size: int, until: float, progress: Progress, snapshots: "_Snapshots | None"
) -> Taken:
    """Ask blocks until there is a verdict, or no time left."""
    samples: list[Sample] = []
    wrong: Counter[str] = Counter()
    asked = 0
    decided = None
    while decided is None and (not samples or time.monotonic() < until):
        block = asking.ask(size, until)
        asked += block.asked
        wrong += block.wrong
        watched.service.check()
        _refuse_wrong(watched, asked, wrong)
        samples.append(watched.sample(asked))
        if snapshots and len(samples) == leak.LOOKS[0].skip:
            snapshots.take(watched)
        progress(len(samples), MOST_BLOCKS)
        decided = leak.decide(heaps(samples) or sizes(samples))
    return Taken(
        tuple(samples),
        wrong,
        late=decided is None,
        replaced=watched.replaced,
        program=watched.program,
        fault=watched.fault(),
    )


def _refuse_wrong(watched: Watched, asked: int, wrong: Counter[str]) -> None:
    count = wrong.total()
    if count > MOST_WRONG * asked:
        raise ServiceError(
            f"{count:,} of {asked:,} requests were not answered rightly ({wrong.most_common(1)[0][0]});"
            " what a service holds while it errs says nothing",
            log=watched.service.log(),
            hint="name routes that it answers, and the statuses that are right",
        )


def _detailed(taken: Taken, watched: Watched) -> Taken:
    time.sleep(_CLOSING_SECONDS)
    with suppress(AgentError):
        spaces = watched.agents.spaces(watched.answering)
        handles = watched.agents.handles(watched.answering)
        used = tuple(HeapSpace(name=name, used=size) for name, size in spaces.items() if size)
        return replace(taken, spaces=used, handles=handles)
    return taken


class _Snapshots:
    """Two heap snapshots of the process that holds most: once it has settled, and at the end."""

    def __init__(self, asked: Agents) -> None:
        self._agents = asked
        self._pid: int | None = None
        self._files: list[Path] = []
        self._problem = "ended before the service had settled"

    def take(self, watched: Watched) -> None:
        """Raises ServiceError when that ends the service."""
        answering = watched.answering
        try:
            if self._pid is None and answering:
                uses = self._agents.use(answering)
                self._pid = max(uses, key=lambda pid: uses[pid].held)
            if self._pid is not None:
                self._files.append(self._agents.snapshot(self._pid, f"heap-{len(self._files)}"))
        except AgentError as error:
            watched.service.check()
            self._problem = error.message

    def explain(self, taken: Taken) -> Taken:
        """With what grew from the first to the second."""
        if self._pid is None:
            return taken
        if len(self._files) < _SNAPSHOTS:
            return replace(taken, notes=(f"no two heap snapshots: {self._problem}",))
        try:
            before, after = map(census, self._files)
        except SnapshotError as error:
            return replace(taken, notes=(error.message,))
        return replace(taken, grown=grown(before, after))
