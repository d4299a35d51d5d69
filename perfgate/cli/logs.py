"""What services wrote last that could not be measured, for the job log."""

from collections.abc import Mapping

import click

from perfgate.render import escape
from perfgate.report.document import Part


def logs_of(part: Part) -> dict[str, str]:
    """The end of the log of each service that failed."""
    return {missing.service: missing.log for missing in part.not_measured if missing.log}


def show_logs(logs: Mapping[str, str]) -> None:
    """What services wrote last that did not start, or broke."""
    for service, text in logs.items():
        click.echo(f"the end of the log of {escape.log(service)}:", err=True)
        for line in text.splitlines():
            click.echo(f"  {escape.log(line)}", err=True)
