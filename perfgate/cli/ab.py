"""The command that compares base and head side by side."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import click

from perfgate.analyzers.paired import CPU, WALL
from perfgate.cli import measure, paired, world
from perfgate.cli.logs import show_logs
from perfgate.cli.options import budget_option, deadline_of, input_option, report_option
from perfgate.cli.paired import Pairs
from perfgate.cli.services import service_option
from perfgate.cli.world import World
from perfgate.errors import ExitStatus
from perfgate.gate import noisy
from perfgate.gate.verdict import Trial
from perfgate.render import escape
from perfgate.report.model import Paired, Report
from perfgate.statistics.plan import PLAN


@click.command()
@input_option("base", "REV")
@input_option("base_dir", "DIR")
@service_option
@click.option(
    "--forks",
    metavar="N",
    type=click.IntRange(1, PLAN.last),
    help=f"End after N forks; verdicts are reached after {', '.join(map(str, PLAN.looks))}.",
)
@budget_option
@report_option
@click.pass_context
def ab(
    ctx: click.Context,
    /,
    base: str,
    base_dir: str,
    names: tuple[str, ...],
    forks: int | None,
    budget: str,
    report: Path,
) -> None:
    """Compare base and head of running services, side by side.

    Both are asked in turns; response times and CPU time per request are judged as the gate judges them.
    """
    deadline = deadline_of(budget)
    here = world.build(report=str(report), base=base, base_dir=base_dir)
    pairs = paired.measure_paired(here, names, deadline=deadline, most_forks=forks)
    written = measure.write(here, report, [pairs.part])
    trials = _trials(here, written, pairs.part.details)
    _print(pairs, trials)
    click.echo(f"report written to {escape.log(str(report))}")
    ctx.exit(_status(pairs, trials))


def _trials(here: World, report: Report, found: Mapping[str, Paired]) -> dict[tuple[str, str], tuple[Trial, ...]]:
    """What the comparisons amount to, by service and metric."""
    family = noisy.comparisons(report)
    rules = paired.rules(here)
    judge = partial(noisy.trials, family=family)
    return {
        (service, metric): judge(paired.SPECS[metric], rules[service][metric], one)
        for service, one in found.items()
        for metric in (WALL, CPU)
    }


def _print(pairs: Pairs, trials: Mapping[tuple[str, str], tuple[Trial, ...]]) -> None:
    from perfgate.render.paired import table

    click.echo(table(pairs.part.details, trials))
    show_logs(pairs.logs)


def _status(pairs: Pairs, trials: Mapping[tuple[str, str], tuple[Trial, ...]]) -> ExitStatus:
    """A regression fails, whatever else broke; a service that broke, or nothing compared at all, is no verdict."""
    if any(trial.answer == "regressed" for of_metric in trials.values() for trial in of_metric):
        return ExitStatus.FAILED
    asked: list[Paired] = [one for one in pairs.part.details.values() if not one.unchanged]
    nothing = bool(asked) and not any(one.comparisons for one in asked)
    return ExitStatus.NO_VERDICT if pairs.failed or nothing else ExitStatus.PASSED
