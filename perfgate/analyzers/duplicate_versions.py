"""Packages that one workspace package leads to in more than one version, and who brings each of them."""

import re
from dataclasses import dataclass

from perfgate.analyzers.dependency_chains import Manifests, chain, closure, reach
from perfgate.analyzers.install_size import size_of
from perfgate.analyzers.installed import Installed
from perfgate.workspace.lockfile import Graph


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
    graph: Graph, folder: str, manifests: Manifests, installed: Installed | None
) -> tuple[DuplicateVersions, ...]:
    """The duplicates among what a workspace package leads to in `graph`, by name; sizes are those of `installed`."""
    reached = reach(graph, folder, manifests)
    keys: dict[str, dict[str, str]] = {}
    for key in reached.before:  # nearest first
        package = graph.packages.get(key)
        if package is not None and package.version:
            keys.setdefault(package.name, {}).setdefault(package.version, key)
    copies = _copies(installed, folder, manifests) if installed else {}
    found = []
    for name, versions in sorted(keys.items()):
        if len(versions) > 1:
            ordered = sorted(versions, key=_precedence, reverse=True)
            sizes = {version: _size(installed, copies.get((name, version), [])) for version in ordered}
            found.append(
                DuplicateVersions(
                    name,
                    tuple(
                        Version(
                            version,
                            chain(graph, folder, reached, versions[version], manifests),
                            versions[version] in reached.development,
                            sizes[version],
                        )
                        for version in ordered
                    ),
                    _redundant(installed, [key for version in ordered for key in copies.get((name, version), [])]),
                )
            )
    return tuple(found)


def _copies(installed: Installed, folder: str, manifests: Manifests) -> dict[tuple[str, str], list[str]]:
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
