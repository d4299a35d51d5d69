"""Commands that judge: validate, check, and run, which does everything."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from perfgate.cli import measure, post, world
from perfgate.cli.judge import VERDICT_FILE, Judgement, judge
from perfgate.cli.options import budget_option, deadline_of, input_option, report_option
from perfgate.cli.world import World
from perfgate.errors import ConfigError, ExitStatus, ReportError, Source, did_you_mean
from perfgate.gate import budget, regression
from perfgate.gate.verdict import Verdict
from perfgate.render import annotations, escape, terminal
from perfgate.report import codec, document


@click.command()
@click.argument("report", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.pass_context
def validate(ctx: click.Context, report: Path | None) -> None:
    """Check a report file against the schema and against itself."""
    path = report or Path(world.build().settings.report)
    problems = document.validate(path)
    for problem in problems:
        click.echo(f"error: {escape.log(f'{path}: {problem}')}", err=True)
    if not problems:
        click.echo(f"{escape.log(str(path))} is valid")
    ctx.exit(ExitStatus.NO_VERDICT if problems else ExitStatus.PASSED)


def gate_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of everything that decides."""
    for option in (
        input_option("base", "REV"),
        input_option("baseline", "FILE|REV"),
        input_option("budgets", "DIR"),
        report_option,
    ):
        command = option(command)
    return command


@click.command()
@gate_options
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown", "junit", "sarif"]),
    default="text",
    show_default=True,
    help="How to print the verdict.",
)
@click.option("--explain", nargs=2, metavar="SERVICE METRIC", help="Print which line of which file decided.")
@click.pass_context
def check(ctx: click.Context, /, report: Path, style: str, explain: tuple[str, str] | None, **inputs: str) -> None:
    """Hold the report against budgets and baseline; decides the exit status."""
    here = world.build(report=str(report), **inputs)
    judgement = decide(here, report)
    if explain:
        click.echo(_explanation(judgement, *explain))
    else:
        _print(judgement.verdict, style)
    tell_runner(here, judgement.verdict)
    ctx.exit(judgement.verdict.exit_status)


@click.command()
@gate_options
@input_option("base_dir", "DIR")
@budget_option
@click.pass_context
def run(ctx: click.Context, /, report: Path, budget: str, **inputs: str) -> None:
    """Analyze, validate, check and publish, in one."""
    deadline = deadline_of(budget)
    here = world.build(report=str(report), **inputs)
    parts = measure.run_analyzers(here, measure.default_analyzers(here), report, deadline)
    measure.write(here, report, parts)
    measure.say(parts, report)
    if problems := document.validate(report):
        raise ReportError(f"the report is not valid: {problems[0]}", source=Source(str(report)))
    verdict = decide(here, report).verdict
    _print(verdict, "text")
    tell_runner(here, verdict)
    post.publish(here, verdict)
    ctx.exit(verdict.exit_status)


def decide(here: World, report: Path) -> Judgement:
    """The verdict, also written beside the report. An old verdict is removed first: none is better than a stale one."""
    path = here.output(report.with_name(VERDICT_FILE))
    path.unlink(missing_ok=True)
    judgement = judge(here, report)
    for warning in judgement.warnings:
        click.echo(f"warning: {escape.log(warning)}", err=True)
    document.write_atomically(path, codec.encode(judgement.verdict))
    return judgement


def _print(verdict: Verdict, style: str) -> None:
    if style == "text":
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        click.echo(terminal.table(verdict, colour=colour))
        if verdict.exit_status is ExitStatus.PASSED:
            click.echo(terminal.success())
        else:
            click.echo(terminal.violations(verdict), err=True)
        return
    if style == "json":
        text = codec.encode(verdict).decode()
    elif style == "markdown":
        from perfgate.render import markdown

        text = markdown.comment(verdict)
    elif style == "junit":
        from perfgate.render import junit

        text = junit.junit(verdict)
    else:
        from perfgate.render import sarif

        text = sarif.sarif(verdict)
    click.echo(text.rstrip("\n"))


def _explanation(judgement: Judgement, service: str, metric: str) -> str:
    verdict = judgement.verdict
    services = sorted({finding.service for finding in verdict.findings})
    if service not in services:
        raise ConfigError(f"no service {service!r} in the report or the budgets", hint=did_you_mean(service, services))
    metrics = [finding.metric for finding in verdict.findings if finding.service == service]
    if metric not in metrics:
        raise ConfigError(f"nothing is known of {metric!r} for {service}", hint=did_you_mean(metric, metrics))
    rule = judgement.budgets.of(service).get(metric) or judgement.budgets.unlimited(service, metric)
    spec = judgement.metrics[metric]
    rules = regression.describe(budget.with_built_in(spec, rule), spec, verdict.units)
    return terminal.explain(verdict, service, metric, rules)


def tell_runner(here: World, verdict: Verdict) -> None:
    """On a runner: outputs of the step, the job summary, and annotations on the lines that decided."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from perfgate.publish import actions
    from perfgate.render import markdown

    for line in annotations.annotations(verdict):
        click.echo(line)
    actions.append_summary(os.environ.get("GITHUB_STEP_SUMMARY"), markdown.summary(verdict, post.links(here)))
    actions.write_outputs(os.environ.get("GITHUB_OUTPUT"), outputs(here, verdict))


def outputs(here: World, verdict: Verdict) -> dict[str, str]:
    """The outputs of the action that are known once there is a verdict."""
    from perfgate.gate.verdict import Level

    return {
        "verdict": "passed" if verdict.exit_status is ExitStatus.PASSED else "failed",
        "violations": str(len(verdict.of(Level.FAIL))),
        "warnings": str(len(verdict.of(Level.WARN))),
        "score": "" if verdict.score is None else f"{verdict.score:g}",
        "report": here.settings.report,
        "verdict-file": str(Path(here.settings.report).with_name(VERDICT_FILE)),
    }
