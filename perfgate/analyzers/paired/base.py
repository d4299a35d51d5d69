"""The base beside the head: a checkout of the base commit, made ready to be started, and gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from perfgate.errors import AnalyzerError, ConfigError, ProcessError
from perfgate.process import Completed, Run

PREPARE_SECONDS = 1200
_SUBMODULE = b"160000 "
_LFS = b"filter=lfs"

# Runs git in the repository: what to do, and whether it must succeed. Raises ProcessError.
Git = Callable[..., Completed]


@contextlib.contextmanager
def checkout(
    git: Git,
    commit: str,
    *,
    folder: str = "",
    prepare: Sequence[Sequence[str]] = (),
    run: Run,
    seconds: float = PREPARE_SECONDS,
) -> Iterator[Path]:
    """The base in a work tree of its own for the time of the block; `folder` is where the workspace lies in it.

    `prepare` is run there, in an environment without tokens; each command may take so many `seconds`. Raises AnalyzerError when the commit cannot be checked out
    or be made ready.
    """
    place = Path(tempfile.mkdtemp(prefix="perfgate-base-"))
    tree = place / "base"
    try:
        _refuse_what_is_not_supported(git, commit)
        _add(git, commit, tree)
        root = tree / folder
        if not root.is_dir():
            raise AnalyzerError(f"the base {commit[:12]} has no folder {folder}", hint="there is nothing to compare")
        for argv in prepare:
            _prepare(argv, root, run, seconds)
        yield root
    finally:
        shutil.rmtree(place, ignore_errors=True)
        # git keeps a note of each work tree; this one takes away the notes of those that are gone.
        with contextlib.suppress(ProcessError):
            git("worktree", "prune")


def given(folder: Path, prepare: Sequence[Sequence[str]]) -> Path:
    """A folder in which somebody has put the base already, ready to be started; nothing is run in it.

    Raises ConfigError where there is nothing that could be started.
    """
    if not folder.is_dir():
        raise ConfigError(f"--base-dir {folder}: no such folder", hint="name the folder that holds the built base")
    if not any(folder.iterdir()):
        hint = f"build the base in it first ({' '.join(prepare[0])} ...)" if prepare else "build the base in it first"
        raise ConfigError(f"--base-dir {folder}: the folder is empty", hint=hint)
    return folder.resolve()


def _refuse_what_is_not_supported(git: Git, commit: str) -> None:
    try:
        entries = git("ls-tree", "-r", "-z", "--full-tree", commit).stdout.split(b"\0")
        names = [entry.partition(b"\t")[2] for entry in entries]
        attributes = [name for name in names if name == b".gitattributes" or name.endswith(b"/.gitattributes")]
        stored = [git("cat-file", "blob", f"{commit}:{os.fsdecode(name)}").stdout for name in attributes]
    except ProcessError as error:
        raise AnalyzerError(
            f"the base {commit[:12]} cannot be read: {error.message}",
            hint="check out with `fetch-depth: 0`, or hand the built base over with --base-dir",
        ) from error
    problem = ""
    if any(entry.startswith(_SUBMODULE) for entry in entries):
        problem = "submodules"
    elif any(_LFS in content for content in stored):
        problem = "files in Git LFS"
    if problem:
        raise AnalyzerError(
            f"the base {commit[:12]} has {problem}, which perfgate does not check out",
            hint="check the base out in the workflow, build it, and name its folder with --base-dir",
        )


def _add(git: Git, commit: str, tree: Path) -> None:
    try:
        # Hooks of this repository were not written for a checkout that lives for minutes.
        git("-c", f"core.hooksPath={os.devnull}", "worktree", "add", "--quiet", "--detach", str(tree), commit)
    except ProcessError as error:
        raise AnalyzerError(
            f"the base {commit[:12]} cannot be checked out: {error.message}",
            hint="hand the built base over with --base-dir",
        ) from error


def _prepare(argv: Sequence[str], root: Path, run: Run, seconds: float) -> None:
    command = " ".join(argv)
    try:
        done = run(argv, cwd=root, timeout=seconds, check=False)
    except ProcessError as error:
        raise AnalyzerError(f"preparing the base: {error.message}", hint=error.hint or _PREPARE_HINT) from error
    if done.status:
        tail = "\n".join(done.tail.splitlines()[-20:])
        raise AnalyzerError(
            f"preparing the base: {command} ended with status {done.status}:\n{tail}", hint=_PREPARE_HINT
        )


_PREPARE_HINT = "`compare.prepare` in perfgate.yaml must build the base in a fresh checkout"
