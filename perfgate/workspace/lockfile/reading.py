"""Finding the lockfile that counts and reading it with the reader of its package manager."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perfgate.errors import Problem, Source
from perfgate.workspace.lockfile import berry, npm, pnpm, yarn
from perfgate.workspace.lockfile.model import Lock, LockError

_MAX_BYTES = 64 * 1024 * 1024
# In the order of preference where several are there and the root manifest names no package manager.
_FILES = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "npm-shrinkwrap.json": "npm",
    "package-lock.json": "npm",
}
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)
_BERRY = re.compile(r"^\"?__metadata\"?:", re.MULTILINE)

Manifests = Mapping[str, Mapping[str, Any]]


def read(root: Path, manifests: Manifests) -> Lock | Problem | None:
    """The lockfile of the repository; a Problem when it cannot be read, None when there is none.

    `manifests` are the parsed package.json files by folder, "" for the root. The package manager that the root's
    `packageManager` names decides which lockfile counts, else pnpm comes before yarn before npm.
    """
    found = [file for file in _FILES if (root / file).is_file()]
    if not found:
        return None
    wanted = _named_manager(manifests.get("", {}))
    file = next((name for name in found if _FILES[name] == wanted), found[0])
    others = [name for name in found if name != file]
    try:
        lock = parse(_text(root, file), file, manifests)
    except LockError as error:
        return error.problem
    notes = [*lock.notes, *_choice(file, others, wanted)]
    return Lock(lock.manager, lock.file, lock.version, lock.importers, lock.packages, tuple(notes))


def parse(text: str, file: str, manifests: Manifests) -> Lock:
    """A lockfile from its text. Raises LockError."""
    conflict = _CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        raise LockError(Source(file, line, 1), "merge conflict", "resolve it and install again")
    match file.rsplit("/", 1)[-1]:
        case "pnpm-lock.yaml":
            return pnpm.parse(text, file)
        case "yarn.lock" if _BERRY.search(text):
            return berry.parse(text, file, manifests)
        case "yarn.lock":
            return yarn.parse(text, file, manifests)
    return npm.parse(text, file)


def _named_manager(manifest: Mapping[str, Any]) -> str:
    named = manifest.get("packageManager")
    return named.partition("@")[0] if isinstance(named, str) else ""


def _choice(file: str, others: list[str], wanted: str) -> list[str]:
    if not others:
        return []
    reason = (
        f"package.json names {wanted}" if _FILES[file] == wanted else "package.json names no packageManager of them"
    )
    return [f"{file} was read, not {' or '.join(others)}: {reason}"]


def _text(root: Path, file: str) -> str:
    path = root / file
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise LockError(Source(file), "is a link to a place outside of the repository", "commit the file itself")
        if path.stat().st_size > _MAX_BYTES:
            raise LockError(Source(file), f"larger than {_MAX_BYTES:,} bytes", "is this the right file?")
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise LockError(Source(file), f"not UTF-8 text (byte {error.start})", "install again") from error
    except OSError as error:
        raise LockError(Source(file), f"cannot be read: {error.strerror}") from error
