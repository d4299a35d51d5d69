"""Commands that start the services and measure them while they run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from perfgate.cli import measure, world
from perfgate.cli.measure_services import measure_memory, measure_response
from perfgate.cli.options import budget_option, deadline_of, report_option
from perfgate.errors import ExitStatus

_F = TypeVar("_F", bound=Callable[..., Any])


def service_option(command: _F) -> _F:
    return click.option("--service", "names", multiple=True, metavar="NAME", help="Only this one; may be given again.")(
        command
    )


@click.command()
@report_option
@service_option
@budget_option
@click.pass_context
def response(ctx: click.Context, report: Path, names: tuple[str, ...], budget: str) -> None:
    """Measure response times, errors and CPU time of running services.

    Each is started as perfgate.yaml says, asked at a fixed rate, and ended.
    """
    from perfgate.render import running

    deadline = deadline_of(budget)
    here = world.build(report=str(report))
    part = measure_response(here, names, deadline)
    written = measure.write(here, report, [part])
    click.echo(running.response(written))
    measure.finish(ctx, [part], report)


@click.command()
@report_option
@service_option
@budget_option
@click.option("--detailed", is_flag=True, help="Also heap spaces, what grew by constructor, and open handles.")
@click.pass_context
def memory(ctx: click.Context, report: Path, names: tuple[str, ...], budget: str, detailed: bool) -> None:
    """Measure what running services hold, and whether that grows.

    Each is started as perfgate.yaml says, and asked thousands of requests in blocks; Node collects its garbage after each.
    """
    from perfgate.render import running

    deadline = deadline_of(budget)
    here = world.build(report=str(report))
    part = measure_memory(here, names, deadline, detailed=detailed)
    written = measure.write(here, report, [part])
    click.echo(running.memory(written))
    measure.finish(ctx, [part], report)


@click.group()
def selftest() -> None:
    """Measure how exact perfgate measures on this machine."""


@selftest.command("response")
@click.pass_context
def selftest_response(ctx: click.Context) -> None:
    """Measure servers that know their own delays and stalls, and compare with what they know."""
    from perfgate.analyzers.response import selftest as test

    rows = test.run()
    click.echo(test.text(rows))
    ctx.exit(ExitStatus.PASSED if all(row.passed for row in rows) else ExitStatus.NO_VERDICT)
