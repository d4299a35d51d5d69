"""What the package manager put on disk: packages, their sizes, and what leads to each of them.

`scan` walks the node_modules of a repository into values, whatever laid them out (npm, yarn, pnpm); nothing is executed,
and no link is followed out of the repository.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package. `size` are the bytes of its own files, without packages nested in it.

    `dependencies` are what it leads to by the name it imports them with; `contains` are the packages nested in its folder.
    `types` says that it ships declarations for TypeScript.
    """

    name: str
    version: str
    size: int = 0
    dependencies: Mapping[str, str] = field(default_factory=dict)
    contains: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    peers: frozenset[str] = frozenset()
    optional_peers: frozenset[str] = frozenset()
    types: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """All node_modules of a repository. Keys of `packages` are their folders; `link:FOLDER` leads to a workspace package.

    `importers` are the workspace packages by folder ("" is the root) with what each dependency leads to. `expected` are of
    these only the peers, which nobody declares elsewhere. `shared` are bytes of files that several packages have in common
    through hard links, counted in the size of each. `other` are bytes of the package manager's own files.
    """

    importers: Mapping[str, Mapping[str, str]]
    packages: Mapping[str, Package]
    shared: Mapping[frozenset[str], int] = field(default_factory=dict)
    other: int = 0
    unknown: tuple[str, ...] = ()
