"""Starts each service, asks it at a fixed rate, and says how it answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from perfgate.analyzers.failed_service import unmeasured
from perfgate.analyzers.response import METRICS
from perfgate.analyzers.response.summary import Figures, Summary, summarize
from perfgate.config.running import Running
from perfgate.report.document import Part
from perfgate.report.model import Metric, NotMeasured, Response, RouteTimes
from perfgate.report.score import response_score
from perfgate.runtime import asking, lifecycle, pressure, processes
from perfgate.runtime.deadline import Deadline
from perfgate.runtime.lifecycle import Service, ServiceError
from perfgate.runtime.load import drive
from perfgate.runtime.samples import Load

# A run in which more than this share of the answers is wrong, in percent, is no measurement of right answers.
MOST_ERRORS = 5
# The least that a run must last to be one: with fewer seconds there are no blocks to take a median of.
LEAST_SECONDS = 1
_IDS = frozenset(spec.id for spec in METRICS)
_UNITS = {spec.id: spec.unit for spec in METRICS}


def analyze(root: Path, services: Mapping[str, Running], *, deadline: Deadline) -> Part:
    """Measure the services one after another: side by side they would disturb one another.

    A service that cannot be measured does not stop the others. At the deadline what has been measured is kept, and
    marked as partial.
    """
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []
    details: dict[str, Response] = {}
    for number, (name, config) in enumerate(services.items()):
        until = deadline.share(len(services) - number)
        try:
            measured = _measure(root, name, config, until)
        except ServiceError as error:
            missing += unmeasured(name, _IDS, error)
            continue
        metrics += measured.metrics
        missing += measured.missing
        details[name] = measured.response
    return Part("response", _IDS, tuple(metrics), tuple(missing), details)


@dataclass(frozen=True, slots=True)
class _Measured:
    """What one service gave."""

    response: Response
    metrics: list[Metric]
    missing: list[NotMeasured]


def _measure(root: Path, name: str, config: Running, deadline: Deadline) -> _Measured:
    with lifecycle.running(name, config.start, root) as service:
        if deadline.passed:
            raise ServiceError(f"no time was left to measure {name} once it was ready", hint="raise --budget")
        before = pressure.read()
        load, cpu = _drive(service, config, deadline)
        busy = pressure.since(before).cpu
        service.check()
        log = service.log()
    summary = summarize(load)
    return _figures(name, summary, load, cpu=cpu, busy=busy, ready=service.ready, log=log)


def _drive(service: Service, config: Running, deadline: Deadline) -> tuple[Load, float | None]:
    """The load that counts, after one that does not; and the CPU time of a request in ms, where it can be read."""
    asked = config.load
    ask = partial(
        drive,
        asking.target(service),
        asking.requests(config),
        rate=asked.rate,
        keep_alive=asked.keep_alive,
        timeout=asked.timeout,
        deadline=deadline.moment,
    )
    if asked.warm_up:
        ask(seconds=asked.warm_up / asked.rate)
        service.check()
    pids = [process.pid for process in service.serving()]
    begun = _processor_time(pids)
    load = ask(seconds=asked.seconds)
    ended = _processor_time(pids)
    answered = len(load.samples)
    cpu = (ended - begun) / answered / 1e6 if begun is not None and ended is not None and answered else None
    return load, cpu


def _processor_time(pids: list[int]) -> int | None:
    if not processes.has_processor_clock():
        return None
    try:
        return processes.processor_time(pids)
    except OSError:
        return None


def _figures(
    name: str, summary: Summary, load: Load, *, cpu: float | None, busy: float | None, ready: float, log: str
) -> _Measured:
    whole = summary.all
    error_rate = whole.error_rate if whole.requests else 100.0
    values: dict[str, float | None] = {"response.errorRate": round(error_rate, 3)}
    reason = _no_measurement(load, whole, error_rate)
    if reason is None:
        times = {f"response.{key}": getattr(whole, key) for key in ("mean", "p50", "p95", "p99")}
        score = response_score(whole.mean, whole.p95, error_rate)
        values |= {**times, "response.cpu": cpu, "response.score": score}
    samples = {"response.mean": tuple(round(value, 4) for value in whole.blocks)}
    metrics = [
        Metric(service=name, id=id_, value=round(value, 4), unit=_UNITS[id_], samples=samples.get(id_) or None)
        for id_, value in values.items()
        if value is not None
    ]
    left = _IDS - {metric.id for metric in metrics}
    missing = [
        NotMeasured(
            service=name,
            id=id_,
            reason=reason or "the CPU time of another process cannot be read on this system",
            failed=reason is not None,
            log=log or None if reason else None,
        )
        for id_ in sorted(left)
    ]
    return _Measured(_response(summary, load, busy=busy, ready=ready), metrics, missing)


def _no_measurement(load: Load, whole: Figures, error_rate: float) -> str | None:
    """Why a run says nothing about how fast the service is, or None."""
    if not whole.requests:
        return "no request was answered before the time was used up"
    if error_rate > MOST_ERRORS or whole.mean is None:
        kinds = ", ".join(f"{kind} ×{number:,}" for kind, number in whole.problems.items())
        return f"{whole.errors:,} of {whole.requests:,} requests failed: {kinds}"
    if load.partial and load.elapsed < LEAST_SECONDS:
        return f"the time was used up after {load.elapsed:.1f} s of load"
    return None


def _response(summary: Summary, load: Load, *, busy: float | None, ready: float) -> Response:
    whole = summary.all
    return Response(
        rate=load.rate,
        seconds=load.seconds,
        throughput=round(whole.throughput, 2),
        requests=whole.requests,
        errors=whole.errors,
        connections=load.connections,
        routes=tuple(map(_route, summary.routes)),
        mean_all=_rounded(whole.mean_all),
        max=_rounded(whole.max),
        lag=_rounded(summary.lag_p99),
        pressure=_rounded(busy),
        timestamps=load.timestamps,
        ready=round(ready * 1000, 1),
        partial=bool(load.partial),
        notes=tuple(note[:1000] for note in summary.warnings),
    )


def _route(found: Figures) -> RouteTimes:
    return RouteTimes(
        name=found.name[:214],
        requests=found.requests,
        errors=found.errors,
        problems=found.problems,
        mean=_rounded(found.mean),
        p50=_rounded(found.p50),
        p95=_rounded(found.p95),
        p99=_rounded(found.p99),
        max=_rounded(found.max),
    )


def _rounded(value: float | None) -> float | None:
    """To a tenth of a microsecond, a tenth of a percent of a percent: more digits are noise."""
    return None if value is None else round(value, 4)
