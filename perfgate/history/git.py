"""What perfgate asks git: where we are, what a commit holds, which commits came before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.errors import HistoryError, ProcessError
from perfgate.process import Completed, Run

_FILE_MODES = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Head:
    """The commit that is checked out; all None outside of a git repository."""

    commit: str | None = None
    branch: str | None = None
    dirty: bool = False


@dataclass(frozen=True)
class Git:
    """git in one folder. `credentials` is environment for commands that talk to the remote; it has no repr.

    `disposable`: the checkout of a runner, of which nobody minds that it becomes shallow.
    """

    root: Path
    run: Run
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    disposable: bool = False

    def head(self) -> Head:
        done = self._try("status", "--porcelain=v2", "--branch", "--untracked-files=no")
        if done is None:
            return Head()
        lines = done.text.splitlines()
        facts = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
        commit, branch = facts.get("branch.oid"), facts.get("branch.head")
        return Head(
            commit=commit if commit and commit != "(initial)" else None,
            branch=branch if branch and branch != "(detached)" else None,
            dirty=any(not line.startswith("#") for line in lines),
        )

    def resolve(self, revision: str) -> str | None:
        """The commit that `revision` names here, or None."""
        done = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return done.text if done else None

    def parents(self, commit: str) -> list[str]:
        """The parents as the commit records them, which a shallow clone also knows."""
        done = self._try("cat-file", "commit", commit)
        header = done.text.split("\n\n", 1)[0] if done else ""
        return [line.removeprefix("parent ") for line in header.splitlines() if line.startswith("parent ")]

    def ancestors(self, commit: str, most: int) -> list[str]:
        """`commit` and the first parents before it, nearest first; ends early where a shallow clone does."""
        done = self._try("rev-list", "--first-parent", f"--max-count={most}", "--end-of-options", commit)
        return done.text.split() if done else []

    def has(self, commit: str) -> bool:
        return self._try("cat-file", "-e", f"{commit}^{{tree}}") is not None

    def files(self, commit: str, folder: str) -> dict[str, bytes]:
        """Path and content of the plain files below `folder` at `commit`; links are left out.

        Raises HistoryError when the commit is not here.
        """
        listing = self._must("ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{folder.rstrip('/')}/")
        entries: dict[str, str] = {}
        for line in listing.stdout.decode(errors="surrogateescape").split("\0"):
            meta, _, path = line.partition("\t")
            if path and meta.split()[0] in _FILE_MODES:
                entries[path] = meta.split()[2]
        contents = self.blobs(entries.values())
        return {path: contents[blob] for path, blob in entries.items()}

    def file(self, commit: str, path: str) -> bytes | None:
        """The content of one plain file at `commit`; None where there is none, or a link."""
        entry, _, _ = self._must("ls-tree", "-z", "--full-tree", commit, "--", path).stdout.partition(b"\0")
        words = entry.partition(b"\t")[0].decode().split()
        return self.blobs([words[2]])[words[2]] if words and words[0] in _FILE_MODES else None

    def paths(self, commit: str, folder: str) -> list[str]:
        """The paths of all files below `folder` at `commit`."""
        listing = self._must(
            "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit, "--", f"{folder.rstrip('/')}/"
        )
        return [path for path in listing.stdout.decode(errors="surrogateescape").split("\0") if path]

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """The content of each object, given as hash or `commit:path`."""
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        out = self._must("cat-file", "--batch", stdin="".join(f"{name}\n" for name in wanted).encode()).stdout
        found: dict[str, bytes] = {}
        position = 0
        for name in wanted:
            end = out.index(b"\n", position)
            header = out[position:end].split()
            if header[-1] == b"missing":
                raise HistoryError(f"git has no object {name}")
            size = int(header[2])
            found[name] = out[end + 1 : end + 1 + size]
            position = end + 1 + size + 1
        return found

    def remote(self) -> str | None:
        """The name of the remote to share with: origin, else the only one, else None."""
        done = self._try("remote")
        names = done.text.split() if done else []
        return "origin" if "origin" in names else (names[0] if len(names) == 1 else None)

    def fetch(self, remote: str, refspec: str, *, depth: int) -> bool:
        """Fetch from the remote; False when it cannot be reached or has no such ref.

        No more than `depth` commits, but never so that somebody's full clone becomes shallow.
        """
        limit = (f"--depth={depth}",) if self.disposable or self._is_shallow() else ()
        arguments = ("fetch", "--quiet", "--no-tags", *limit, remote, refspec)
        return self._try(*arguments, env=self.credentials, timeout=120) is not None

    def _is_shallow(self) -> bool:
        done = self._try("rev-parse", "--is-shallow-repository")
        return done is not None and done.text == "true"

    def command(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, check: bool = True
    ) -> Completed:
        """Any other git command. Raises ProcessError when it fails and `check` is set."""
        return self.run(("git", *arguments), cwd=self.root, stdin=stdin, env=self._env(env), timeout=120, check=check)

    def _must(self, *arguments: str, stdin: bytes = b"") -> Completed:
        try:
            return self.run(("git", *arguments), cwd=self.root, stdin=stdin, env=self._env())
        except ProcessError as error:
            raise HistoryError(f"git cannot answer: {error.message}") from error

    def _try(self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Completed | None:
        """The answer, or None where git refuses, or is not installed, or this is no repository."""
        try:
            return self.run(("git", *arguments), cwd=self.root, env=self._env(env), timeout=timeout)
        except ProcessError:
            return None

    @staticmethod
    def _env(more: Mapping[str, str] | None = None) -> dict[str, str]:
        # Never ask for a password, never read a pull request's idea of a pager or hook.
        return {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(more or {})}


def token_credentials(token: str, server_url: str) -> dict[str, str]:
    """Environment that lets git use a token without its standing in an argument or a file.

    The empty first value drops what a checkout step may have left in the configuration: two Authorization headers
    make GitHub refuse the request.
    """
    import base64

    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    key = f"http.{server_url.rstrip('/')}/.extraheader"
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": key,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": key,
        "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {basic}",
    }
