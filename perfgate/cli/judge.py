"""From files and git to a verdict: collects what the pure gate is given, and nothing else."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perfgate.cli.world import World
from perfgate.config import custom, project
from perfgate.config.limits import Budgets
from perfgate.errors import ConfigError, GitHubError, HistoryError, ReportError, Source
from perfgate.gate import declared
from perfgate.gate.check import Compared, check
from perfgate.gate.edits import edits
from perfgate.gate.regression import DEFAULT_DRIFT_DAYS
from perfgate.gate.verdict import Baseline, Edit, Verdict
from perfgate.history import baseline
from perfgate.history.baseline import Found
from perfgate.report import document
from perfgate.report.model import MetricSpec, Report

VERDICT_FILE = "verdict.json"
_MAX_BUDGET_BYTES = 1_000_000


@dataclass(frozen=True)
class Judgement:
    """A verdict with what it was made from, for explaining it."""

    verdict: Verdict
    budgets: Budgets
    metrics: Mapping[str, MetricSpec]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rules:
    """What counts: budgets, and the metrics they speak of; and what the change does to both."""

    budgets: Budgets
    metrics: Mapping[str, MetricSpec]
    edits: tuple[Edit, ...] = ()


def judge(here: World, report_path: Path) -> Judgement:
    """Read the report, the budgets that count and the baseline, and decide."""
    report = document.read(report_path)
    stale = _stale(here, report)
    if stale and here.event:
        raise ReportError(stale, source=Source(str(report_path)), hint="measure the commit that is checked out")
    base = base_commit(here)
    rules = _rules(here, base if is_change(here) else None)
    compared = _compared(here, rules, base, noisy=any(_is_noisy(rules, metric.id) for metric in report.metrics))
    report = declared.in_declared_units(report, rules.metrics)
    verdict = check(report, rules.budgets, rules.metrics, compared, now=here.settings.clock, edits=rules.edits)
    return Judgement(verdict, rules.budgets, rules.metrics, (stale,) if stale else ())


def _stale(here: World, report: Report) -> str | None:
    """What is wrong with a report of another commit than the one that is checked out."""
    head = here.head.commit
    if report.commit is None or head is None or report.commit == head:
        return None
    return f"the report is of commit {report.commit[:12]}, and {head[:12]} is checked out"


def base_commit(here: World) -> str | None:
    """The commit this change starts from.

    For a pull request that is the first parent of the test merge which is checked out: GitHub builds the merge, so
    a merge base would blame the pull request for what the base branch did meanwhile.
    """
    if here.settings.base:
        sha = here.git.resolve(here.settings.base)
        if sha is None:
            raise ConfigError(f"--base {here.settings.base}: no such commit here", hint="fetch it, or name another")
        return sha
    event = here.event
    if event is None:
        return None
    parents = here.git.parents(here.head.commit) if here.head.commit and event.pull_number else []
    if len(parents) == 2 and parents[1] == event.head_sha:
        return parents[0]
    return event.base_sha


def is_change(here: World) -> bool:
    """Whether this run is of a change on top of a base, which must not set its own limits."""
    return bool(here.settings.base) or (here.event is not None and here.event.name != "push")


def _rules(here: World, base: str | None) -> _Rules:
    """The budgets that count, and how the change edits them. Those of the base commit count; the first ones at once."""
    files = here.budget_files()
    if base is None:
        return _Rules(here.budgets(files), here.metrics)
    base_files = _files_at(here, base)
    if not base_files:
        first = Edit(
            subject="budgets", before=None, after="first version", loosened=False, source=here.settings.budgets
        )
        return _Rules(here.budgets(files), here.metrics, (first,) if files else ())
    proposed = here.budgets(files)
    try:
        own = _declared_at(here, base) if _speaks_of_custom(base_files) else {}
        metrics = declared.counting(here.metrics, own)
        counting = here.budgets(base_files, metrics)
    except ConfigError as error:
        # The base cannot be repaired from here but by the change itself, which must not be stuck behind it.
        broken = Edit(
            subject="budgets",
            before=f"unreadable on the base: {error.problems[0]}",
            after="this version",
            loosened=True,
            source=here.settings.budgets,
        )
        return _Rules(proposed, here.metrics, (broken,))
    changes = declared.edits(own, here.metrics, project.FILE)
    return _Rules(counting, metrics, (*changes, *edits(counting, proposed, metrics)))


def _speaks_of_custom(files: Mapping[str, bytes]) -> bool:
    """Whether these budgets may limit a metric that is declared in the project file."""
    return any(custom.PREFIX.encode() in content for content in files.values())


def _declared_at(here: World, commit: str) -> Mapping[str, MetricSpec]:
    """The metrics that the project file declares at `commit`, of which the budgets have been read already."""
    if here.git.has(commit):
        content = here.git.file(commit, project.FILE)
    else:
        try:
            content = here.client.file_at(project.FILE, commit, _MAX_BUDGET_BYTES) if here.client else None
        except GitHubError as error:
            raise HistoryError(
                f"{project.FILE} of the base commit {commit[:12]} cannot be read: {error.message}",
                hint="check out with `fetch-depth: 2`",
            ) from error
    return project.parse(content).custom if content is not None else {}


def _files_at(here: World, commit: str) -> dict[str, bytes]:
    """The budgets folder at `commit`, from git, or over the API where a shallow clone lacks it."""
    folder = here.settings.budgets
    remote = here.git.remote()
    if here.git.has(commit) or (remote and here.git.fetch(remote, commit, depth=1)):
        return {path: content for path, content in here.git.files(commit, folder).items() if _is_budget(path, folder)}
    client = here.client
    if client is None:
        raise HistoryError(
            f"the budgets of the base commit {commit[:12]} cannot be read: it is not in this clone",
            hint="check out with `fetch-depth: 2`, or give perfgate a token with `contents: read`",
        )
    try:
        names = [path for path in client.folder_at(folder, commit) if _is_budget(path, folder)]
        contents = {name: client.file_at(name, commit, _MAX_BUDGET_BYTES) for name in names}
    except GitHubError as error:
        raise HistoryError(
            f"the budgets of the base commit {commit[:12]} cannot be read: {error.message}",
            hint="check out with `fetch-depth: 2`",
        ) from error
    return {name: content for name, content in contents.items() if content is not None}


def _is_budget(path: str, folder: str) -> bool:
    return path.endswith((".yaml", ".yml")) and path.rpartition("/")[0] == folder


def base_report(here: World) -> Report | None:
    """The report this run compares with, if there is one."""
    return _found(here, base_commit(here)).report


def _found(here: World, base: str | None) -> Found:
    if here.settings.baseline:
        return baseline.given(here.settings.baseline, here.git, here.store, here.root)
    return baseline.find(base, here.git, here.store, here.root)


def _is_noisy(rules: _Rules, metric: str) -> bool:
    return metric in rules.metrics and rules.metrics[metric].noise == "noisy"


def _compared(here: World, rules: _Rules, base: str | None, *, noisy: bool) -> Compared:
    found = _found(here, base)
    today = here.settings.clock.date()
    windows = _drift_windows(rules.budgets)
    oldest = baseline.oldest_reports(windows, here.store, today) if windows else {}
    recent = baseline.recent_reports(base, here.git, here.store) if noisy else ()
    return Compared(
        _described(found, here.settings.clock),
        declared.in_declared_units(found.report, rules.metrics) if found.report else None,
        {days: declared.in_declared_units(report, rules.metrics) for days, report in oldest.items()},
        tuple(declared.in_declared_units(report, rules.metrics) for report in recent),
    )


def _drift_windows(budgets: Budgets) -> set[int]:
    """The windows, in days, that any drift rule looks back."""
    tables = [budgets.defaults, *(budgets.of(service) for service in budgets.services)]
    rules = [rule.drift for table in tables for rule in table.values()]
    return {drift.days or DEFAULT_DRIFT_DAYS for drift in rules if drift.fail or drift.warn}


def _described(found: Found, now: dt.datetime) -> Baseline:
    """The baseline in the words of the verdict."""
    measured = dt.datetime.fromisoformat(found.report.timestamp) if found.report else None
    return Baseline(
        step=found.step,
        sha=found.sha,
        age_days=max(0, (now - measured).days) if measured else None,
        distance=found.distance,
        note=found.note,
    )
