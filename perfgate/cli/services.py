"""Commands that start the services and measure them while they run, and what these commands share with `analyze`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from perfgate.cli import measure, world
from perfgate.cli.options import report_option
from perfgate.cli.world import World
from perfgate.config.running import Running
from perfgate.errors import AnalyzerError, ConfigError, ExitStatus, did_you_mean
from perfgate.render import escape
from perfgate.report.document import Part
from perfgate.report.model import MetricSpec, NotMeasured
from perfgate.runtime.deadline import Deadline
from perfgate.units import Unit, UnitError, parse

_F = TypeVar("_F", bound=Callable[..., Any])


def budget_option(command: _F) -> _F:
    """How long a whole command may take; what it has not measured by then is marked as partial."""
    return click.option(
        "--budget",
        metavar="TIME",
        envvar="PERFGATE_TIME_BUDGET",
        help="End after this time, such as 60s, with what has been measured by then.",
    )(command)


def service_option(command: _F) -> _F:
    return click.option("--service", "names", multiple=True, metavar="NAME", help="Only this one; may be given again.")(
        command
    )


def deadline_of(text: str | None) -> Deadline:
    """The moment at which a budget such as `60s` is used up. Raises ConfigError."""
    if not text or not text.strip():
        return Deadline()
    try:
        return Deadline.after(parse(text.strip(), Unit.MILLISECONDS) / 1000)
    except UnitError as error:
        raise ConfigError(f"--budget: {error}", hint=error.hint) from error


def startable(here: World, names: tuple[str, ...] = ()) -> dict[str, Running]:
    """The services that perfgate.yaml says how to start, all or those named. Raises ConfigError for an unknown name."""
    services = [service.name for service in here.workspace.services]
    for name in names:
        if name not in services:
            raise ConfigError(f"--service {name}: no such service", hint=did_you_mean(name, services))
    wanted = names or services
    configs = ((name, here.project.services.get(name)) for name in services if name in wanted)
    return {name: config.running for name, config in configs if config and config.running}


def _startable_or_fail(here: World, names: tuple[str, ...]) -> dict[str, Running]:
    found = startable(here, names)
    if not found:
        raise AnalyzerError(
            f"perfgate.yaml does not say how {' or '.join(names) or 'a service'} is started",
            hint="add `start: [node, dist/main.js]` to the service in perfgate.yaml",
        )
    return found


def _not_started(here: World, services: Mapping[str, Running], specs: tuple[MetricSpec, ...]) -> list[NotMeasured]:
    """The services that nobody said how to start: there is nothing to measure, which is no failure."""
    reason = "perfgate.yaml does not say how it is started"
    idle = [service.name for service in here.workspace.services if service.name not in services]
    return [NotMeasured(service=name, id=spec.id, reason=reason) for name in idle for spec in specs]


def measure_response(here: World, names: tuple[str, ...] = (), deadline: Deadline | None = None) -> Part:
    from perfgate.analyzers.response import METRICS
    from perfgate.analyzers.response.analysis import analyze

    services = _startable_or_fail(here, names)
    _ = here.load
    part = analyze(here.root, services, deadline=deadline or Deadline())
    return _with_others(here, part, names, services, METRICS)


def measure_memory(
    here: World, names: tuple[str, ...] = (), deadline: Deadline | None = None, *, detailed: bool = False
) -> Part:
    from perfgate.analyzers.memory import METRICS
    from perfgate.analyzers.memory.analysis import analyze

    services = _startable_or_fail(here, names)
    _ = here.load
    part = analyze(here.root, services, detailed=detailed, deadline=deadline or Deadline())
    return _with_others(here, part, names, services, METRICS)


def _with_others(
    here: World, part: Part, names: tuple[str, ...], services: Mapping[str, Running], specs: tuple[MetricSpec, ...]
) -> Part:
    """The part, limited to the services that were asked for, else with a reason for each that could not be started."""
    from dataclasses import replace

    if names:
        return replace(part, services=frozenset(names))
    return replace(part, not_measured=(*part.not_measured, *_not_started(here, services, specs)))


def _show_logs(part: Part) -> None:
    """What a service wrote before it failed, once for each."""
    shown: set[str] = set()
    for missing in part.not_measured:
        if missing.log and missing.service not in shown:
            shown.add(missing.service)
            click.echo(f"the end of the log of {escape.log(missing.service)}:", err=True)
            for line in missing.log.splitlines():
                click.echo(f"  {escape.log(line)}", err=True)


@click.command()
@report_option
@service_option
@budget_option
@click.pass_context
def response(ctx: click.Context, report: Path, names: tuple[str, ...], budget: str | None) -> None:
    """Start each service, ask it at a fixed rate, and measure how long it takes to answer."""
    from perfgate.render import running

    deadline = deadline_of(budget)
    here = world.build(report=str(report))
    part = measure_response(here, names, deadline)
    written = measure.write(here, report, [part])
    click.echo(running.response(written))
    _show_logs(part)
    measure.finish(ctx, [part], report)


@click.command()
@report_option
@service_option
@budget_option
@click.option("--detailed", is_flag=True, help="Also heap spaces, what grew by constructor, and open handles.")
@click.pass_context
def memory(ctx: click.Context, report: Path, names: tuple[str, ...], budget: str | None, detailed: bool) -> None:
    """Start each service, ask it many times, and measure what it holds and whether that grows."""
    from perfgate.render import running

    deadline = deadline_of(budget)
    here = world.build(report=str(report))
    part = measure_memory(here, names, deadline, detailed=detailed)
    written = measure.write(here, report, [part])
    click.echo(running.memory(written))
    _show_logs(part)
    measure.finish(ctx, [part], report)


@click.command()
@click.argument("what", type=click.Choice(["response"]))
@click.pass_context
def selftest(ctx: click.Context, what: str) -> None:
    """Measure how exact perfgate measures on this machine: against a server that knows its own delays."""
    from perfgate.analyzers.response import selftest as test

    rows = test.run()
    click.echo(test.table(rows))
    ctx.exit(ExitStatus.PASSED if test.is_exact(rows) else ExitStatus.NO_VERDICT)
