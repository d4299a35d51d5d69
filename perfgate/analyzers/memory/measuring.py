"""One service from its start to its end: asked in blocks, and what it held after each of them."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from perfgate.analyzers.memory.samples import Sample, Taken, heaps, sizes
from perfgate.analyzers.memory.watched import Watched
from perfgate.config.running import Running
from perfgate.runtime import lifecycle
from perfgate.runtime.agent import agents
from perfgate.runtime.blocks import Asking
from perfgate.runtime.lifecycle import ServiceError
from perfgate.runtime.routes import requests_of, target_of
from perfgate.statistics import leak

MOST_BLOCKS = leak.LOOKS[-1].blocks
# An answer in twenty may be wrong: a service that does not do its work loses nothing by it.
MOST_WRONG = 0.05

Progress = Callable[[int, int], None]


def measure(
    name: str,
    running: Running,
    root: Path,
    *,
    deadline: float | None = None,
    progress: Progress = lambda _done, _most: None,
) -> Taken:
    """Run one service and see what it holds. Raises ServiceError, and other PerfgateErrors.

    At `deadline`, a time of time.monotonic, it ends with what there is by then. `progress` is told blocks done and
    blocks at most.
    """
    until = math.inf if deadline is None else deadline
    with watching(name, running, root) as (watched, asking):
        return _ask(watched, asking, running.memory.block, until, progress)


@contextmanager
def watching(name: str, running: Running, root: Path) -> Iterator[tuple[Watched, Asking]]:
    """A service that runs with agents in it, and what asks it."""
    with (
        agents() as asked,
        lifecycle.running(name, running.start, root, env=asked.variables(running.start)) as service,
        Asking(target_of(service), requests_of(running), connections=running.memory.connections) as asking,
    ):
        yield Watched(service, asked), asking


def _ask(watched: Watched, asking: Asking, size: int, until: float, progress: Progress) -> Taken:
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
