"""The part of a lockfile that some packages of the workspace lead to."""

import re
from collections.abc import Iterable

from perfgate.workspace.lockfile.model import Lock, linked_folder

# What such an entry leads to can change while its name and version stay: a branch, an address, a folder.
_MOVING = re.compile(r"git\+|git@|\bgit:|github:|gitlab:|bitbucket:|codeload\.|tarball:|\bfile:|\.git#")


def is_fixed(text: str) -> bool:
    """Whether names and versions say all: a registry never gives out another package under the same ones."""
    return _MOVING.search(text) is None


def reached(lock: Lock, folders: Iterable[str]) -> tuple[list[str], set[str]]:
    """A line for each entry that the workspace packages in `folders` lead to, sorted; and all folders on the way."""
    lines: set[str] = set()
    seen: set[str] = set()
    pending = list(folders)
    keys: list[str] = []
    while pending:
        folder = pending.pop()
        if folder in seen:
            continue
        seen.add(folder)
        for name, key in lock.importers.get(folder, {}).items():
            lines.add(f"{folder}: {name} -> {key}")
            keys.append(key)
        pending += _packages(lock, keys, lines)
    return sorted(lines), seen


def _packages(lock: Lock, keys: list[str], lines: set[str]) -> list[str]:
    """Add the lines of packages and of what they lead to; returns the folders among that. Empties `keys`."""
    folders = []
    while keys:
        key = keys.pop()
        folder = linked_folder(key)
        if folder is not None:
            folders.append(folder)
            continue
        package = lock.packages.get(key)
        if package is None:
            continue
        below = ", ".join(f"{name} -> {target}" for name, target in sorted(package.dependencies.items()))
        line = f"{key} = {package.name}@{package.version}: {below}"
        if line not in lines:
            lines.add(line)
            keys += package.dependencies.values()
    return folders
