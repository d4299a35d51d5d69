"""What dependencies weigh on disk, and what removing one would free.

Pure functions over what is installed. Removing a dependency frees what only it leads to, in the graph of all packages
of the workspace: what it *dominates*, since every way from the workspace to such a package passes through it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from perfgate.analyzers.dependencies.dependency_chains import closure
from perfgate.analyzers.dependencies.dominators import DominatorTree, dominator_tree
from perfgate.analyzers.dependencies.installed import Installed
from perfgate.workspace.lockfile import ManifestsByFolder, linked_folder

HEAVY = 5 * 1024 * 1024
_MAX_PARTS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """A package and the bytes of its own files."""

    name: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Weight:
    """A direct dependency: bytes of its own files, and what removing it from this one package.json would free.

    `parts` are the largest packages that would go, itself included. Workspace packages weigh nothing.
    """

    own: int
    freed: int
    parts: tuple[Part, ...] = ()


def size_of(installed: Installed, keys: Collection[str]) -> int:
    """Bytes of some of the packages, each file counted once."""
    kept = frozenset(keys)
    size = sum(installed.packages[key].size for key in kept)
    return size - sum(n * (len(owners & kept) - 1) for owners, n in installed.shared.items() if owners & kept)


def total_size(installed: Installed) -> int:
    """Bytes of all packages, each file counted once."""
    return size_of(installed, installed.packages.keys())


def install_size(installed: Installed, folder: str, manifests: ManifestsByFolder) -> int:
    """Bytes of all that one workspace package leads to, each file counted once."""
    return size_of(installed, closure(installed, folder, manifests))


def weigh(installed: Installed) -> dict[str, dict[str, Weight]]:
    """The weight of each direct dependency, by folder and name."""
    graph = _Graph(installed)
    tree = dominator_tree(graph.successors)
    freed = tree.totals(graph.weights(tree))
    children = tree.dominated()
    return {
        folder: {
            name: Weight(
                installed.packages[key].size if key in installed.packages else 0,
                freed[vertex],
                _largest(installed, [graph.keys[below] for below in _below(children, vertex) if graph.keys[below]]),
            )
            for name, key in direct.items()
            for vertex in (graph.direct[folder, name],)
        }
        for folder, direct in installed.importers.items()
    }


def heavy(weights: Mapping[str, Weight], limit: int = HEAVY) -> dict[str, Weight]:
    """The dependencies that free `limit` bytes or more, most first."""
    found = [(name, weight) for name, weight in weights.items() if weight.freed >= limit]
    return dict(sorted(found, key=lambda pair: (-pair[1].freed, pair[0])))


def freed_together(installed: Installed, removed: Mapping[str, Collection[str]]) -> int:
    """Bytes that removing several dependencies at once would free; `removed` are names by folder."""
    kept = dict(installed.importers)
    for folder, names in removed.items():
        kept[folder] = {name: key for name, key in installed.importers.get(folder, {}).items() if name not in names}
    before = _reached(installed, installed.importers)
    return size_of(installed, before) - size_of(installed, _reached(installed, kept))


def _reached(installed: Installed, importers: Mapping[str, Mapping[str, str]]) -> set[str]:
    """All packages that some workspace package still leads to."""
    pending = [key for table in (*importers.values(), *installed.peers.values()) for key in table.values()]
    found: set[str] = set()
    while pending:
        key = pending.pop()
        if key in installed.packages and key not in found:
            found.add(key)
            pending += _successors(installed, key)
    return found


def _successors(installed: Installed, key: str) -> Iterator[str]:
    package = installed.packages[key]
    yield from package.dependencies.values()
    # Brought along in its folder, so they go with it.
    yield from package.contains


class _Graph:
    """Packages as numbered vertices: 0 is the workspace, which leads to a vertex for each declared dependency."""

    def __init__(self, installed: Installed) -> None:
        self.installed = installed
        self.keys: list[str] = ["", *installed.packages]
        self.index = {key: vertex for vertex, key in enumerate(self.keys) if vertex}
        self.successors: list[list[int]] = [[], *(self._vertices(_successors(installed, key)) for key in self.keys[1:])]
        for table in installed.peers.values():
            self.successors[0] += self._vertices(table.values())
        self.direct: dict[tuple[str, str], int] = {}
        for folder, direct in installed.importers.items():
            for name, key in direct.items():
                self.direct[folder, name] = len(self.keys)
                self.successors[0].append(len(self.keys))
                self.successors.append(self._vertices([key]))
                self.keys.append("")

    def _vertices(self, keys: Collection[str] | Iterator[str]) -> list[int]:
        return [self.index[key] for key in keys if linked_folder(key) is None and key in self.index]

    def weights(self, tree: DominatorTree) -> list[int]:
        """The bytes that go with each vertex; files that packages share go with the last of them."""
        weights = [self.installed.packages[key].size if key else 0 for key in self.keys]
        for owners, size in self.installed.shared.items():
            reached = [vertex for vertex in map(self.index.__getitem__, sorted(owners)) if tree.rank[vertex] >= 0]
            for vertex in reached:
                weights[vertex] -= size
            if reached:
                weights[reduce(tree.nearest_common, reached)] += size
        return weights


def _below(children: list[list[int]], vertex: int) -> Iterator[int]:
    pending = [vertex]
    while pending:
        current = pending.pop()
        yield current
        pending += children[current]


def _largest(installed: Installed, keys: list[str]) -> tuple[Part, ...]:
    packages = (installed.packages[key] for key in keys)
    parts = [Part(package.name, package.version, package.size) for package in packages]
    return tuple(sorted(parts, key=lambda part: (-part.size, part.name, part.version))[:_MAX_PARTS])
