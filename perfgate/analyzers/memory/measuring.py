"""One service from its start to its end: asked in blocks, and what it held after each of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from perfgate.analyzers.memory.samples import Sample, Taken, heaps, sizes
from perfgate.analyzers.memory.watched import Watched
from perfgate.config.running import Running
from perfgate.runtime import asking, lifecycle
from perfgate.runtime.agent import agents
from perfgate.runtime.blocks import Blocks
from perfgate.runtime.deadline import FOREVER, Deadline
from perfgate.runtime.lifecycle import ServiceError
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
    deadline: Deadline = FOREVER,
    progress: Progress = lambda _done, _most: None,
) -> Taken:
    """Run one service and see what it holds. Raises ServiceError, and other PerfgateErrors.

    At the deadline it ends with what there is by then. `progress` is told blocks done and
    blocks at most.
    """
    with watching(name, running, root) as (watched, blocks):
        return _ask(watched, blocks, running.memory.block, deadline, progress)


@contextmanager
def watching(name: str, running: Running, root: Path) -> Iterator[tuple[Watched, Blocks]]:
    """A service that runs with agents in it, and what asks it."""
    with (
        agents() as asked,
        lifecycle.running(name, running.start, root, env=asked.variables(running.start)) as service,
        Blocks(asking.target(service), asking.requests(running), connections=running.memory.connections) as blocks,
    ):
        yield Watched(service, asked), blocks


def _ask(watched: Watched, blocks: Blocks, size: int, deadline: Deadline, progress: Progress) -> Taken:
    """Ask blocks until there is a verdict, or no time left."""
    samples: list[Sample] = []
    wrong: Counter[str] = Counter()
    asked = 0
    decided = None
    while decided is None and (not samples or not deadline.passed):
        block = blocks.ask(size, deadline.moment)
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
