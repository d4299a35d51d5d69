"""Starts the services that perfgate.yaml says how to start, and measures them while they run."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from perfgate.cli.world import World
from perfgate.errors import AnalyzerError, ConfigError, did_you_mean
from perfgate.report.document import Part
from perfgate.report.model import MetricSpec, NotMeasured
from perfgate.runtime.deadline import FOREVER, Deadline

if TYPE_CHECKING:
    from perfgate.config.running import Running


def startable_or_fail(here: World, names: tuple[str, ...]) -> "dict[str, Running]":
    """The services that perfgate.yaml says how to start, all or those named.

    Raises ConfigError for an unknown name, AnalyzerError where there is none.
    """
    services = [service.name for service in here.workspace.services]
    for name in names:
        if name not in services:
            raise ConfigError(f"--service {name}: no such service", hint=did_you_mean(name, services))
    wanted = names or services
    configs = ((name, here.project.services.get(name)) for name in services if name in wanted)
    found = {name: config.running for name, config in configs if config and config.running}
    if not found:
        raise AnalyzerError(
            f"perfgate.yaml does not say how {' or '.join(names) or 'a service'} is started",
            hint="add `start: [node, dist/main.js]` to the service in perfgate.yaml",
        )
    return found


def _not_started(here: World, services: "Mapping[str, Running]", specs: tuple[MetricSpec, ...]) -> list[NotMeasured]:
    """The services that nobody said how to start: there is nothing to measure, which is no failure."""
    reason = "perfgate.yaml does not say how it is started"
    idle = [service.name for service in here.workspace.services if service.name not in services]
    return [NotMeasured(service=name, id=spec.id, reason=reason) for name in idle for spec in specs]


def measure_response(here: World, names: tuple[str, ...] = (), deadline: Deadline = FOREVER) -> Part:
    from perfgate.analyzers.response import METRICS
    from perfgate.analyzers.response.analysis import analyze

    services = startable_or_fail(here, names)
    _ = here.load
    announce("response times", services)
    part = analyze(here.root, services, deadline=deadline)
    return _with_others(here, part, names, services, METRICS)


def measure_memory(
    here: World, names: tuple[str, ...] = (), deadline: Deadline = FOREVER, *, detailed: bool = False
) -> Part:
    from perfgate.analyzers.memory import METRICS
    from perfgate.analyzers.memory.analysis import analyze

    services = startable_or_fail(here, names)
    _ = here.load
    announce("memory", services)
    part = analyze(here.root, services, detailed=detailed, deadline=deadline)
    return _with_others(here, part, names, services, METRICS)


def announce(what: str, services: "Mapping[str, Running]") -> None:
    """Say what takes its time now: the log of a job would be silent for a minute."""
    noun = "service" if len(services) == 1 else "services"
    click.echo(f"measuring {what} of {len(services)} {noun} ...", err=True)


def _with_others(
    here: World, part: Part, names: tuple[str, ...], services: "Mapping[str, Running]", specs: tuple[MetricSpec, ...]
) -> Part:
    """The part, limited to the services that were asked for, else with a reason for each that could not be started."""
    if names:
        return replace(part, services=frozenset(names))
    return replace(part, not_measured=(*part.not_measured, *_not_started(here, services, specs)))
