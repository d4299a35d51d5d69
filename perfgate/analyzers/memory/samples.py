"""What is seen of a service while it is asked: values for the judgement of its memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from perfgate.statistics.leak import Reading


@dataclass(frozen=True, slots=True)
class Sample:
    """What a service held after a block of requests, `asked` in all, in bytes. `heap` is None without an agent.

    `silent` are processes that have no agent, where others have one.
    """

    asked: int
    heap: int | None
    rss: int
    processes: int
    workers: int = 0
    silent: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """All that was seen. `late`: the time given was over before a verdict. `replaced`: a process ended meanwhile.

    `program` is what runs, `fault` what kept the agent out of a process of Node.
    """

    samples: tuple[Sample, ...]
    wrong: Counter[str] = field(default_factory=Counter)
    late: bool = False
    replaced: bool = False
    program: str = "the program"
    fault: str = ""


def heaps(samples: Sequence[Sample]) -> list[Reading]:
    """The heap over requests; empty where it cannot be asked. Processes that load the agent late miss early samples."""
    if not samples or samples[-1].heap is None:
        return []
    return [Reading(sample.asked, sample.heap) for sample in samples if sample.heap is not None]


def sizes(samples: Sequence[Sample]) -> list[Reading]:
    """The memory of the processes over requests."""
    return [Reading(sample.asked, sample.rss) for sample in samples]
