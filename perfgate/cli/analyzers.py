"""Commands that measure and write the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from perfgate.analyzers import ANALYZED, ANALYZERS
from perfgate.cli import measure, world
from perfgate.cli.options import budget_option, deadline_of, input_option, report_option
from perfgate.cli.world import World
from perfgate.config.project import ENCODINGS
from perfgate.errors import ConfigError, did_you_mean
from perfgate.render import escape
from perfgate.report import document
from perfgate.report.document import Part
from perfgate.report.model import Report
from perfgate.units import System

_F = TypeVar("_F", bound=Callable[..., Any])


def _no_cache_option(text: str) -> Callable[[_F], _F]:
    return click.option("--no-cache", is_flag=True, help=text)


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
@_no_cache_option("Compress again what has been measured before.")
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
    services = ["files"] if artifacts else [service.name for service in here.workspace.services]
    if why and why not in services:
        raise ConfigError(f"--why {why}: no such service", hint=did_you_mean(why, services))
    part = measure.measure_bundles(here, encodings=encodings, artifacts=artifacts, cached=not no_cache)
    written = measure.write(here, report, [part])
    if page:
        _write_page(here, written, page)
    if why:
        click.echo(_why(here, written, why))
    measure.finish(ctx, [part], report)


def _why(here: World, report: Report, service: str) -> str:
    from perfgate.cli.judge import base_report
    from perfgate.gate.cause import causes
    from perfgate.render import composition

    bundles = report.details.bundle or {}
    if service not in bundles:
        return f"{escape.log(service)}: not measured, so there is nothing to explain"
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
@input_option("base", "REV")
@input_option("base_dir", "DIR")
@budget_option
@click.pass_context
def analyze(ctx: click.Context, /, report: Path, only: tuple[str, ...], base: str, base_dir: str, budget: str) -> None:
    """Run all analyzers but `build`, and write the report."""
    deadline = deadline_of(budget)
    here = world.build(report=str(report), base=base, base_dir=base_dir)
    for name in only:
        if name == "build":
            raise ConfigError("--only build: it is over by now", hint="measure it with `perfgate build -- CMD ARGS`")
        if name not in ANALYZED:
            raise ConfigError(f"--only {name}: no such analyzer", hint=did_you_mean(name, ANALYZED))
    parts = measure.run_analyzers(here, only or measure.default_analyzers(here), report, deadline)
    measure.write(here, report, parts)
    measure.finish(ctx, parts, report)


@click.command()
@report_option
@_no_cache_option("Read again what has been read before.")
@click.pass_context
def deps(ctx: click.Context, report: Path, no_cache: bool) -> None:
    """Find unused, missing and other unfit dependencies.

    Of every package of the workspace: unused, missing, misplaced, heavy and duplicate ones.
    """
    here = world.build(report=str(report))
    part = measure.analyze_dependencies(here, report, cached=not no_cache)
    _remarks(ctx, measure.write(here, report, [part]), part, report)


@click.command()
@report_option
@click.pass_context
def treeshake(ctx: click.Context, report: Path) -> None:
    """Measure what bundles leave out of shared libraries.

    How much unneeded code is left out, and what keeps the rest in.
    """
    here = world.build(report=str(report))
    part = measure.analyze_treeshaking(here)
    _remarks(ctx, measure.write(here, report, [part]), part, report)


def _remarks(ctx: click.Context, report: Report, part: Part, path: Path) -> None:
    from perfgate.render import remarks

    click.echo(remarks.page(report, part.details, ANALYZERS[part.analyzer].METRICS))
    measure.finish(ctx, [part], path)
