"""Finding the lockfile that counts and reading it with the reader of its package manager."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from perfgate import reading
from perfgate.errors import Problem, Source
from perfgate.reading import UnreadableError
from perfgate.workspace.lockfile import berry, block_yaml, npm, pnpm, yarn
from perfgate.workspace.lockfile.model import Lock, LockError, ManifestsByFolder
from perfgate.workspace.package_names import label

_MAX_BYTES = 32 * 1024 * 1024
# In the order of preference where several are there and the root manifest names no package manager.
_FILES = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "npm-shrinkwrap.json": "npm",
    "package-lock.json": "npm",
}
_YARN_SETTINGS = ".yarnrc.yml"
_MAX_NAMES = 10
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)
_BERRY = re.compile(r"^\"?__metadata\"?:", re.MULTILINE)


def read(root: Path, manifests: ManifestsByFolder) -> Lock | Problem | None:
    """The lockfile of the repository; a Problem when it cannot be read, None when there is none.

    `manifests` are the parsed package.json files by folder, "" for the root. The package manager that the root's
    `packageManager` names decides which lockfile counts, else pnpm comes before yarn before npm.
    """
    found = [file for file in _FILES if (root / file).is_file()]
    if not found:
        return None
    wanted = _named_manager(manifests.get("", {}))
    file = next((name for name in found if _FILES[name] == wanted), found[0])
    try:
        text = _text(root, file)
        # Only catalogs need yarn's settings, so that nothing else in them can be in the way.
        settings = _text(root, _YARN_SETTINGS) if '"catalog:' in text and (root / _YARN_SETTINGS).is_file() else ""
        lock = parse(text, file, manifests, settings)
    except LockError as error:
        return error.problem
    others = [name for name in found if name != file]
    return replace(lock, notes=(*lock.notes, *_choice(file, others, wanted), *_unlocked(lock, manifests)))


def parse(text: str, file: str, manifests: ManifestsByFolder, settings: str = "") -> Lock:
    """A lockfile from its text; `settings` is the .yarnrc.yml beside one of yarn. Raises LockError."""
    conflict = _CONFLICT.search(text)
    if conflict:
        line = text.count("\n", 0, conflict.start()) + 1
        raise LockError(Source(file, line, 1), "merge conflict", "resolve it and install again")
    match file.rsplit("/", 1)[-1]:
        case "pnpm-lock.yaml":
            return pnpm.parse(text, file)
        case "yarn.lock" if _BERRY.search(text):
            return berry.parse(text, file, manifests, block_yaml.documents(settings, _YARN_SETTINGS))
        case "yarn.lock":
            return yarn.parse(text, file, manifests)
    return npm.parse(text, file)


def _unlocked(lock: Lock, manifests: ManifestsByFolder) -> Iterator[str]:
    """What manifests declare and the lockfile does not know: it was written before."""
    for folder, manifest in sorted(manifests.items()):
        tables = (manifest.get("dependencies"), manifest.get("devDependencies"))
        declared = {name for table in tables if isinstance(table, dict) for name in table}
        names = sorted(declared - lock.importers.get(folder, {}).keys())
        if names:
            more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
            place = f"{folder}/package.json".removeprefix("/")
            listed = ", ".join(label(name) for name in names[:_MAX_NAMES])
            yield f"{lock.file} does not have {listed}{more} of {place}; install again"[:1000]


def _named_manager(manifest: Mapping[str, Any]) -> str:
    named = manifest.get("packageManager")
    return named.partition("@")[0] if isinstance(named, str) else ""


def _choice(file: str, others: list[str], wanted: str) -> list[str]:
    if not others:
        return []
    reason = (
        f"package.json names {wanted}"
        if _FILES[file] == wanted
        else "package.json names none of them as packageManager"
    )
    return [f"{file} was read, not {' or '.join(others)}: {reason}"]


def _text(root: Path, file: str) -> str:
    try:
        return reading.content(root, file, _MAX_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise LockError(Source(file), f"not UTF-8 text (byte {error.start})", "install again") from error
    except UnreadableError as error:
        raise LockError(Source(file), str(error), "put the lockfile itself there") from error
