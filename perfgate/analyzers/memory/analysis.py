"""Memory: each service is run by itself, asked thousands of requests, and asked what it holds."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.analyzers.memory import METRICS
from perfgate.analyzers.memory.explaining import explained
from perfgate.analyzers.memory.judging import judge, lost
from perfgate.analyzers.memory.measuring import measure
from perfgate.analyzers.memory.samples import Taken
from perfgate.config.running import Running
from perfgate.errors import PerfgateError
from perfgate.report.document import Part
from perfgate.report.model import Memory, Metric, NotMeasured
from perfgate.runtime.lifecycle import ServiceError
from perfgate.units import Unit

_IDS = tuple(spec.id for spec in METRICS)
_LAST_LINES = 3

# Told the service, blocks done, and blocks at most.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The part of the report, and for each service that failed the end of what it wrote."""

    part: Part
    logs: Mapping[str, str] = field(default_factory=dict)


def analyze(
    root: Path,
    services: Mapping[str, Running],
    *,
    detailed: bool = False,
    deadline: float | None = None,
    progress: Progress = lambda _service, _done, _most: None,
) -> Outcome:
    """Measure the services one after another, since side by side they would disturb one another.

    One that fails does not stop the others. `deadline` is a time of time.monotonic: a service that runs then is measured
    as far as it came, and those after it are not. With `detailed` each Node service is run once more, and the report also
    says what its heap consists of and what grew.
    """
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []
    details: dict[str, Memory] = {}
    logs: dict[str, str] = {}
    for name, running in services.items():
        if deadline is not None and time.monotonic() >= deadline:
            missing += _missing(name, _IDS, "the time given was over before it was started", failed=True)
            continue
        try:
            taken = measure(
                name,
                running,
                root,
                deadline=deadline,
                progress=lambda done, most, name=name: progress(name, done, most),  # type: ignore[misc]
            )
        except PerfgateError as error:
            logs[name] = error.log if isinstance(error, ServiceError) else ""
            missing += _missing(name, _IDS, _reason(error), failed=True)
            continue
        memory = judge(taken)
        if detailed and memory.heap is not None:
            memory = explained(memory, name, running, root, deadline)
        details[name] = memory
        metrics += _metrics(name, memory)
        if memory.heap is None:
            reason = taken.fault or f"{_program(taken)} has no heap that can be asked; memory.rss is what it holds"
            missing += _missing(name, ["memory.heapUsed"], reason, failed=bool(taken.fault))
    part = Part("memory", frozenset(_IDS), tuple(metrics), tuple(missing), details)
    return Outcome(part, {name: log for name, log in logs.items() if log})


def _metrics(name: str, memory: Memory) -> list[Metric]:
    values = {"memory.heapUsed": memory.heap, "memory.rss": memory.rss, "memory.leak": lost(memory)}
    return [
        Metric(service=name, id=id_, value=value, unit=Unit.BYTES) for id_, value in values.items() if value is not None
    ]


def _missing(name: str, ids: "tuple[str, ...] | list[str]", reason: str, *, failed: bool) -> list[NotMeasured]:
    return [NotMeasured(service=name, id=id_, reason=reason[:1000], failed=failed) for id_ in ids]


def _reason(error: PerfgateError) -> str:
    """What went wrong, what to do, and the last lines of the log, which mostly say why."""
    reason = f"{error.message}; {error.hint}" if error.hint else error.message
    log = error.log if isinstance(error, ServiceError) else ""
    last = [line.strip()[:200] for line in log.splitlines() if line.strip()][-_LAST_LINES:]
    return f"{reason[:380]}; its last words: {' | '.join(last)}" if last else reason


def _program(taken: Taken) -> str:
    return f"it runs on {taken.program}, which" if taken.program != "it" else "it"
