"""The command that runs a build and measures it."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from perfgate.analyzers.build import analysis, environment
from perfgate.analyzers.build.analysis import Measured, Missing
from perfgate.analyzers.build.success_rate import count
from perfgate.cli import measure, world
from perfgate.cli.options import report_option
from perfgate.cli.world import World
from perfgate.config.settings import TOKENS
from perfgate.errors import ConfigError, GitHubError
from perfgate.publish import event
from perfgate.render import escape
from perfgate.report.model import REPOSITORY, WorkflowRuns

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}
# Ten pages: GitHub gives no more of a list that is filtered.
_MOST_RUNS = 1000


@click.command(context_settings={"allow_interspersed_args": False})
@report_option
@click.option(
    "--runs",
    type=click.IntRange(1, _MOST_RUNS),
    default=50,
    show_default=True,
    help="How many runs the success rate is of.",
)
@click.option("--workflow", metavar="FILE", default="", help="Count the runs of this workflow, instead of this run's.")
@click.option("--branch", metavar="NAME", default="", help="Count the runs on it, instead of the default branch.")
@click.option("--timeout", metavar="TIME", default="30m", show_default=True, help="End the build after this long.")
@click.option(
    "--inherit",
    multiple=True,
    metavar="NAME",
    help="Hand this variable on, although it looks like a secret; may be given again.",
)
@click.argument("command", nargs=-1, metavar="[-- CMD [ARGS]...]")
@click.pass_context
def build(
    ctx: click.Context,
    /,
    report: Path,
    runs: int,
    workflow: str,
    branch: str,
    timeout: str,
    inherit: tuple[str, ...],
    command: tuple[str, ...],
) -> None:
    """Run the build and measure it, and how often its workflow succeeds.

    CMD runs without a shell, with everything in the environment but secrets. Without CMD only the runs are counted.
    """
    seconds = _seconds(timeout)
    if refused := [name for name in inherit if name in TOKENS]:
        raise ConfigError(f"--inherit {refused[0]}: a token that perfgate works with is never handed on")
    here = world.build(report=str(report))
    took = _run(here, command, seconds, inherit) if command else Missing("no command was given", failed=False)
    part = analysis.part(took, _runs(here, runs, workflow, branch))
    for line in analysis.summary(part.details[REPOSITORY]):
        click.echo(escape.log(line))
    measure.write(here, report, [part])
    measure.finish(ctx, [part], report)


def _run(here: World, command: Sequence[str], timeout: float, inherit: Sequence[str]) -> Measured:
    withheld = environment.secrets(os.environ, inherit)
    if withheld:
        names = escape.log(", ".join(sorted(withheld)))
        click.echo(f"not told to the build, as they look like secrets: {names}; --inherit NAME hands one on", err=True)
    return analysis.measure(
        command,
        cwd=here.root,
        env={name: value for name, value in os.environ.items() if name not in withheld},
        timeout=timeout,
        secrets=[*withheld.values(), here.settings.token],
    )


def _runs(here: World, most: int, workflow: str, branch: str) -> WorkflowRuns | Missing:
    """The runs that GitHub knows of. Nothing to ask, or nobody, is no failure; being refused is one."""
    if here.event is None:
        return Missing("not on GitHub, where the runs of workflows are known", failed=False)
    client = here.client
    if client is None:
        return Missing("there is no token to ask GitHub for runs; set GITHUB_TOKEN", failed=False)
    run = os.environ.get("GITHUB_RUN_ID", "")
    this_run = int(run) if run.isdecimal() else None
    wanted: str | int | None = workflow.rpartition("/")[2] or event.workflow_file(os.environ)
    try:
        if wanted is None and this_run is not None:
            wanted = client.workflow_of_run(this_run)
        if wanted is None:
            return Missing("it is not known which workflow this is; name its file with --workflow", failed=False)
        place = branch or here.event.default_branch or client.default_branch()
        conclusions = client.conclusions(wanted, place, other_than=this_run)
        return count(conclusions, most, workflow=str(wanted), branch=place)
    except GitHubError as error:
        return Missing(error.reason)


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?) ?(s|m|min|h)", text, re.ASCII)
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0
    if not seconds:
        raise ConfigError(f"--timeout {text!r} is not a time", hint="write 90s, 30m or 2h")
    return seconds
