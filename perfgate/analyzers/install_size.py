"""What dependencies weigh on disk, and what removing one would free.

Pure functions over what is installed. What a removal frees is what only it leads to: in a graph of all packages of the
workspace it *dominates* these, for every way to them passes through it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from perfgate.analyzers.dominators import immediate_dominators, nearest_common
from perfgate.analyzers.installed import Installed
from perfgate.workspace.lockfile import Graph, linked_folder

HEAVY = 5 * 1024 * 1024
_MAX_PARTS = 5

Manifests = Mapping[str, Mapping[str, Any]]
# The root, a workspace package, a dependency of one, or an installed package.
_Vertex = tuple[str, ...]
_ROOT: _Vertex = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A package and the bytes of its own files."""

    name: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Weight:
    """A direct dependency: bytes of its own files, and what removing it from this package.json alone would free.

    `parts` are the largest packages that would go, itself included. A workspace package weighs nothing.
    """

    own: int
    freed: int
    parts: tuple[Part, ...] = ()


def total_size(installed: Installed) -> int:
    """Bytes of all installed packages, each file counted once."""
    return _size(installed, frozenset(installed.packages))


def install_size(installed: Installed, folder: str, manifests: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of everything that is installed for one workspace package, each file counted once."""
    return _size(installed, closure(installed, folder, manifests))


def closure(graph: Graph, folder: str, manifests: Manifests) -> frozenset[str]:
    """Keys of all packages that a workspace package leads to, through other workspace packages too.

    Of those only what they need at run time counts, of itself its devDependencies as well.
    """
    keys, pending = set(), list(direct_keys(graph, folder, manifests))
    while pending:
        key = pending.pop()
        if key in keys or key not in graph.packages:
            continue
        keys.add(key)
        node = graph.packages[key]
        pending += node.dependencies.values()
        pending += getattr(node, "contains", ())
    return frozenset(keys)
