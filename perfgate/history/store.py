"""Reports of measured commits, kept on an orphan branch of the repository itself: no server, one file a commit."""

import datetime as dt
import random
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from perfgate.errors import HistoryError, ProcessError
from perfgate.history.git import Git

_FOLDER = "reports"
_PATH = re.compile(rf"{_FOLDER}/(\d{{4}})/(\d\d)/(\d\d)/([0-9a-f]{{40,64}})\.json")
_ATTEMPTS = 5
_IDENTITY = {
    "GIT_AUTHOR_NAME": "perfgate",
    "GIT_AUTHOR_EMAIL": "perfgate@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "perfgate",
    "GIT_COMMITTER_EMAIL": "perfgate@users.noreply.github.com",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored report: of which commit, measured on which day, where on the branch."""

    sha: str
    day: dt.date
    path: str


@dataclass(frozen=True)
class DataBranch:
    """The data branch: on the remote where there is one, else in this repository."""

    git: Git
    branch: str
    wait: Callable[[float], None] = time.sleep

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """All stored reports by commit, read once; empty while there is no branch."""
        tip = self._tip()
        found = (_PATH.fullmatch(path) for path in self.git.paths(tip, _FOLDER)) if tip else ()
        return {hit[4]: Entry(hit[4], dt.date(int(hit[1]), int(hit[2]), int(hit[3])), hit[0]) for hit in found if hit}

    def read(self, entry: Entry) -> bytes:
        """The report file of an entry. Raises HistoryError."""
        name = f"{self._ref}:{entry.path}"
        return self.git.blobs([name])[name]

    def oldest_since(self, day: dt.date) -> Entry | None:
        """The first report measured on `day` or after it."""
        return min(
            (entry for entry in self.entries.values() if entry.day >= day), key=lambda e: (e.day, e.sha), default=None
        )

    def publish(self, sha: str, day: dt.date, content: bytes) -> str:
        """Store a report and return its path. Another writer's push is taken in and this one is put on top.

        Raises HistoryError when the remote refuses for another reason, or five times in a row.
        """
        blob = self.git.command("hash-object", "-w", "--stdin", stdin=content).text
        refusal = ""
        for attempt in range(_ATTEMPTS):
            # Writers that were refused together must not come back together.
            self.wait(attempt * random.uniform(0.2, 0.6))  # noqa: S311  # no secret depends on it
            tip = self._tip()
            self.__dict__.pop("entries", None)
            known = self.entries.get(sha)
            path = known.path if known else f"{_FOLDER}/{day:%Y/%m/%d}/{sha}.json"
            commit = self._commit(tip, path, blob, f"Report of {sha[:12]}")
            refusal = self._push(commit, tip)
            if not refusal:
                return path
            if not any(word in refusal for word in ("fetch first", "non-fast-forward", "cannot lock ref", "rejected")):
                break
        raise HistoryError(
            f"the report could not be stored on branch {self.branch}: {refusal}",
            hint="the job needs `contents: write`, and the branch must not be protected against it",
        )

    @property
    def _ref(self) -> str:
        remote = self.git.remote()
        return f"refs/remotes/{remote}/{self.branch}" if remote else f"refs/heads/{self.branch}"

    def _tip(self) -> str | None:
        """The newest commit of the branch, fetched first; None when there is no such branch yet."""
        remote = self.git.remote()
        if remote:
            self.git.fetch(remote, f"+refs/heads/{self.branch}:{self._ref}", depth=1)
        return self.git.resolve(self._ref)

    def _commit(self, tip: str | None, path: str, blob: str, message: str) -> str:
        """A commit on top of `tip` with one file more; the work tree and its index are not touched."""
        with tempfile.TemporaryDirectory() as folder:
            env = {**_IDENTITY, "GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.git.command("read-tree", tip or "--empty", env=env)
            self.git.command("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
            tree = self.git.command("write-tree", env=env).text
            parent = ("-p", tip) if tip else ()
            return self.git.command("commit-tree", tree, *parent, "-m", message, env=env).text

    def _push(self, commit: str, tip: str | None) -> str:
        """Move the branch to `commit`; returns why it did not move, empty when it did."""
        remote = self.git.remote()
        try:
            if remote is None:
                self.git.command("update-ref", self._ref, commit, tip or "0" * len(commit))
            else:
                self.git.command(
                    "push", "--quiet", remote, f"{commit}:refs/heads/{self.branch}", env=self.git.credentials
                )
        except ProcessError as error:
            return error.message
        return ""
