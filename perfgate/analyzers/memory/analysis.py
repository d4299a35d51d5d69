"""Memory: each service is run by itself, asked thousands of requests, and asked what it holds."""

from collections.abc import Callable, Mapping
from pathlib import Path

from perfgate.analyzers.failed_service import unmeasured
from perfgate.analyzers.memory import METRICS
from perfgate.analyzers.memory.explaining import explained
from perfgate.analyzers.memory.judging import judge, lost
from perfgate.analyzers.memory.measuring import measure
from perfgate.analyzers.memory.samples import Taken
from perfgate.config.running import Running
from perfgate.errors import PerfgateError
from perfgate.report.document import Part
from perfgate.report.model import Memory, Metric, NotMeasured
from perfgate.runtime.deadline import FOREVER, Deadline
from perfgate.units import Unit

_IDS = tuple(spec.id for spec in METRICS)

# Told the service, blocks done, and blocks at most.
Progress = Callable[[str, int, int], None]


def analyze(
    root: Path,
    services: Mapping[str, Running],
    *,
    detailed: bool = False,
    deadline: Deadline = FOREVER,
    progress: Progress = lambda _service, _done, _most: None,
) -> Part:
    """Measure the services one after another, since side by side they would disturb one another.

    One that fails does not stop the others. Each has its share of the time until the deadline, and is measured as far as
    it came by then. With `detailed` each Node service is run once more, and the report also
    says what its heap consists of and what grew.
    """
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []
    details: dict[str, Memory] = {}
    for number, (name, running) in enumerate(services.items()):
        until = deadline.share(len(services) - number)
        if until.passed:
            missing += _missing(name, _IDS, "the time given was over before it was started", failed=True)
            continue
        try:
            taken = measure(
                name,
                running,
                root,
                deadline=until.at,
                progress=lambda done, most, name=name: progress(name, done, most),  # type: ignore[misc]
            )
        except PerfgateError as error:
            missing += unmeasured(name, _IDS, error)
            continue
        memory = judge(taken)
        if detailed and memory.heap is not None:
            memory = explained(memory, name, running, root, until.at)
        details[name] = memory
        metrics += _metrics(name, memory)
        if memory.heap is None:
            reason = taken.fault or f"{_program(taken)} has no heap that can be asked; memory.rss is what it holds"
            missing += _missing(name, ["memory.heapUsed"], reason, failed=bool(taken.fault))
    return Part("memory", frozenset(_IDS), tuple(metrics), tuple(missing), details)


def _metrics(name: str, memory: Memory) -> list[Metric]:
    values = {"memory.heapUsed": memory.heap, "memory.rss": memory.rss, "memory.leak": lost(memory)}
    return [
        Metric(service=name, id=id_, value=value, unit=Unit.BYTES) for id_, value in values.items() if value is not None
    ]


def _missing(name: str, ids: "tuple[str, ...] | list[str]", reason: str, *, failed: bool) -> list[NotMeasured]:
    return [NotMeasured(service=name, id=id_, reason=reason[:1000], failed=failed) for id_ in ids]


def _program(taken: Taken) -> str:
    return f"it runs on {taken.program}, which" if taken.program != "it" else "it"
