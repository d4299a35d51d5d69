"""Commands that measure and write the report."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from perfgate.analyzers import ANALYZERS
from perfgate.analyzers import bundle as bundle_analyzer
from perfgate.analyzers.size_cache import SizeCache
from perfgate.cli import world
from perfgate.cli.options import input_option, report_option
from perfgate.cli.world import World
from perfgate.config.project import ENCODINGS
from perfgate.errors import AnalyzerError, ConfigError, ExitStatus, ReportError, did_you_mean
from perfgate.render import escape
from perfgate.report import document, score
from perfgate.report.document import Part
from perfgate.report.model import Report
from perfgate.units import System, Unit, show


@click.command()
@report_option
@click.option(
    "--encoding", "encodings", multiple=True, type=click.Choice(ENCODINGS), help="Only these, instead of both."
)
@click.option("--artifacts", multiple=True, metavar="GLOB", help="Measure these files as one service `files`.")
@click.option("--why", metavar="SERVICE", help="Print what this service is made of, and what changed in it.")
@input_option("baseline", "FILE|REV")
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write treemaps of all services there.",
)
@click.option("--no-cache", is_flag=True, help="Compress again what has been measured before.")
@click.pass_context
def bundle(
    ctx: click.Context,
    /,
    report: Path,
    encodings: tuple[str, ...],
    artifacts: tuple[str, ...],
    why: str | None,
    baseline: str,
    page: Path | None,
    no_cache: bool,
) -> None:
    """Measure what each service ships: raw, gzip and brotli bytes."""
    here = world.build(report=str(report), baseline=baseline)
    part = measure_bundles(here, encodings=encodings, artifacts=artifacts, cached=not no_cache)
    written = write(here, report, [part])
    if page:
        _write_page(here, written, page)
    if why:
        click.echo(_why(here, written, why))
    _finish(ctx, written, [part], report)


def _why(here: World, report: Report, service: str) -> str:
    from perfgate.cli.judge import base_report
    from perfgate.gate.cause import causes
    from perfgate.render import composition

    bundles = report.details.bundle or {}
    if service not in bundles:
        raise ConfigError(f"--why {service}: no such service was measured", hint=did_you_mean(service, bundles))
    base = base_report(here)
    before = (base.details.bundle or {}).get(service) if base else None
    changes = causes(bundles[service], before) if before else ()
    return composition.why(service, bundles[service], changes, System.IEC)


def _write_page(here: World, report: Report, path: Path) -> None:
    from perfgate.render import treemap

    text = treemap.page(report.details.bundle or {}, here.root.name, System.IEC)
    document.write_atomically(here.output(path), text.encode())
    click.echo(f"treemaps written to {escape.log(str(path))}")


@click.command()
@report_option
@click.option("--only", multiple=True, metavar="ANALYZER", help="Run only this one; may be given again.")
@click.pass_context
def analyze(ctx: click.Context, report: Path, only: tuple[str, ...]) -> None:
    """Run all analyzers and write the report."""
    here = world.build()
    for name in only:
        if name not in ANALYZERS:
            raise ConfigError(f"--only {name}: no such analyzer", hint=did_you_mean(name, ANALYZERS))
    parts = run_analyzers(here, only or tuple(ANALYZERS))
    _finish(ctx, write(here, report, parts), parts, report)


def run_analyzers(here: World, names: Sequence[str]) -> list[Part]:
    """One part of the report for each analyzer."""
    runs: dict[str, Callable[[], Part]] = {"bundle": lambda: measure_bundles(here)}
    return [runs[name]() for name in names]


def measure_bundles(
    here: World, *, encodings: Sequence[str] = (), artifacts: Sequence[str] = (), cached: bool = True
) -> Part:
    from perfgate.workspace.services import Service, Workspace

    places = here.workspace if not artifacts else Workspace(here.root, (Service("files", None, tuple(artifacts)),))
    for warning in places.warnings:
        click.echo(f"warning: {escape.log(warning)}", err=True)
    if not places.services:
        raise AnalyzerError(
            "no service was found",
            hint="build first, or name the services and their artifacts in perfgate.yaml",
        )
    cache = SizeCache(here.cache_file if cached else None)
    chosen = encodings or here.project.encodings
    # git answers while the files are compressed.
    asking = threading.Thread(target=lambda: here.head)
    asking.start()
    part = bundle_analyzer.analyze(places, encodings=chosen, cache=cache, progress=_progress("compressing"))
    asking.join()
    return part


def write(here: World, path: Path, parts: Sequence[Part]) -> Report:
    """Merge what was measured into the report of this commit, and keep what other analyzers measured for it."""
    fresh = here.new_report(bundle_analyzer.encoders(here.project.encodings))
    with document.locked(here.output(path)):
        report = _existing(path, fresh)
        for part in parts:
            report = document.merge(report, part)
        report = score.scored(report, _bundle_limits(here, report))
        document.write(path, report)
    return report


def _existing(path: Path, fresh: Report) -> Report:
    """The report to go on with: the one on disk when it is of this commit, else a new one."""
    from dataclasses import replace

    if not path.exists():
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


def say(report: Report, parts: Sequence[Part], path: Path) -> None:
    """What was measured and what was not."""
    missing = [missing for part in parts for missing in part.not_measured]
    for service, reason in dict.fromkeys((entry.service, entry.reason) for entry in missing):
        click.echo(f"not measured: {escape.log(f'{service}: {reason}')}", err=True)
    details = (part.details.items() for part in parts if part.analyzer == "bundle")
    for service, detail in (entry for entries in details for entry in entries):
        if detail.note:
            click.echo(f"warning: {escape.log(f'{service}: {detail.note}')}", err=True)
    sizes = [metric for metric in report.metrics if metric.id == "bundle.size"]
    total = show(sum(metric.value for metric in sizes), Unit.BYTES)
    noun = "service" if len(sizes) == 1 else "services"
    click.echo(f"{len(sizes)} {noun}, {total} in all; report written to {escape.log(str(path))}")


def _finish(ctx: click.Context, report: Report, parts: Sequence[Part], path: Path) -> None:
    """End a command that measures: a service that broke the analyzer is status 3."""
    say(report, parts, path)
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
