"""The ladder: exact base, nearest measured ancestor, promoted file, nothing. Never the latest."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from perfgate.errors import HistoryError, ReportError
from perfgate.history import baseline
from perfgate.history.store import DataBranch
from perfgate.report import codec, document
from tests.reports import a_report
from tests.repositories import a_clone, a_repository, commit, git, git_of

DAY = dt.date(2026, 11, 24)


def stored(root: Path, sha: str, size: int = 1) -> None:
    content = codec.encode(document.derive(a_report(f"auth bundle.size={size}", commit=sha)))
    DataBranch(git_of(root), "perfgate-data").publish(sha, DAY, content)


def find(root: Path, base: str | None) -> baseline.Found:
    return baseline.find(base, git_of(root), DataBranch(git_of(root), "perfgate-data"), root)


def commits(root: Path, count: int) -> list[str]:
    """`count` commits of main, newest first."""
    a_repository(root)
    for n in range(count - 1):
        commit(root, {"n": str(n)})
    return git(root, "rev-list", "HEAD").split()


def test_the_exact_base_is_best(tmp_path: Path) -> None:
    shas = commits(tmp_path, 3)
    stored(tmp_path, shas[1], 7)
    stored(tmp_path, shas[0], 9)
    found = find(tmp_path, shas[1])
    assert (found.step, found.sha, found.distance) == ("exact", shas[1], 0)
    assert found.report is not None
    assert found.report.value("auth", "bundle.size") == 7


def test_the_nearest_measured_ancestor_comes_next(tmp_path: Path) -> None:
    shas = commits(tmp_path, 5)
    stored(tmp_path, shas[4])
    stored(tmp_path, shas[3])
    found = find(tmp_path, shas[1])
    assert (found.step, found.sha, found.distance) == ("ancestor", shas[3], 2)


def test_a_newer_report_is_never_taken(tmp_path: Path) -> None:
    shas = commits(tmp_path, 3)
    stored(tmp_path, shas[0])
    assert find(tmp_path, shas[2]).step == "none"


def test_an_ancestor_beyond_fifty_commits_is_too_far(tmp_path: Path) -> None:
    shas = commits(tmp_path, 53)
    stored(tmp_path, shas[51])
    assert find(tmp_path, shas[0]).step == "none"
    assert find(tmp_path, shas[1]).step == "ancestor"


def test_a_shallow_clone_is_deepened_to_find_an_ancestor(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    shas = commits(origin, 6)
    stored(origin, shas[4])
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = a_clone(origin, tmp_path / "shallow", "--depth=1")
    found = find(shallow, shas[0])
    assert (found.step, found.distance) == ("ancestor", 4)


def test_the_promoted_file_comes_last_and_as_the_base_has_it(tmp_path: Path) -> None:
    old, new = (codec.encode(document.derive(a_report(f"auth bundle.size={size}"))).decode() for size in (5, 6))
    a_repository(tmp_path, {"performance-baselines/baseline-20261101.json": old})
    base = git(tmp_path, "rev-parse", "HEAD")
    commit(tmp_path, {"performance-baselines/baseline-20261124.json": new})
    at_base, here = find(tmp_path, base), find(tmp_path, None)
    assert (at_base.step, at_base.note) == ("promoted", "performance-baselines/baseline-20261101.json")
    assert here.note == "performance-baselines/baseline-20261124.json"


def test_nothing_to_compare_with_is_an_answer(tmp_path: Path) -> None:
    assert find(a_repository(tmp_path), None) == baseline.Found("none")


def test_a_folder_without_git_has_no_baseline(tmp_path: Path) -> None:
    assert find(tmp_path, None) == baseline.Found("none")


def test_an_unreadable_baseline_is_not_the_same_as_none(tmp_path: Path) -> None:
    a_repository(tmp_path)
    sha = git(tmp_path, "rev-parse", "HEAD")
    DataBranch(git_of(tmp_path), "perfgate-data").publish(sha, DAY, b'{"formatVersion": 1')
    with pytest.raises(HistoryError, match=r"the stored baseline cannot be used: .*not valid JSON"):
        find(tmp_path, sha)


def test_a_promoted_file_that_is_broken_is_an_error(tmp_path: Path) -> None:
    a_repository(tmp_path, {"performance-baselines/baseline-20261101.json": "{}"})
    with pytest.raises(ReportError, match="not a perfgate report"):
        find(tmp_path, None)


def given(root: Path, choice: str) -> baseline.Found:
    return baseline.given(choice, git_of(root), DataBranch(git_of(root), "perfgate-data"), root)


def test_the_caller_may_name_a_file_or_a_revision(tmp_path: Path) -> None:
    shas = commits(tmp_path, 2)
    stored(tmp_path, shas[1], 3)
    document.write(tmp_path / "other.json", a_report("auth bundle.size=4"))
    assert given(tmp_path, "main~1").sha == shas[1]
    assert given(tmp_path, "other.json").note == "file other.json"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("nowhere", "--baseline nowhere is no file and no commit here"),
        ("--output=x", "--baseline --output=x is no file and no commit here"),
        ("main", "no report is stored for main"),
    ],
)
def test_a_choice_that_names_nothing_is_an_error(tmp_path: Path, choice: str, message: str) -> None:
    with pytest.raises(HistoryError, match=message):
        given(a_repository(tmp_path), choice)


@pytest.mark.parametrize(
    ("text", "head", "reason"),
    [
        ("auth bundle.size=1", {}, None),
        ("auth bundle.size=1; web bundle.size missing: not built", {}, None),
        ("auth bundle.size=1", {"commit": None}, "it names no commit"),
        ("auth bundle.size=1", {"dirty": True}, "it was measured with uncommitted changes"),
        ("auth bundle.size failed: unreadable", {}, "auth bundle.size failed to be measured: unreadable"),
        ("auth bundle.size missing: not built", {}, "nothing in it was measured"),
    ],
)
def test_a_report_that_must_not_become_a_baseline(text: str, head: dict[str, Any], reason: str | None) -> None:
    assert baseline.unfit(a_report(text, **head)) == reason
