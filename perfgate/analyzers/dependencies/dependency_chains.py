"""What a workspace package leads to, and by which shortest chain of dependencies.

Works on what is locked and on what is installed alike. Other workspace packages are passed through: of itself a package
needs the devDependencies too, of the others only what they need at run time.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from perfgate.workspace.lockfile import Graph, ManifestsByFolder, linked_folder
from perfgate.workspace.package_names import label


@dataclass(frozen=True, slots=True)
class Reached:
    """All that a workspace package leads to: each key with the one before it, None for direct dependencies.

    `development` are keys to which only devDependencies lead. Keys of workspace packages (`link:FOLDER`) are among them.
    """

    before: Mapping[str, str | None]
    development: Collection[str]


def reach(graph: Graph, folder: str, manifests: ManifestsByFolder) -> Reached:
    """Breadth first, so that chains are shortest; from dependencies first, then from devDependencies."""
    before: dict[str, str | None] = {}
    direct = graph.importers.get(folder, {})
    only_development = development(manifests.get(folder, {}))
    _spread(before, [key for name, key in direct.items() if name not in only_development], graph, manifests)
    at_run_time = len(before)
    _spread(before, [key for name, key in direct.items() if name in only_development], graph, manifests)
    return Reached(before, set(list(before)[at_run_time:]))


def chain(graph: Graph, folder: str, reached: Reached, key: str, manifests: ManifestsByFolder) -> tuple[str, ...]:
    """From the direct dependency, under the name that it is declared with, to the package itself.

    Each as `name@version`, workspace packages by name alone.
    """
    steps = []
    while (previous := reached.before[key]) is not None:
        steps.append(_title(graph, key, manifests))
        key = previous
    declared = next((name for name, found in graph.importers[folder].items() if found == key), key)
    version = graph.packages[key].version if key in graph.packages else ""
    return (f"{label(declared)}@{version}".removesuffix("@"), *reversed(steps))


def closure(graph: Graph, folder: str, manifests: ManifestsByFolder) -> frozenset[str]:
    """The packages that a workspace package leads to, other workspace packages left out."""
    return frozenset(reach(graph, folder, manifests).before) & graph.packages.keys()


def development(manifest: Mapping[str, Any]) -> set[str]:
    """The names that are declared in devDependencies alone."""
    names: dict[str, set[str]] = {}
    for kind in ("devDependencies", "dependencies", "optionalDependencies"):
        table = manifest.get(kind)
        names[kind] = set(table) if isinstance(table, dict) else set()
    return names["devDependencies"] - names["dependencies"] - names["optionalDependencies"]


def _spread(before: dict[str, str | None], starts: list[str], graph: Graph, manifests: ManifestsByFolder) -> None:
    """Add to `before` what can be reached from `starts`."""
    level = [start for start in dict.fromkeys(starts) if start not in before]
    before |= dict.fromkeys(level)
    while level:
        following = []
        for key in level:
            for successor in _successors(graph, key, manifests):
                if successor not in before:
                    before[successor] = key
                    following.append(successor)
        level = following


def _successors(graph: Graph, key: str, manifests: ManifestsByFolder) -> Iterator[str]:
    folder = linked_folder(key)
    if folder is None:
        if key in graph.packages:
            yield from graph.packages[key].dependencies.values()
        return
    skipped = development(manifests.get(folder, {}))
    yield from (found for name, found in graph.importers.get(folder, {}).items() if name not in skipped)


def _title(graph: Graph, key: str, manifests: ManifestsByFolder) -> str:
    folder = linked_folder(key)
    if folder is not None:
        name = manifests.get(folder, {}).get("name")
        return label(name) if isinstance(name, str) and name else folder
    package = graph.packages.get(key)
    return key if package is None else f"{package.name}@{package.version}".removesuffix("@")
