"""What is known of dependencies beyond the manifests: their commands, their peers, whether they ship types.

From what is installed where it is, else from the lockfile, else by convention.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from perfgate.analyzers.dependencies.usage.commands import called, conventional
from perfgate.analyzers.dependencies.usage.known_packages import PEERS


class Described(Protocol):
    """A package as node_modules or a lockfile describe it."""

    @property
    def bins(self) -> tuple[str, ...]: ...
    @property
    def peers(self) -> frozenset[str]: ...
    @property
    def optional_peers(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class Knowledge:
    """Descriptions of the dependencies of each workspace package, by folder and name; `typed` ship their own types."""

    described: Mapping[tuple[str, str], Described] = field(default_factory=dict)
    typed: frozenset[tuple[str, str]] = frozenset()
    workspace_peers: Mapping[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict)

    def commands(self, folder: str, names: Iterable[str]) -> dict[str, frozenset[str]]:
        """Which of these packages bring a command."""
        found: dict[str, set[str]] = {}
        for name in names:
            known = self.described.get((folder, name))
            for command in (known.bins if known else ()) or conventional(name):
                found.setdefault(command, set()).add(name)
        return {command: frozenset(owners) for command, owners in found.items()}

    def called(self, folder: str, scripts: Mapping[str, str], names: Collection[str]) -> set[str]:
        """Which of these packages, declared in `folder`, some scripts call."""
        commands, by_name = self.commands(folder, names), dict.fromkeys(names, "")
        return {name for text in scripts.values() for name in called(text, by_name, commands, scripts)}

    def peers(self, folder: str, name: str) -> frozenset[str]:
        """What a package needs beside it."""
        known = self.described.get((folder, name))
        if known is not None:
            return known.peers - known.optional_peers | frozenset(PEERS.get(name, "").split())
        if name in self.workspace_peers:
            return self.workspace_peers[name][0]
        return frozenset(PEERS.get(name, "").split())

    def optional_peers(self, folder: str, name: str) -> frozenset[str]:
        """What a package can do more with."""
        known = self.described.get((folder, name))
        if known is not None:
            return known.optional_peers
        return self.workspace_peers.get(name, (frozenset(), frozenset()))[1]

    def knows_peers(self, folder: str, name: str) -> bool:
        """Whether it is known what a package needs beside it, rather than guessed."""
        return (folder, name) in self.described or name in self.workspace_peers

    def ships_types(self, folder: str, name: str) -> bool:
        return (folder, name) in self.typed
