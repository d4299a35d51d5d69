"""Commands that tell GitHub: the comment on the pull request and the statuses of the commit."""

import os
from pathlib import Path

import click

from perfgate import __version__
from perfgate.cli import world
from perfgate.cli.judge import VERDICT_FILE
from perfgate.cli.options import input_option, report_option
from perfgate.cli.world import World
from perfgate.errors import ConfigError, ExitStatus, GitHubError, HistoryError, ReportError, Source
from perfgate.gate.verdict import Attribution, Level, Verdict
from perfgate.render import escape, markdown
from perfgate.render.page import Links
from perfgate.report import codec
from perfgate.report.model import REPOSITORY

ARTIFACT = "perfgate-report"
_MAX_VERDICT_BYTES = 20 * 1024 * 1024
_STATUS_CONTEXT = "perfgate"
# GitHub takes 80 writes a minute of a token; findings come worst first.
_MOST_STATUSES = 50


@click.command()
@report_option
@input_option("comment_key", "KEY")
@click.option("--dry-run", is_flag=True, help="Print the comment instead of posting it.")
@click.pass_context
def comment(ctx: click.Context, report: Path, comment_key: str, dry_run: bool) -> None:
    """Create or update the comment on the pull request.

    In a workflow_run job the verdict is taken from the artifact of the run that measured. What GitHub refuses is a
    warning here: the verdict has its own status.
    """
    here = world.build(report=str(report), comment_key=comment_key)
    if dry_run:
        verdict = read_verdict(report.with_name(VERDICT_FILE))
        click.echo(markdown.comment(verdict, key=comment_key, links=links(here)))
        ctx.exit(ExitStatus.PASSED)
    if here.event is None:
        raise ConfigError("not on GitHub: there is no pull request to comment on", hint="print it with --dry-run")
    if here.event.name == "workflow_run":
        _post_for_run(here)
    else:
        path = report.with_name(VERDICT_FILE)
        publish(here, read_verdict(path) if path.exists() else None)
    ctx.exit(ExitStatus.PASSED)


def read_verdict(path: Path) -> Verdict:
    """The verdict beside the report. Raises ReportError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReportError("there is no verdict", source=Source(str(path)), hint="run `perfgate check` first") from error
    return codec.decode(Verdict, content, str(path))


def links(here: World) -> Links:
    return Links(run_url=here.event.run_url if here.event else None, version=__version__)


def publish(here: World, verdict: Verdict | None) -> None:
    """Comment and statuses as the event allows. `verdict` is None when the gate could not decide."""
    plan = here.plan
    if here.event is None or not (plan.comment or plan.statuses):
        if here.event is not None:
            click.echo(f"not commenting: {escape.log(plan.why)}")
        return
    try:
        if plan.comment and here.event.pull_number is not None:
            _upsert(here, here.event.pull_number, verdict)
        if plan.statuses and verdict is not None and here.event.head_sha is not None:
            _set_statuses(here, here.event.head_sha, verdict)
    except GitHubError as error:
        _warn(error)


def _upsert(here: World, pull_number: int, verdict: Verdict | None) -> None:
    if verdict is not None and verdict.comment == "never":
        click.echo("no comment: the budgets say `comment: never`")
        return
    key = here.settings.comment_key
    body = markdown.comment(verdict, key=key, links=links(here)) if verdict else markdown.no_verdict(key, links(here))
    create = verdict is None or deserves_comment(verdict)
    client = here.client
    posted = client.upsert_comment(pull_number, markdown.marker(key), body, create=create) if client else None
    if posted is None:
        click.echo(f"no comment: nothing to say under the policy `comment: {verdict.comment if verdict else 'always'}`")
        return
    click.echo(f"comment {posted.action}: {escape.log(posted.url)}")
    _output("comment-url", posted.url)


def deserves_comment(verdict: Verdict) -> bool:
    """Whether a new comment is worth a notification; one that is already there is updated in any case."""
    problem = bool(verdict.status or verdict.of(Level.FAIL) or verdict.of(Level.WARN) or verdict.edits)
    if verdict.comment == "always":
        return True
    if verdict.comment == "on-problem":
        return problem
    first = Attribution.FIRST
    changed = any(f.value != f.base for f in verdict.findings if f.attribution is not first and f.value is not None)
    return problem or changed or verdict.baseline.step == "none"


def _set_statuses(here: World, sha: str, verdict: Verdict) -> None:
    client = here.client
    if client is None:
        return
    services = dict.fromkeys(finding.service for finding in verdict.findings if finding.service != REPOSITORY)
    if len(services) > _MOST_STATUSES:
        click.echo(f"setting statuses for the worst {_MOST_STATUSES} of {len(services)} services")
    for service in list(services)[:_MOST_STATUSES]:
        failed = any(f.level is Level.FAIL for f in verdict.findings if f.service == service)
        client.set_status(
            sha,
            f"{_STATUS_CONTEXT}/{service}",
            "failure" if failed else "success",
            markdown.status_description(verdict, service),
            links(here).run_url,
        )


def _post_for_run(here: World) -> None:
    """Comment for a run that had no write token: nothing of its artifact is trusted beyond what validates."""
    event, client = here.event, here.client
    if event is None or client is None or event.run_id is None or event.head_sha is None:
        raise HistoryError("this workflow_run event does not say which run it follows", hint="use it on `workflow_run`")
    if event.head_repository is None or event.head_branch is None:
        click.echo("not commenting: the repository of the pull request is gone")
        return
    try:
        owner = event.head_repository.split("/")[0]
        pull_number = client.pull_for_head(owner, event.head_branch, event.head_sha)
        if pull_number is None:
            click.echo("not commenting: no open pull request has this commit as its head")
            return
        content = client.artifact_member(event.run_id, ARTIFACT, VERDICT_FILE, _MAX_VERDICT_BYTES)
        verdict = codec.decode(Verdict, content, f"{ARTIFACT}/{VERDICT_FILE}")
        _upsert(here, pull_number, verdict)
        if here.settings.wants_statuses:
            _set_statuses(here, event.head_sha, verdict)
    except GitHubError as error:
        _warn(error)


def _warn(error: GitHubError) -> None:
    """GitHub refusing a comment never changes the verdict."""
    text = error.message + (f" ({error.hint})" if error.hint else "")
    click.echo(f"warning: {escape.log(text)}", err=True)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        click.echo(escape.command("warning", text, title="perfgate"))


def _output(name: str, value: str) -> None:
    from perfgate.publish import actions

    actions.write_outputs(os.environ.get("GITHUB_OUTPUT"), {name: value})
