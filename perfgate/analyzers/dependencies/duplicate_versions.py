"""Packages that one workspace package leads to in more than one version, and who brings each of them."""

import re
from dataclasses import dataclass

from perfgate.analyzers.dependencies.dependency_chains import Reached, chain, closure, reach
from perfgate.analyzers.dependencies.install_size import size_of
from perfgate.analyzers.dependencies.installed import Installed
from perfgate.workspace.lockfile import Graph, ManifestsByFolder


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the shortest chain to it from a direct dependency, and the bytes of its copies, None if not known.

    `development` says that only devDependencies lead to it.
    """

    version: str
    chain: tuple[str, ...]
    development: bool
    size: int | None = None


@dataclass(frozen=True, slots=True)
class DuplicateVersions:
    """A package in several versions, newest first. `redundant` are the bytes of all copies but the largest."""

    name: str
    versions: tuple[Version, ...]
    redundant: int | None = None


def duplicate_versions(
    graph: Graph, folder: str, manifests: ManifestsByFolder, installed: Installed | None
) -> tuple[DuplicateVersions, ...]:
    """The duplicates among what a workspace package leads to in `graph`, by name; sizes are those of `installed`."""
    reached = reach(graph, folder, manifests)
    copies = _copies(installed, folder, manifests) if installed else {}

    def described(key: str) -> Version:
        package = graph.packages[key]
        size = _size(installed, copies.get((package.name, package.version), []))
        return Version(package.version, chain(graph, folder, reached, key, manifests), key in reached.development, size)

    return tuple(
        DuplicateVersions(
            name,
            tuple(described(versions[version]) for version in sorted(versions, key=_precedence, reverse=True)),
            _redundant(installed, [key for version in versions for key in copies.get((name, version), [])]),
        )
        for name, versions in sorted(_nearest(graph, reached).items())
        if len(versions) > 1
    )


def _nearest(graph: Graph, reached: Reached) -> dict[str, dict[str, str]]:
    """The nearest package of each name and version."""
    found: dict[str, dict[str, str]] = {}
    for key in reached.before:
        package = graph.packages.get(key)
        if package is not None and package.version:
            found.setdefault(package.name, {}).setdefault(package.version, key)
    return found


def _copies(installed: Installed, folder: str, manifests: ManifestsByFolder) -> dict[tuple[str, str], list[str]]:
    """Where each version is on disk."""
    found: dict[tuple[str, str], list[str]] = {}
    for key in sorted(closure(installed, folder, manifests)):
        package = installed.packages[key]
        found.setdefault((package.name, package.version), []).append(key)
    return found


def _size(installed: Installed | None, keys: list[str]) -> int | None:
    return size_of(installed, keys) if installed and keys else None


def _redundant(installed: Installed | None, keys: list[str]) -> int | None:
    if installed is None or not keys:
        return None
    return size_of(installed, keys) - max(installed.packages[key].size for key in keys)


def _precedence(version: str) -> tuple[list[int], bool, str]:
    """Orders versions as people expect: by their numbers, a pre-release before its release."""
    core, dash, pre = version.partition("-")
    return [int(number) for number in re.findall(r"\d{1,15}", core)], not dash, pre
