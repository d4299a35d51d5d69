"""What an earlier run found is only taken where a new run would find the same."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from perfgate.analyzers.dependencies import analysis
from perfgate.analyzers.dependencies.run import Outcome, run
from perfgate.analyzers.dependencies.usage import reading_ahead
from perfgate.config.project import Project, parse
from tests.analyzers.dependency_cases import build, member, package, workspace

YARN_LOCK = '# yarn lockfile v1\n\na@^1.0.0:\n  version "1.0.0"\n'
TREE = workspace("a", web=member("web", "left-pad b", source="import 'b'; import '@/x'")) | {
    ".gitignore": "generated\n",
    "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
    "packages/web/generated/x.js": "import 'left-pad'",
    "yarn.lock": YARN_LOCK,
    "node_modules/.yarn-integrity": "{}",
    "node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}',
    "node_modules/a/index.js": "1",
}


def written(path: str, text: str) -> Any:
    return lambda root: build(root, {path: text})


def removed(path: str) -> Any:
    return lambda root: (root / path).unlink()


CHANGES = {
    "nothing": lambda _: None,
    "source": written("packages/web/src/index.ts", "import 'left-pad'"),
    "source of the same length": written("packages/web/src/index.ts", "import 'c'; import '@/x'"),
    "new file": written("packages/web/src/new.ts", "import 'left-pad'"),
    "new file of a tool": written("packages/web/Dockerfile", "RUN npx left-pad"),
    "removed file": removed("packages/web/src/index.ts"),
    "manifest": written("packages/web/package.json", package("b c", name="web")),
    "new package": written("packages/new/package.json", package("d", name="new")),
    "new package that git ignores": written("packages/generated/package.json", package("d", name="new")),
    "removed package": lambda root: shutil.rmtree(root / "packages/web"),
    "tsconfig": written("tsconfig.json", "{}"),
    "gitignore": written(".gitignore", ""),
    "removed lockfile": removed("yarn.lock"),
    "lockfile": written("yarn.lock", YARN_LOCK.replace('"1.0.0"', '"1.0.1"')),
    "broken lockfile": written("yarn.lock", "<<<<<<< ours\n"),
    "installed package": written("node_modules/left-pad/package.json", '{"name": "left-pad", "version": "1.0.0"}'),
    "changed package": written("node_modules/a/package.json", '{"name": "a", "peerDependencies": {"b": "*"}}'),
    "size of a package": lambda root: (
        removed("node_modules/.yarn-integrity")(root),
        written("node_modules/a/index.js", "12345")(root),
    ),
    "removed installation": lambda root: shutil.rmtree(root / "node_modules"),
    "link to a package": lambda root: (root / "packages/link").symlink_to("web"),
    "unreadable manifest": written("packages/web/package.json", "{"),
}


def shown(outcome: Outcome) -> str:
    return json.dumps([outcome.document, repr(outcome.part), outcome.warnings], sort_keys=True)


def cold(root: Path, project: Project = Project()) -> str:  # noqa: B008
    return shown(run(root, project))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return build(tmp_path / "tree", TREE)


@pytest.mark.parametrize("name", CHANGES)
def test_after_any_change_the_result_is_that_of_a_run_without_a_cache(name: str, tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "references.json"
    assert shown(run(tree, Project(), (), cache)) == cold(tree)
    CHANGES[name](tree)
    expected = cold(tree)
    assert shown(run(tree, Project(), (), cache)) == expected
    assert shown(run(tree, Project(), (), cache)) == expected


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - {"nothing", "removed package"}))
def test_going_back_gives_the_first_result(name: str, tree: Path, tmp_path: Path) -> None:
    cache, first = tmp_path / "references.json", cold(tree)
    run(tree, Project(), (), cache)
    CHANGES[name](tree)
    run(tree, Project(), (), cache)
    shutil.rmtree(tree)
    build(tree, TREE)
    assert shown(run(tree, Project(), (), cache)) == first


def test_settings_of_the_project_count(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "references.json"
    run(tree, Project(), (), cache)
    project = parse(b"version: 1\ndeps: {ignore: [{package: left-pad, reason: why}]}")
    assert shown(run(tree, project, (), cache)) == cold(tree, project) != cold(tree)


def test_an_unchanged_tree_is_not_analyzed_again(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "references.json"
    first = shown(run(tree, Project(), (), cache))
    monkeypatch.delattr(analysis, "analyze")
    assert shown(run(tree, Project(), (), cache)) == first


@pytest.mark.parametrize("damage", [b"", b"\0\xff", b"1 00\n{}", b"[" * 100_000])
def test_a_broken_cache_is_an_empty_one(damage: bytes, tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "references.json"
    run(tree, Project(), (), cache)
    (tmp_path / "references-results.cache").write_bytes(damage)
    assert shown(run(tree, Project(), (), cache)) == cold(tree)


def test_a_folder_that_cannot_be_written_costs_only_time(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert shown(run(tree, Project(), (), tmp_path / "file" / "references.json")) == cold(tree)


def test_many_files_are_read_by_two_processes_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"src/f{number}.ts": f"import 'a{number % 7}'; export * from './x';" for number in range(40)}
    root = build(tmp_path, {"package.json": package("a1 a2 z")} | files)
    alone = cold(root)
    monkeypatch.setattr(reading_ahead, "_FEWEST", 10)
    assert cold(root) == alone


def test_a_second_process_that_fails_delivers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "_FEWEST", 2)
    parent, done = os.getpid(), []

    def work(items: Any) -> object:
        done.extend(items)
        return {} if os.getpid() == parent else 1 / 0

    assert reading_ahead.share([("a", ".js"), ("b", ".js")], work) is None
    assert done == [("a", ".js")]
