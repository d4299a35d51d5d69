"""The data branch, on real repositories."""

import datetime as dt
import threading
from pathlib import Path

import pytest

from perfgate.errors import HistoryError
from perfgate.history.store import DataBranch
from tests.repositories import a_clone, a_repository, commit, git, git_of

DAY = dt.date(2026, 11, 24)
BRANCH = "perfgate-data"


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    a_repository(tmp_path / "seed")
    git(tmp_path, "clone", "--quiet", "--bare", str(tmp_path / "seed"), str(tmp_path / "origin.git"))
    return tmp_path / "origin.git"


def branch(root: Path) -> DataBranch:
    return DataBranch(git_of(root), BRANCH)


def test_without_a_branch_nothing_is_stored(tmp_path: Path) -> None:
    assert branch(a_repository(tmp_path)).entries == {}


def test_what_one_clone_publishes_another_reads(origin: Path, tmp_path: Path) -> None:
    one, other = a_clone(origin, tmp_path / "one"), a_clone(origin, tmp_path / "other")
    path = branch(one).publish("a" * 40, DAY, b"report")
    found = branch(other)
    assert path == f"reports/2026/11/24/{'a' * 40}.json"
    assert found.read(found.entries["a" * 40]) == b"report"


def test_one_file_is_read_at_a_commit_and_a_link_is_none(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "repo", {"perfgate.yaml": "version: 1\n", "a/b.txt": "x"})
    (root / "link.yaml").symlink_to("/etc/hostname")
    head = commit(root, {})
    there = git_of(root)
    assert there.file(head, "perfgate.yaml") == b"version: 1\n"
    assert [there.file(head, path) for path in ("link.yaml", "a", "nothing.yaml")] == [None, None, None]


def test_without_a_remote_the_branch_is_local(tmp_path: Path) -> None:
    root = a_repository(tmp_path)
    branch(root).publish("a" * 40, DAY, b"one")
    branch(root).publish("b" * 40, DAY, b"two")
    assert set(branch(root).entries) == {"a" * 40, "b" * 40}


def test_the_work_tree_and_its_index_are_not_touched(origin: Path, tmp_path: Path) -> None:
    clone = a_clone(origin, tmp_path / "clone")
    (clone / "staged.txt").write_text("s")
    git(clone, "add", "staged.txt")
    before = git(clone, "status", "--porcelain")
    branch(clone).publish("a" * 40, DAY, b"x")
    assert git(clone, "status", "--porcelain") == before
    assert git(clone, "branch", "--show-current") == "main"


def test_a_commit_measured_again_replaces_its_report(origin: Path, tmp_path: Path) -> None:
    clone = a_clone(origin, tmp_path / "clone")
    branch(clone).publish("a" * 40, DAY, b"one")
    branch(clone).publish("a" * 40, DAY + dt.timedelta(days=1), b"two")
    found = branch(clone)
    assert [found.read(entry) for entry in found.entries.values()] == [b"two"]


def test_two_writers_at_once_lose_nothing(origin: Path, tmp_path: Path) -> None:
    clones = [a_clone(origin, tmp_path / f"clone{n}") for n in range(2)]

    def write(n: int) -> None:
        for i in range(5):
            branch(clones[n]).publish(f"{n}{i}".rjust(40, "0"), DAY, b"x")

    writers = [threading.Thread(target=write, args=(n,)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(branch(a_clone(origin, tmp_path / "reader")).entries) == 10


def test_a_shallow_clone_can_publish(origin: Path, tmp_path: Path) -> None:
    branch(a_clone(origin, tmp_path / "full")).publish("a" * 40, DAY, b"x")
    shallow = a_clone(origin, tmp_path / "shallow", "--depth=1")
    branch(shallow).publish("b" * 40, DAY, b"y")
    assert len(branch(a_clone(origin, tmp_path / "reader")).entries) == 2


def test_a_full_clone_stays_one(origin: Path, tmp_path: Path) -> None:
    clone = a_clone(origin, tmp_path / "clone")
    branch(clone).publish("a" * 40, DAY, b"x")
    branch(clone).publish("b" * 40, DAY, b"y")
    assert git(clone, "rev-parse", "--is-shallow-repository") == "false"


def test_a_refusal_is_an_error_with_its_reason(origin: Path, tmp_path: Path) -> None:
    clone = a_clone(origin, tmp_path / "clone")
    hook = origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(HistoryError, match=r"(?s)could not be stored on branch perfgate-data.*protected branch"):
        branch(clone).publish("a" * 40, DAY, b"x")


def test_files_that_are_no_reports_are_passed_over(tmp_path: Path) -> None:
    root = a_repository(tmp_path)
    git(root, "checkout", "--quiet", "--orphan", BRANCH)
    commit(
        root, {"reports/notes.txt": "", "reports/2026/11/24/zz.json": "", f"reports/2026/11/24/{'c' * 40}.json": "{}"}
    )
    assert set(branch(root).entries) == {"c" * 40}


def test_the_oldest_report_of_a_window(tmp_path: Path) -> None:
    store = branch(a_repository(tmp_path))
    for sha, day in (("a", 1), ("b", 10), ("c", 20)):
        store.publish(sha * 40, dt.date(2026, 11, day), b"x")
    found = branch(tmp_path)
    oldest = [found.oldest_since(dt.date(2026, 11, day)) for day in (1, 2, 20, 21)]
    assert [entry and entry.sha[0] for entry in oldest] == ["a", "b", "c", None]
