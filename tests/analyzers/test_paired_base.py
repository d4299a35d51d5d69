"""The base beside the head, in real repositories: made ready, looked at, and gone."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from perfgate import process
from perfgate.analyzers.paired.base import checkout, given
from perfgate.errors import AnalyzerError, ConfigError
from tests.repositories import a_repository, commit, git, git_of

PREPARE = (("sh", "-c", "cp main.js built.js && env > environment"),)


def refused(root: Path, revision: str, prepare: Sequence[Sequence[str]] = (), folder: str = "") -> AnalyzerError:
    with (
        pytest.raises(AnalyzerError) as error,
        checkout(git_of(root).command, revision, folder=folder, prepare=prepare, run=process.run),
    ):
        pytest.fail("it was taken for ready")
    assert len(git(root, "worktree", "list").splitlines()) == 1
    return error.value


def test_the_base_is_checked_out_prepared_and_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = a_repository(tmp_path / "shop", {"main.js": "old"})
    base = git(root, "rev-parse", "HEAD")
    commit(root, {"main.js": "new"})
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    with checkout(git_of(root).command, base, prepare=PREPARE, run=process.run) as place:
        assert (place / "built.js").read_text() == "old"
        assert "secret" not in (place / "environment").read_text()
        assert (root / "main.js").read_text() == "new"
    assert not place.exists()
    assert len(git(root, "worktree", "list").splitlines()) == 1
    assert git(root, "status", "--porcelain") == ""


def test_a_workspace_below_the_root_of_the_repository_is_found_again(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop", {"web/main.js": "old", "other.js": "x"})
    with checkout(git_of(root).command, "HEAD", folder="web", run=process.run) as place:
        assert [path.name for path in place.iterdir()] == ["main.js"]
    assert "no folder api" in refused(root, "HEAD", folder="api").message


def test_hooks_of_the_repository_are_not_run(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop")
    hook = root / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    with checkout(git_of(root).command, "HEAD", run=process.run):
        pass
    assert not (tmp_path / "ran").exists()


def test_a_preparation_that_fails_shows_the_end_of_what_it_wrote(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop")
    error = refused(root, "HEAD", [["sh", "-c", "echo tsc: no such file >&2; exit 7"]])
    assert "ended with status 7:\ntsc: no such file" in error.message
    assert "compare.prepare" in error.hint


def test_a_preparation_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop")
    with (
        pytest.raises(AnalyzerError, match=r"preparing the base: sleep 30 took over 0\.1 s"),
        checkout(git_of(root).command, "HEAD", prepare=[["sleep", "30"]], run=process.run, seconds=0.1),
    ):
        pytest.fail("it was taken for ready")


def test_a_program_for_the_preparation_that_is_missing_is_named(tmp_path: Path) -> None:
    assert "no-such-program" in refused(a_repository(tmp_path / "shop"), "HEAD", [["no-such-program"]]).message


def test_a_commit_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    error = refused(a_repository(tmp_path / "shop"), "b" * 40)
    assert "cannot be read" in error.message
    assert "fetch-depth" in error.hint


def test_submodules_are_refused(tmp_path: Path) -> None:
    inner = a_repository(tmp_path / "inner")
    root = a_repository(tmp_path / "shop")
    git(root, "submodule", "--quiet", "add", inner.as_uri(), "inner")
    commit(root, {})
    assert "has submodules" in refused(root, "HEAD").message


def test_files_in_lfs_are_refused(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop", {"assets/.gitattributes": "*.bin filter=lfs diff=lfs -text\n"})
    assert "files in Git LFS" in refused(root, "HEAD").message


def test_a_folder_with_the_base_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    with pytest.raises(ConfigError, match="the folder is empty") as error:
        given(tmp_path / "base", [["pnpm", "install"]])
    assert "pnpm install" in error.value.hint
    (tmp_path / "base" / "main.js").write_text("x")
    assert given(tmp_path / "base", PREPARE) == (tmp_path / "base").resolve()
    assert os.listdir(tmp_path / "base") == ["main.js"]  # noqa: PTH208  # names are what is compared
    with pytest.raises(ConfigError, match="no such folder"):
        given(tmp_path / "nowhere", ())
