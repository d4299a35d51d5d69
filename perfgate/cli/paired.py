"""Measures base and head of the services in turns: the part of a run that `compare: paired` asks for."""

import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from perfgate import process
from perfgate.analyzers.response import METRICS
from perfgate.cli import inputs
from perfgate.cli.judge import base_commit
from perfgate.cli.logs import show_logs
from perfgate.cli.measure_services import announce, startable_or_fail
from perfgate.cli.world import World
from perfgate.config.limits import Budget
from perfgate.config.running import Compare, Running
from perfgate.errors import AnalyzerError, ConfigError
from perfgate.render import escape
from perfgate.report.document import Part
from perfgate.report.model import MetricSpec, Paired
from perfgate.runtime.deadline import FOREVER, Deadline

SPECS: Mapping[str, MetricSpec] = {spec.id: spec for spec in METRICS}
_UNCHANGED = "built and run from the same inputs as the base"


@dataclass(frozen=True)
class Pairs:
    """What was measured in pairs. `failed` says why the head of a service could not be; `logs` is what such a service,
    or its base, wrote last.
    """

    part: Part
    failed: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)


def measure_paired(
    here: World,
    names: tuple[str, ...] = (),
    *,
    deadline: Deadline = FOREVER,
    most_forks: int | None = None,
) -> Pairs:
    """Compare the services that perfgate.yaml says how to start, all or those named, with the base commit.

    The base is checked out and prepared as `compare.prepare` says, or stands ready in the folder of the input `base-dir`. A service that is
    built from what the base is built from is not measured. Raises AnalyzerError when the base cannot be made ready.
    """
    from perfgate.analyzers.paired.comparing import compare

    services = startable_or_fail(here, names)
    base_dir = Path(here.settings.base_dir) if here.settings.base_dir else None
    commit = _base(here, base_dir)
    unchanged = _unchanged(here, services, commit)
    changed = {name: running for name, running in services.items() if name not in unchanged}
    found = {name: Paired(base_commit=commit, unchanged=_UNCHANGED) for name in unchanged}
    chosen = frozenset(names) if names else None
    if not changed:
        return Pairs(Part("paired", frozenset(), details=found, services=chosen))
    _ = here.load
    limits = partial(limit, rules(here))
    with _ready_base(here, commit, base_dir, deadline) as root:
        announce("base and head, side by side,", changed)
        outcome = compare(
            here.root,
            root,
            changed,
            here.project.compare or Compare(),
            limits=limits,
            base_commit=commit,
            deadline=deadline,
            progress=_progress,
            most_forks=most_forks,
        )
    part = Part("paired", frozenset(), details={**found, **outcome.services}, services=chosen)
    return Pairs(part, outcome.failed, outcome.logs)


def part_of_run(here: World, deadline: Deadline) -> Part:
    """The pairs of a whole run. A base that cannot be made ready is said of each service, and stops nothing else."""
    try:
        pairs = measure_paired(here, deadline=deadline)
    except AnalyzerError as error:
        reason = f"the base could not be made ready: {error.reason}"[:1000]
        commit = base_commit(here)
        found = {name: Paired(base_commit=commit, notes=(reason,)) for name in startable_or_fail(here, ())}
        click.echo(f"warning: {escape.log(reason)}", err=True)
        return Part("paired", frozenset(), details=found)
    show_logs(pairs.logs)
    return pairs.part


def _base(here: World, base_dir: Path | None) -> str | None:
    """The commit to compare with, here or fetched. None where only its folder is known."""
    commit = base_commit(here)
    if commit is None and base_dir is None:
        raise ConfigError("there is nothing to compare with", hint="name the base with --base REV")
    if commit is not None and not here.git.has(commit):
        remote = here.git.remote()
        if not (remote and here.git.fetch(remote, commit, depth=1)) and base_dir is None:
            raise ConfigError(
                f"the base commit {commit[:12]} is not in this clone",
                hint="check out with `fetch-depth: 2`, or hand the built base over with --base-dir",
            )
    return commit


def _unchanged(here: World, services: Mapping[str, Running], commit: str | None) -> list[str]:
    """The services that are the same in both."""
    if commit is None:
        return []
    now = inputs.of_head(here)
    then = inputs.of_commit(here, commit) if now else {}
    return [name for name in services if name in now and now[name] == then.get(name)]


@contextlib.contextmanager
def _ready_base(here: World, commit: str | None, base_dir: Path | None, deadline: Deadline) -> Iterator[Path]:
    from perfgate.analyzers.paired import base

    prepare = here.project.compare.prepare if here.project.compare else ()
    if base_dir is not None or commit is None:
        yield base.given(base_dir or here.root, prepare)
        return
    folder = here.git.command("rev-parse", "--show-prefix").text.rstrip("/")
    click.echo(f"preparing the base {commit[:12]} ...", err=True)
    # A cancelled job is told so by a signal; the checkout must not outlive it.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    left = max(1.0, min(base.PREPARE_SECONDS, deadline.moment - deadline.clock()))
    git = here.git.command
    try:
        with base.checkout(git, commit, folder=folder, prepare=prepare, run=process.run, seconds=left) as root:
            yield root
    finally:
        signal.signal(signal.SIGTERM, before)


def rules(here: World) -> Mapping[str, Mapping[str, Budget]]:
    """The rules of each service, as the budgets of the work tree say."""
    budgets = here.budgets(here.budget_files())
    return {
        service.name: {
            metric: budgets.of(service.name).get(metric, budgets.unlimited(service.name, metric)) for metric in SPECS
        }
        for service in here.workspace.services
    }


def limit(of_services: Mapping[str, Mapping[str, Budget]], service: str, metric: str) -> float:
    """How much worse a metric may get, in percent. Without a limit, what is built in: something has to be looked for."""
    from perfgate.gate.regression import failing_increase

    spec = SPECS[metric]
    found = failing_increase(spec, of_services.get(service, {}).get(metric, Budget()))
    built_in = spec.increase.fail if spec.increase and spec.increase.fail else 0
    return found[0] if found else built_in


def _progress(service: str, done: int, most: int) -> None:
    """Shows how far a service is, on a terminal only."""
    if sys.stderr.isatty():
        end = "" if done < most else "\r\x1b[K"
        click.echo(f"\r\x1b[K{escape.log(service)}: {done} of at most {most} forks{end}", err=True, nl=False)
