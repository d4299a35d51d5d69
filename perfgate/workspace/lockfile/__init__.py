"""The lockfile of the repository, read into one value for pnpm, npm and yarn."""

from perfgate.workspace.lockfile.model import LINK, Graph, Lock, Locked, Manager, ManifestsByFolder, Node, linked_folder
from perfgate.workspace.lockfile.reading import read

__all__ = ["LINK", "Graph", "Lock", "Locked", "Manager", "ManifestsByFolder", "Node", "linked_folder", "read"]
