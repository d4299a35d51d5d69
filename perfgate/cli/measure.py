"""Runs analyzers and writes what they found into the report."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from perfgate.analyzers import ANALYZERS
from perfgate.cli.judge import base_commit, is_change
from perfgate.cli.logs import logs_of, show_logs
from perfgate.cli.measure_services import measure_memory, measure_response
from perfgate.cli.world import World
from perfgate.errors import AnalyzerError, ConfigError, ExitStatus, ReportError
from perfgate.render import escape
from perfgate.report import document, score
from perfgate.report.document import Part
from perfgate.report.model import REPOSITORY, NotMeasured, Report
from perfgate.runtime.deadline import Deadline
from perfgate.units import Unit, show

_MOST_NAMES = 3


# What is measured on files, in this order, and then on services while they run.
_ON_FILES = ("bundle", "deps", "treeshake")
_ON_SERVICES = ("response", "memory", "paired")


def default_analyzers(here: World) -> tuple[str, ...]:
    """What a run measures when nothing is named: everything it can without being told a command."""
    if not here.runs_services:
        return _ON_FILES
    compare = here.project.compare
    compares = compare is not None and compare.how == "paired" and is_change(here) and base_commit(here) is not None
    wanted = {"response", "memory", *(["paired"] if compares else [])} - here.project.unmeasured
    return (*_ON_FILES, *(name for name in _ON_SERVICES if name in wanted))


def run_analyzers(here: World, names: Sequence[str], report: Path, deadline: Deadline) -> list[Part]:
    """One part of the report for each analyzer; `report` is the file that all of it is going to stand in.

    Those that start services share what time there is until the deadline.
    """
    waiting = [name for name in names if name in _ON_SERVICES]

    def share(name: str) -> Deadline:
        return deadline.share(len(waiting) - waiting.index(name))

    runs: dict[str, Callable[[], Part]] = {
        "bundle": lambda: measure_bundles(here),
        "deps": lambda: analyze_dependencies(here, report),
        "treeshake": lambda: analyze_treeshaking(here),
        "response": lambda: measure_response(here, deadline=share("response")),
        "memory": lambda: measure_memory(here, deadline=share("memory")),
        "paired": lambda: _pairs(here, share("paired")),
    }
    return [_run(runs[name], name) for name in names]


def _pairs(here: World, deadline: Deadline) -> Part:
    from perfgate.cli.paired import part_of_run

    return part_of_run(here, deadline)


def _run(analyze: Callable[[], Part], name: str) -> Part:
    """One analyzer; one that cannot run at all does not stop the others, and is no value that is just not there."""
    try:
        return analyze()
    except AnalyzerError as error:
        ids = [spec.id for spec in ANALYZERS[name].METRICS]
        missing = (NotMeasured(service=REPOSITORY, id=id_, reason=error.reason, failed=True) for id_ in ids)
        return Part(name, frozenset(ids), not_measured=tuple(missing))


def measure_bundles(
    here: World, *, encodings: Sequence[str] = (), artifacts: Sequence[str] = (), cached: bool = True
) -> Part:
    from perfgate.analyzers.bundle.analysis import analyze
    from perfgate.analyzers.bundle.size_cache import size_cache
    from perfgate.workspace.services import Service, Workspace

    places = here.workspace if not artifacts else Workspace(here.root, (Service("files", None, tuple(artifacts)),))
    _warn(here, places.warnings)
    if not places.services:
        raise AnalyzerError(
            "no service was found",
            hint="build first, or name the services and their artifacts in perfgate.yaml",
        )
    cache = size_cache(here.cache_file("sizes") if cached else None)
    chosen = encodings or here.project.encodings
    # git answers while the files are compressed.
    asking = threading.Thread(target=lambda: here.head)
    asking.start()
    part = analyze(places, encodings=chosen, cache=cache, progress=_progress("compressing"))
    asking.join()
    return part


def analyze_dependencies(here: World, report: Path, *, cached: bool = True) -> Part:
    """Also writes the document of their own that scripts read, beside the report."""
    from perfgate.analyzers.dependencies.run import FILE, run

    outcome = run(here.root, here.project, here.workspace.services, here.cache_file("references") if cached else None)
    _warn(here, outcome.warnings)
    found = {"timestamp": here.timestamp, **outcome.document}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    document.write_atomically(here.output(report.with_name(FILE)), f"{text}\n".encode())
    return outcome.part


def analyze_treeshaking(here: World) -> Part:
    from perfgate.analyzers.treeshake.analysis import analyze

    return analyze(here.workspace)


def _warn(here: World, warnings: Iterable[str]) -> None:
    """Say each warning once, whichever analyzer meets it first."""
    for warning in warnings:
        if warning not in here.warned:
            here.warned.add(warning)
            click.echo(f"warning: {escape.log(warning)}", err=True)


def write(here: World, path: Path, parts: Sequence[Part]) -> Report:
    """Merge what was measured into the report of this commit, and keep what other analyzers measured for it."""
    from perfgate.analyzers.bundle.analysis import encoders

    fresh = here.new_report(encoders(here.project.encodings))
    if here.runs_services:
        from perfgate.cli import inputs

        fresh = replace(fresh, inputs=inputs.of_head(here))
    with document.locked(here.output(path)):
        report = _existing(path, fresh, parts)
        for part in parts:
            report = document.merge(report, part)
        report = score.scored(report, _bundle_limits(here, report))
        document.write(path, report)
    return report


def _existing(path: Path, fresh: Report, parts: Sequence[Part]) -> Report:
    """The report to go on with: the one on disk when it is of this commit, else a new one."""
    if not path.exists() or document.is_replaced(path, fresh.commit, parts):
        return fresh
    try:
        found = document.read(path)
    except ReportError as error:
        click.echo(f"warning: {escape.log(str(error))}; a new report is started", err=True)
        return fresh
    if found.commit != fresh.commit:
        return fresh
    return replace(fresh, metrics=found.metrics, not_measured=found.not_measured, details=found.details)


def _bundle_limits(here: World, report: Report) -> dict[str, float]:
    """The failing limit of bundle.size for each service, for the score. Bad budgets are the business of `check`."""
    try:
        files = here.budget_files()
        if not files:
            return {}
        budgets = here.budgets(files)
    except ConfigError:
        return {}
    rules = {service: budgets.of(service).get("bundle.size") for service in report.services}
    return {service: rule.fail.value for service, rule in rules.items() if rule and rule.fail}


def say(parts: Sequence[Part], path: Path) -> None:
    """What was measured and what was not, and what services wrote last that failed."""
    show_logs({service: log for part in parts for service, log in logs_of(part).items()})
    unmeasured: dict[str, dict[str, None]] = {}
    for entry in (entry for part in parts for entry in part.not_measured):
        unmeasured.setdefault(entry.reason, {})[entry.service] = None
    for reason, services in unmeasured.items():
        click.echo(f"not measured: {escape.log(f'{_listed(list(services))}: {reason}')}", err=True)
    details = (part.details.items() for part in parts if part.analyzer == "bundle")
    for service, detail in (entry for entries in details for entry in entries):
        if detail.note:
            click.echo(f"warning: {escape.log(f'{service}: {detail.note}')}", err=True)
    sizes = [metric.value for part in parts for metric in part.metrics if metric.id == "bundle.size"]
    noun = "service" if len(sizes) == 1 else "services"
    total = f"{len(sizes)} {noun}, {show(sum(sizes), Unit.BYTES)} in all; " if sizes else ""
    click.echo(f"{total}report written to {escape.log(str(path))}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def finish(ctx: click.Context, parts: Sequence[Part], path: Path) -> None:
    """End a command that measures: a service that broke the analyzer is status 3."""
    say(parts, path)
    failed = any(missing.failed for part in parts for missing in part.not_measured)
    ctx.exit(ExitStatus.NO_VERDICT if failed else ExitStatus.PASSED)


def _progress(verb: str) -> Callable[[int, int], None]:
    """Shows how far a step is, on a terminal only, once it has taken a second."""
    if not sys.stderr.isatty():
        return lambda _done, _all: None
    begun = time.monotonic()
    shown = begun

    def progress(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - begun > 1 and (now - shown > 0.1 or done == total):
            shown = now
            end = "\r\x1b[K" if done == total else ""
            click.echo(f"\r{verb} {done} of {total} files{end}", err=True, nl=False)

    return progress
