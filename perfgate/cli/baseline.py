"""Commands about baselines."""

import datetime as dt
from pathlib import Path

import click

from perfgate.cli import world
from perfgate.cli.options import report_option
from perfgate.errors import ExitStatus, HistoryError, Source
from perfgate.history.baseline import unfit
from perfgate.render import escape
from perfgate.report import codec, document


@click.group()
def baseline() -> None:
    """Store the reports that later changes are compared with."""


@baseline.command()
@report_option
@click.pass_context
def publish(ctx: click.Context, report: Path) -> None:
    """Store the report of this commit on the data branch."""
    here = world.build(report=str(report))
    found = document.read(report)
    if reason := unfit(found):
        raise HistoryError(
            f"not stored: {reason}",
            source=Source(str(report)),
            hint="a baseline is the clean, complete measurement of a commit",
        )
    event = here.event
    if event is not None and event.pull_number is not None:
        raise HistoryError("not stored: this is a pull request", hint="publish baselines on push to the default branch")
    day = dt.datetime.fromisoformat(found.timestamp).date()
    path = here.store.publish(found.commit or "", day, codec.encode(document.derive(found)))
    click.echo(f"stored {escape.log(path)} on branch {escape.log(here.project.data_branch)}")
    ctx.exit(ExitStatus.PASSED)
