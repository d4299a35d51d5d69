"""The command that puts results of other tools into the report."""

import os
import sys
from pathlib import Path

import click

from perfgate import reading
from perfgate.analyzers.ingest import AUTO, READERS
from perfgate.analyzers.ingest.found import Found, Options
from perfgate.cli import measure, world
from perfgate.cli.options import report_option
from perfgate.cli.world import World
from perfgate.errors import ConfigError, ExitStatus, ReportError, Source, did_you_mean
from perfgate.reading import UnreadableError
from perfgate.render import escape
from perfgate.report.codec import MAX_BYTES
from perfgate.report.document import Part
from perfgate.units import show


@click.command()
@click.argument("tool", type=click.Choice([*READERS, AUTO]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--service", metavar="NAME", help="The service that was measured.")
@click.option("--only", multiple=True, metavar="ID", help="Take only this metric; may be given again.")
@click.option("--as", "as_id", metavar="ID", help="hyperfine: store its one command as this metric.")
@click.option(
    "--metric", "metrics", multiple=True, metavar="SERIES=ID", help="prometheus: store this series as this metric."
)
@click.option("--unit", metavar="UNIT", help="prometheus: what series are in whose names do not tell it.")
@click.option("--dry-run", is_flag=True, help="Print what would be stored, and write nothing.")
@report_option
@click.pass_context
def ingest(
    ctx: click.Context,
    /,
    tool: str,
    file: Path,
    service: str | None,
    only: tuple[str, ...],
    as_id: str | None,
    metrics: tuple[str, ...],
    unit: str | None,
    dry_run: bool,
    report: Path,
) -> None:
    """Put what another tool has measured into the report."""
    from perfgate.analyzers.ingest import analysis

    here = world.build(report=str(report))
    if service is not None:
        _known(here, service)
    options = Options(as_id, dict(map(_selection, metrics)), _unit(unit))
    _, found = analysis.read(tool, _content(here, file), str(file), options)
    if only:
        found = analysis.only(found, only, str(file))
    part = analysis.part(_matched(found, here), service, here.metrics)
    _say(found, part)
    if dry_run:
        for missing in part.not_measured:
            click.echo(f"not measured: {escape.log(f'{missing.service} {missing.id}: {missing.reason}')}", err=True)
        click.echo("dry run: nothing was written")
        ctx.exit(ExitStatus.PASSED)
    measure.write(here, report, [part])
    measure.finish(ctx, [part], report)


def _matched(found: Found, here: World) -> Found:
    """What the team declares. The lines to paste are printed as such, so that they can be copied."""
    from perfgate.analyzers.ingest.declared import UndeclaredError, matched

    try:
        return matched(found, here.metrics)
    except UndeclaredError as error:
        for line in error.lines.splitlines():
            click.echo(escape.log(line), err=True)
        raise


def _known(here: World, service: str) -> None:
    """A misspelt name would be a service of its own, which no budget speaks of."""
    names = [found.name for found in here.workspace.services]
    if service not in names:
        hint = did_you_mean(service, names)
        if not hint.startswith("did"):
            hint = (
                f"name it in perfgate.yaml, under services; {hint}"
                if hint
                else "name it in perfgate.yaml, under services"
            )
        raise ConfigError(f"--service {service}: no such service", hint=hint)


def _selection(text: str) -> tuple[str, str]:
    """`name{label="x"}=custom.id`. An id has no `=`, a label may."""
    series, equals, id_ = text.rpartition("=")
    if not equals or not series.strip() or not id_.strip():
        raise ConfigError(f"--metric {text}: no id", hint='write NAME{label="value"}=custom.id')
    return series.strip(), id_.strip()


def _unit(unit: str | None) -> str | None:
    from perfgate.analyzers.ingest.prometheus import UNITS

    if unit is not None and unit not in UNITS:
        raise ConfigError(f"--unit {unit}: no such unit", hint=did_you_mean(unit, UNITS))
    return unit


def _content(here: World, file: Path) -> bytes:
    """The bytes of the file, or of standard input for `-`. A path inside of the workspace leads to no other place."""
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    inside = Path(os.path.normpath(here.root / file)).is_relative_to(here.root)
    try:
        if inside:
            return reading.content(here.root, os.path.relpath(here.root / file, here.root), MAX_BYTES)
        place = (here.root / file).resolve()
        return reading.content(place.parent, place.name, MAX_BYTES)
    except UnreadableError as error:
        hint = "did the tool write it there?" if error.missing else ""
        raise ReportError(str(error), source=Source(str(file)), hint=hint) from error


def _say(found: Found, part: Part) -> None:
    """Each value with the name that the tool has for it, then what one should know about them."""
    names = {entry.id: entry.name for entry in found.readings}
    for metric in part.metrics:
        samples = f", {len(metric.samples):,} samples" if metric.samples else ""
        text = f"{metric.service} {metric.id}: {show(metric.value, metric.unit)} ({names[metric.id]}{samples})"
        click.echo(escape.log(text))
    for note in found.notes:
        click.echo(f"note: {escape.log(note)}", err=True)
