"""Which report a change is compared with: the ladder from the exact base commit down to nothing. Never "the latest"."""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perfgate.errors import HistoryError, PerfgateError
from perfgate.history.git import Git
from perfgate.history.store import DataBranch, Entry
from perfgate.report import document
from perfgate.report.model import Report

PROMOTED_FOLDER = "performance-baselines"
MAX_DISTANCE = 50
RECENT = 10


@dataclass(frozen=True, slots=True)
class Found:
    """A baseline and the rung of the ladder it was found on."""

    step: Literal["exact", "ancestor", "given", "promoted", "none"]
    report: Report | None = None
    sha: str | None = None
    distance: int = 0
    note: str | None = None


def given(choice: str, git: Git, store: DataBranch, root: Path) -> Found:
    """The baseline the caller named: a report file, else a revision whose report is stored.

    Raises HistoryError when it is neither.
    """
    path = root / choice
    if path.is_file():
        report = document.read(path)
        return Found("given", report, report.commit, note=f"file {choice}")
    sha = git.resolve(choice)
    if sha is None:
        raise HistoryError(
            f"--baseline {choice} is no file and no commit here", hint="name a report file or a measured commit"
        )
    entry = store.entries.get(sha)
    if entry is None:
        raise HistoryError(
            f"no report is stored for {choice} ({sha[:12]})",
            hint=f"measure it, then `perfgate baseline publish`; stored: {len(store.entries)} commits",
        )
    return Found("given", _stored(store, entry), sha, note=f"revision {choice}")


def find(base: str | None, git: Git, store: DataBranch, root: Path) -> Found:
    """The best baseline there is for a change on top of `base`.

    Raises HistoryError when a baseline is there and cannot be read: that is not the same as having none.
    """
    if base is not None:
        entries = store.entries
        if base in entries:
            return Found("exact", _stored(store, entries[base]), base)
        for distance, sha in enumerate(_ancestors(base, git, entries), start=1):
            if sha in entries:
                return Found("ancestor", _stored(store, entries[sha]), sha, distance)
    return _promoted(base, git, root) or Found("none")


def _ancestors(base: str, git: Git, entries: Mapping[str, Entry]) -> list[str]:
    """The commits before `base`; a shallow clone is deepened first when there is anything to look for."""
    if not entries:
        return []
    known = git.ancestors(base, MAX_DISTANCE + 1)
    remote = git.remote()
    if len(known) <= 1 and remote and git.fetch(remote, base, depth=MAX_DISTANCE + 1):
        known = git.ancestors(base, MAX_DISTANCE + 1)
    return known[1:]


def _stored(store: DataBranch, entry: Entry) -> Report:
    try:
        return document.parse(store.read(entry), f"{store.branch}:{entry.path}")
    except PerfgateError as error:
        raise HistoryError(f"the stored baseline cannot be used: {error}", hint="measure that commit again") from error


def _promoted(base: str | None, git: Git, root: Path) -> Found | None:
    """The newest promoted file: as it is on the base commit where there is one, so that a change cannot bring its own."""
    if base is not None and git.has(base):
        files = git.files(base, PROMOTED_FOLDER)
        return _newest(files, lambda name: files[name])
    folder = root / PROMOTED_FOLDER
    names = [f"{PROMOTED_FOLDER}/{path.name}" for path in folder.glob("baseline-*.json")]
    return _newest(names, lambda name: (root / name).read_bytes())


def _newest(names: Iterable[str], content: Callable[[str], bytes]) -> Found | None:
    promoted = sorted(
        name for name in names if name.startswith(f"{PROMOTED_FOLDER}/baseline-") and name.endswith(".json")
    )
    if not promoted:
        return None
    report = document.parse(content(promoted[-1]), promoted[-1])
    return Found("promoted", report, report.commit, note=promoted[-1])


def oldest_reports(windows: Iterable[int], store: DataBranch, today: dt.date) -> dict[int, Report]:
    """For each window in days, the oldest stored report in it."""
    found: dict[int, Report] = {}
    for days in sorted(set(windows)):
        entry = store.oldest_since(today - dt.timedelta(days=days))
        if entry is not None:
            found[days] = _stored(store, entry)
    return found


def recent_reports(base: str | None, git: Git, store: DataBranch) -> tuple[Report, ...]:
    """The reports of the last measured commits up to `base`, oldest first; without a base, the last ones stored.

    What cannot be read is left out: they raise suspicions at most.
    """
    entries = store.entries
    if base is not None:
        known = [entries[sha] for sha in [base, *_ancestors(base, git, entries)] if sha in entries]
    else:
        known = sorted(entries.values(), key=lambda entry: (entry.day, entry.sha), reverse=True)
    found = []
    for entry in known[:RECENT]:
        with contextlib.suppress(PerfgateError):
            found.append(_stored(store, entry))
    return tuple(reversed(found))


def unfit(report: Report) -> str | None:
    """Why a report must not become a baseline, or None when it may."""
    if report.commit is None:
        return "it names no commit"
    if report.dirty:
        return "it was measured with uncommitted changes"
    failed = [missing for missing in report.not_measured if missing.failed]
    if failed:
        return f"{failed[0].service} {failed[0].id} failed to be measured: {failed[0].reason}"
    if not report.metrics:
        return "nothing in it was measured"
    return None
