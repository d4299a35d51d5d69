"""What a repository has on disk besides its sources: installed packages and the lockfile, as far as they can be read."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from perfgate.analyzers.dependencies import install_size, installed
from perfgate.analyzers.dependencies.usage.knowledge import Described, Knowledge
from perfgate.errors import Problem
from perfgate.workspace import lockfile
from perfgate.workspace.lockfile import Lock
from perfgate.workspace.packages import Packages


class OnDisk:
    """What is installed and what is locked, as far as it can be read."""

    def __init__(self, root: Path, found: Packages) -> None:
        self.manifests = {package.folder: dict(package.manifest.data) for package in found.all}
        self.installed = installed.scan(root, self.manifests)
        self.is_installed = bool(self.installed.packages)
        lock = lockfile.read(root, self.manifests)
        self.lock = lock if isinstance(lock, Lock) else None
        self.notes = (str(lock),) if isinstance(lock, Problem) else (lock.notes if lock else ())
        # Why sizes and versions are not known, where they are not.
        self.no_sizes = (
            "" if self.is_installed else next(iter(self.installed.unknown), "sizes: nothing is installed here")
        )
        self.no_versions = self._no_versions(lock)
        self.unknown = tuple(self._unknown())
        self.weights = install_size.weigh(self.installed) if self.is_installed else {}

    def _no_versions(self, lock: Lock | Problem | None) -> str:
        if isinstance(lock, Problem):
            return f"versions: {lock}"[:1000]
        return "versions: there is no lockfile" if lock is None and not self.is_installed else ""

    def _unknown(self) -> Iterator[str]:
        if not self.is_installed:
            yield from self.installed.unknown or (self.no_sizes,)
            if self.lock is None:
                yield "commands and peers of packages: told by their names only, as nothing is installed or locked"
        if self.no_versions:
            yield self.no_versions

    def knowledge(self) -> Knowledge:
        described: dict[tuple[str, str], Described] = {}
        typed: set[tuple[str, str]] = set()
        for graph in (self.lock, self.installed):
            for folder, direct in graph.importers.items() if graph else ():
                for name, key in direct.items():
                    package = graph.packages.get(key) if graph else None
                    if package is not None:
                        described[folder, name] = package
                    if isinstance(package, installed.Package) and package.types:
                        typed.add((folder, name))
        return Knowledge(described, frozenset(typed), _workspace_peers(self.manifests.values()))


def _workspace_peers(manifests: Collection[Mapping[str, Any]]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Required and optional peers of the packages of the workspace, by name."""
    found = {}
    for body in manifests:
        peers, meta = body.get("peerDependencies"), body.get("peerDependenciesMeta")
        name = body.get("name")
        if isinstance(name, str) and isinstance(peers, dict):
            about = meta if isinstance(meta, dict) else {}
            optional = {peer for peer in peers if isinstance(about.get(peer), dict) and about[peer].get("optional")}
            found[name] = frozenset(peers) - optional, frozenset(optional)
    return found
