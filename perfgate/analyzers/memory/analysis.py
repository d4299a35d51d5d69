"""Memory: each service is run by itself, asked thousands of requests, and asked what it holds."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from perfgate.analyzers.failed_service import unmeasured
from perfgate.analyzers.memory import METRICS
from perfgate.analyzers.memory.explaining import explained
from perfgate.analyzers.memory.judging import judge, lost
from perfgate.analyzers.memory.measuring import measure
from perfgate.config.running import Running
from perfgate.errors import PerfgateError
from perfgate.report.document import Part
from perfgate.report.model import Memory, Metric, NotMeasured
from perfgate.runtime.deadline import FOREVER, Deadline

_IDS = tuple(spec.id for spec in METRICS)
_UNITS = {spec.id: spec.unit for spec in METRICS}

# Told the service, its blocks done, and its blocks at most.
Progress = Callable[[str, int, int], None]


def analyze(
    root: Path,
    services: Mapping[str, Running],
    *,
    detailed: bool = False,
    deadline: Deadline = FOREVER,
    progress: Progress = lambda _service, _done, _most: None,
) -> Part:
    """Measure the services one after another: side by side they would disturb one another.

    A service that cannot be measured does not stop the others; what it wrote last stands with the reason. At the
    deadline, of which each service has its share, what has been measured is kept and marked as partial. With `detailed`
    each Node service is run once more, to say what its heap consists of and what grew.
    """
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []
    details: dict[str, Memory] = {}
    for number, (name, running) in enumerate(services.items()):
        until = deadline.share(len(services) - number)
        if until.passed:
            missing += _missing(name, _IDS, "no time was left to start it; raise --budget", failed=True)
            continue
        try:
            taken = measure(name, running, root, deadline=until, progress=partial(progress, name))
        except PerfgateError as error:
            missing += unmeasured(name, _IDS, error)
            continue
        memory = judge(taken)
        if memory.heap is None:
            reason = taken.fault or f"{taken.program} has no heap that can be asked; memory.rss is what it holds"
            missing += _missing(name, ["memory.heapUsed"], reason, failed=bool(taken.fault))
        elif detailed:
            memory = explained(memory, name, running, root, until)
        metrics += _metrics(name, memory)
        details[name] = memory
    return Part("memory", frozenset(_IDS), tuple(metrics), tuple(missing), details)


def _metrics(name: str, memory: Memory) -> list[Metric]:
    values = {"memory.heapUsed": memory.heap, "memory.rss": memory.rss, "memory.leak": lost(memory)}
    return [
        Metric(service=name, id=id_, value=value, unit=_UNITS[id_])
        for id_, value in values.items()
        if value is not None
    ]


def _missing(name: str, ids: Iterable[str], reason: str, *, failed: bool) -> list[NotMeasured]:
    return [NotMeasured(service=name, id=id_, reason=reason[:1000], failed=failed) for id_ in ids]
