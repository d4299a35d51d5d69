"""Runs a build command and says what it took, and makes a part of the report of it and of the runs of its workflow."""

import resource
import shlex
import signal
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perfgate import process
from perfgate.analyzers.build import METRICS, success_rate
from perfgate.analyzers.build.environment import hidden
from perfgate.analyzers.build.process_tree import ProcessTree
from perfgate.errors import ProcessError
from perfgate.process import Watch
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, Build, Metric, NotMeasured, WorkflowRuns
from perfgate.units import Unit, show

DURATION, SUCCESS_RATE = (spec.id for spec in METRICS)
_MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no value. `failed`: it should be there, and measuring it broke."""

    reason: str
    failed: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took, and why that is no duration of a build, if it is none."""

    build: Build
    missing: Missing | None = None


def measure(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    secrets: Collection[str] = (),
    watch: Watch = process.watch,
) -> Measured:
    """Run a build in front of the user, for at most `timeout` seconds.

    Duration is the wall time from its start until the command itself has ended. Processor time is user and system time
    of everything it started; of what still runs then, what it has used by then. Peak memory is the most that everything
    held at once, in looks 50 ms apart or more (`process_tree.memory`); a peak between two looks is seen where
    a single process is larger than that. `secrets` are kept out of the command that is shown.

    A build that cannot start, fails or takes too long has no duration.
    """
    command = shlex.join(hidden(word, secrets) for word in argv)[:_MOST_CHARACTERS]
    tree = ProcessTree()
    # A new process inherits our own size as its largest, until it has been larger itself.
    ours = _largest_of_us()
    with tree.adopting():
        try:
            ended = watch(argv, cwd=cwd, env=env, timeout=timeout, look=tree.look, end=tree.end)
        except ProcessError as error:
            reason = error.reason
            return Measured(Build(command=command), Missing(reason[:1000]))
        running, seconds = tree.left()
    build = Build(
        command=command,
        status=ended.status if ended.in_time else None,
        duration=round(ended.seconds * 1000),
        cpu=round((ended.cpu_seconds + tree.cpu_seconds + seconds) * 1000),
        peak_memory=max(tree.peak, ended.largest if ended.largest > ours else 0) or None,
        partial=not tree.adopts,
        notes=tuple(_notes(tree, running)),
    )
    if not ended.in_time:
        return Measured(build, Missing(f"the build took over {_span(timeout)} and was ended"))
    if ended.status:
        return Measured(build, Missing(f"the build {_how(ended.status)}; a failed build has no duration"))
    return Measured(build)


def part(measured: Measured | Missing, runs: WorkflowRuns | Missing) -> Part:
    """The part of the report: what the command took, and how often the workflow succeeded."""
    metrics: list[Metric] = []
    missing: list[NotMeasured] = []

    def add(id_: str, unit: Unit, value: float | None, reason: Missing | None) -> None:
        if value is not None and reason is None:
            metrics.append(Metric(service=REPOSITORY, id=id_, value=value, unit=unit))
        elif reason is not None:
            missing.append(NotMeasured(service=REPOSITORY, id=id_, reason=reason.reason[:1000], failed=reason.failed))

    build, why = (Build(), measured) if isinstance(measured, Missing) else (measured.build, measured.missing)
    add(DURATION, Unit.MILLISECONDS, build.duration, why)
    if isinstance(runs, Missing):
        add(SUCCESS_RATE, Unit.PERCENT, None, runs)
    else:
        build = replace(build, runs=runs)
        none = f"no completed run of {runs.workflow} on {runs.branch} has succeeded or failed"
        add(SUCCESS_RATE, Unit.PERCENT, success_rate.rate(runs), None if runs.counted else Missing(none, failed=False))
    return Part("build", frozenset({DURATION, SUCCESS_RATE}), tuple(metrics), tuple(missing), {REPOSITORY: build})


def summary(build: Build) -> list[str]:
    """What was found, in a line for the command and one for the runs."""
    lines = []
    if build.duration is not None and build.cpu is not None:
        peak = f", peak memory {show(build.peak_memory, Unit.BYTES)}" if build.peak_memory else ""
        time = show(build.duration, Unit.MILLISECONDS)
        kind = "build" if build.status == 0 else "failed build"
        lines.append(f"{kind}: {time}, processor time {show(build.cpu, Unit.MILLISECONDS)}{peak}")
    lines += [f"note: {note}" for note in build.notes]
    if build.runs and (share := success_rate.rate(build.runs)) is not None:
        runs = build.runs
        noun = "run" if runs.counted == 1 else "runs"
        lines.append(f"{runs.workflow} on {runs.branch}: {share:g}% of {runs.counted} {noun} succeeded")
    return lines


def _notes(tree: ProcessTree, running: int) -> Iterator[str]:
    if not tree.adopts:
        yield (
            "on this system, processes that leave the command behind are not seen, and the memory that several share "
            "is counted for each"
        )
    if running:
        noun = "process it started still runs" if running == 1 else "processes it started still run"
        yield f"{running} {noun} after the command has ended"


def _largest_of_us() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * process.RSS_UNIT


def _how(status: int) -> str:
    if status > 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
