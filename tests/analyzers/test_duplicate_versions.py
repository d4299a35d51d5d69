"""Packages in several versions, and the shortest way to each."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from perfgate.analyzers.dependencies.dependency_chains import closure
from perfgate.analyzers.dependencies.duplicate_versions import DuplicateVersions, Version, duplicate_versions
from perfgate.analyzers.dependencies.installed import Installed, Package
from perfgate.workspace.lockfile import Lock, Locked, read

LOCKFILES = Path(__file__).parent.parent / "data" / "lockfiles"
Manifests = dict[str, Mapping[str, Any]]


def a_lock(importers: Mapping[str, Mapping[str, str]], packages: Mapping[str, Mapping[str, str]]) -> Lock:
    """Packages by `name@version`."""
    named = ((key, key.partition("@"), needs) for key, needs in packages.items())
    locked = {key: Locked(name, version, needs) for key, (name, _, version), needs in named}
    return Lock("pnpm", "pnpm-lock.yaml", "9.0", importers, locked)


LOCK = a_lock(
    {"": {}, "apps/web": {"a": "a@1.0.0", "lib": "link:packages/lib", "tool": "tool@1.0.0"}, "packages/lib": {"ms": "ms@2.0.0", "test": "test@1.0.0"}},
    {
        "a@1.0.0": {"b": "b@1.0.0"},
        "b@1.0.0": {"ms": "ms@10.0.0", "a": "a@1.0.0"},
        "ms@2.0.0": {},
        "ms@10.0.0": {},
        "ms@10.0.0-rc.1": {},
        "ms@1.0.0": {},
        "test@1.0.0": {"ms": "ms@1.0.0"},
        "tool@1.0.0": {"ms": "ms@10.0.0-rc.1", "b": "b@1.0.0"},
    },
)  # fmt: skip
MANIFESTS: Manifests = {
    "": {},
    "apps/web": {"dependencies": {"a": "1", "lib": "workspace:*"}, "devDependencies": {"tool": "1"}},
    "packages/lib": {"name": "@acme/lib", "dependencies": {"ms": "2"}, "devDependencies": {"test": "1"}},
}


def test_versions_newest_first_with_the_shortest_chain_to_each() -> None:
    assert duplicate_versions(LOCK, "apps/web", MANIFESTS, None) == (
        DuplicateVersions(
            "ms",
            (
                Version("10.0.0", ("a@1.0.0", "b@1.0.0", "ms@10.0.0"), development=False),
                Version("10.0.0-rc.1", ("tool@1.0.0", "ms@10.0.0-rc.1"), development=True),
                Version("2.0.0", ("lib", "ms@2.0.0"), development=False),
            ),
        ),
    )


def test_what_other_workspace_packages_need_for_development_is_theirs() -> None:
    assert "ms@1.0.0" not in closure(LOCK, "apps/web", MANIFESTS)
    assert "ms@1.0.0" in closure(LOCK, "packages/lib", MANIFESTS)
    assert [found.name for found in duplicate_versions(LOCK, "packages/lib", MANIFESTS, None)] == ["ms"]


def test_workspace_packages_that_need_each_other() -> None:
    lock = a_lock({"x": {"y": "link:y", "ms": "ms@1.0.0"}, "y": {"x": "link:x", "ms": "ms@2.0.0"}}, {"ms@1.0.0": {}, "ms@2.0.0": {}})  # fmt: skip
    manifests: Manifests = {"x": {"name": "x"}, "y": {"name": "y"}}
    (found,) = duplicate_versions(lock, "x", manifests, None)
    assert [version.chain for version in found.versions] == [("y", "ms@2.0.0"), ("ms@1.0.0",)]


def test_an_alias_is_named_as_it_is_declared() -> None:
    lock = a_lock({"": {"new": "lodash@4.0.0", "old": "lodash@3.0.0"}}, {"lodash@4.0.0": {}, "lodash@3.0.0": {}})
    (found,) = duplicate_versions(lock, "", {"": {}}, None)
    assert [version.chain for version in found.versions] == [("new@4.0.0",), ("old@3.0.0",)]


def test_bytes_are_those_of_all_copies_and_redundant_is_all_but_the_largest() -> None:
    packages = {
        "node_modules/a": Package("a", "1.0.0", 5, {"ms": "node_modules/a/node_modules/ms"}),
        "node_modules/a/node_modules/ms": Package("ms", "1.0.0", 100),
        "node_modules/b": Package("b", "1.0.0", 5, {"ms": "node_modules/b/node_modules/ms"}),
        "node_modules/b/node_modules/ms": Package("ms", "1.0.0", 100),
        "node_modules/ms": Package("ms", "2.0.0", 300),
    }
    direct = {"a": "node_modules/a", "b": "node_modules/b", "ms": "node_modules/ms"}
    installed = Installed({"": direct}, packages)
    (found,) = duplicate_versions(installed, "", {"": {"dependencies": direct}}, installed)
    assert ([version.size for version in found.versions], found.redundant) == ([300, 200], 200)


def test_what_is_not_installed_has_no_size() -> None:
    installed = Installed({"apps/web": {}}, {})
    (found,) = duplicate_versions(LOCK, "apps/web", MANIFESTS, installed)
    assert (found.redundant, {version.size for version in found.versions}) == (None, {None})


@pytest.mark.parametrize("name", sorted(folder.name for folder in LOCKFILES.iterdir() if folder.is_dir()))
def test_the_same_workspace_has_the_same_duplicates_whoever_locked_it(name: str) -> None:
    folders = ("", "apps/web", "packages/a", "packages/b")
    manifests = {folder: json.loads((LOCKFILES / name / folder / "package.json").read_text()) for folder in folders}
    lock = read(LOCKFILES / name, manifests)
    assert isinstance(lock, Lock)
    found = {
        duplicate.name: [version.version for version in duplicate.versions]
        for duplicate in duplicate_versions(lock, "apps/web", manifests, None)
    }
    assert found.pop("ms")[-1] == "2.0.0"
    # npm and pnpm install what is expected as a peer, so that @zoo/a brings the React that it is developed with.
    react = {} if name.startswith("yarn") else {"react": ["18.2.0", "17.0.2"]}
    assert found == {"debug": ["4.3.4", "2.6.9"], "lodash": ["4.18.1", "3.10.1"], **react}
