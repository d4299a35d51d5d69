"""What a lockfile says, the same for every package manager: which package each dependency leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from perfgate.errors import Problem, Source

Manager = Literal["pnpm", "yarn", "npm"]
# The parsed package.json files of the workspace by folder, "" for the root. They hold whatever a pull request says.
ManifestsByFolder = Mapping[str, Mapping[str, Any]]

# A dependency that leads to a folder of the repository, a workspace package mostly: `link:packages/lib`.
LINK: Final = "link:"


@dataclass(frozen=True, slots=True)
class Locked:
    """One package as it was locked. `name` is its own name, also where it is installed under an alias; `version` is ""
    where the lockfile does not tell, as for a folder.

    `dependencies` are what it brings along, by the name it imports them with; `optional` of them may be absent. `peers`
    are expected of whoever depends on it; what they lead to is among the dependencies for npm and pnpm, which install it,
    save for `optional_peers`. `dev` is None where the lockfile does not tell.
    """

    name: str
    version: str
    dependencies: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    peers: frozenset[str] = frozenset()
    optional_peers: frozenset[str] = frozenset()
    dev: bool | None = None
    bins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """A lockfile. Keys of packages mean something to their package manager only; `link:FOLDER` leads into the repository.

    `importers` are the workspace packages by folder ("" is the root) with what each direct dependency leads to.
    `notes` are sentences about what could not be read, or was chosen.
    """

    manager: Manager
    file: str
    version: str
    importers: Mapping[str, Mapping[str, str]]
    packages: Mapping[str, Locked]
    notes: tuple[str, ...] = ()


class Node(Protocol):
    """A package of a graph, locked or installed."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def dependencies(self) -> Mapping[str, str]: ...


class Graph(Protocol):
    """Packages and what leads to them: a `Lock`, or what is installed."""

    @property
    def importers(self) -> Mapping[str, Mapping[str, str]]: ...
    @property
    def packages(self) -> Mapping[str, Node]: ...


class LockError(Exception):
    """A lockfile cannot be read. `problem` says where and why; `read` gives it as a value."""

    def __init__(self, source: Source, message: str, hint: str = "") -> None:
        self.problem = Problem(source, message[:1000], hint)
        super().__init__(str(self.problem))


def linked_folder(key: str) -> str | None:
    """The folder that a key leads to, when it leads into the repository; the root is ""."""
    return key.removeprefix(LINK) if key.startswith(LINK) else None
