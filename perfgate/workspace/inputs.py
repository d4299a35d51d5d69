"""What a service is built and run from, as one digest: where it is the same, it is the same service.

Told from the tree of a commit, where git has hashed every file already, so that a commit need not be checked out. In
doubt a file counts: a service that is measured for nothing costs a minute, one that is passed over hides a regression.
What cannot be seen is a file of another package that a source reaches by its path alone.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfgate.javascript import jsonc
from perfgate.workspace.files import select
from perfgate.workspace.lockfile.model import Lock, LockError
from perfgate.workspace.lockfile.reading import parse as parse_lockfile
from perfgate.workspace.lockfile.slicing import is_fixed, reached
from perfgate.workspace.manifest import FILE, SECTIONS
from perfgate.workspace.packages import PNPM_FILE, stated_patterns

# The contents of objects by their hash.
Read = Callable[[Sequence[str]], Mapping[str, bytes]]

LEFT_OUT = (".github/", "docs/")
_LOCKFILES = ("pnpm-lock.yaml", "yarn.lock", "npm-shrinkwrap.json", "package-lock.json")
_YARN_SETTINGS = ".yarnrc.yml"
_TSCONFIG = re.compile(r"(?:ts|js)config(?:\.[^/]*)?\.json")
# Read by people only, wherever it stands; other Markdown may be what a service serves.
_PROSE = re.compile(r"(?:readme|changelog|contributing|license|licence|code_of_conduct|security)", re.IGNORECASE)
_SOURCES = re.compile(r"\.(?:[cm]?[jt]sx?|json)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deployed:
    """A service: the folder of its sources, None where that is not known, and how it is started and asked."""

    folder: str | None
    configuration: str = ""


@dataclass(frozen=True)
class Tree:
    """A commit: path -> mode and hash of each file, and what reads their contents."""

    entries: Mapping[str, str]
    read: Read

    def contents(self, paths: Iterable[str]) -> dict[str, bytes]:
        wanted = {path: self.entries[path].split()[-1] for path in paths if path in self.entries}
        found = self.read(list(wanted.values())) if wanted else {}
        return {path: found[name] for path, name in wanted.items()}


def parse_tree(listing: bytes) -> dict[str, str]:
    """The output of `git ls-tree -r -z` as path -> mode and hash."""
    entries = {}
    for line in listing.decode(errors="surrogateescape").split("\0"):
        about, _, path = line.partition("\t")
        if path:
            mode, _, name = about.split()
            entries[path] = f"{mode} {name}"
    return entries


def digests(
    tree: Tree, services: Mapping[str, Deployed], *, toolchain: str, left_out: Collection[str] = LEFT_OUT
) -> dict[str, str]:
    """The digest of each service, as SHA-256. `left_out` are prefixes of paths that no service is made of."""
    reader = _Reader(tree, tuple(left_out))
    return {name: reader.digest(one, toolchain) for name, one in services.items()}


class _Reader:
    """What is known of a tree: its packages, which files belong to each, and what they need of one another."""

    def __init__(self, tree: Tree, left_out: tuple[str, ...]) -> None:
        self._entries = tree.entries
        at_root = [path for path in tree.entries if "/" not in path]
        settings = [name for name in at_root if name in (FILE, PNPM_FILE, _YARN_SETTINGS, *_LOCKFILES)]
        texts = tree.contents([*settings, *filter(_TSCONFIG.fullmatch, at_root)])
        folders = self._workspace(texts)
        inner = [f"{folder}/{FILE}" for folder in folders]
        named = (path for path in tree.entries if path.endswith("config.json") or "config." in path)
        configs = [
            path
            for path in named
            if _TSCONFIG.fullmatch(posixpath.basename(path)) and posixpath.dirname(path) in folders
        ]
        texts |= tree.contents([*inner, *configs])
        self._manifests = {
            folder: _object(texts.get(f"{folder}/{FILE}".removeprefix("/"))) for folder in ("", *folders)
        }
        self._texts = texts
        self._names = {
            name: folder for folder in folders if isinstance(name := self._manifests[folder].get("name"), str)
        }
        self._folders = folders
        self._files = self._by_package(left_out)
        self._lockfile = next((file for file in _LOCKFILES if file in tree.entries), None)
        self._lock = self._read_lock()
        self._needs = {folder: self._needed(folder) for folder in ("", *folders)}

    def digest(self, service: Deployed, toolchain: str) -> str:
        """The digest of one service."""
        own = self._own(service.folder)
        folders = self._closure(own)
        locked = self._locked(folders)
        folders = self._closure({*folders, *locked[1]})
        parts = [
            toolchain,
            service.configuration,
            *(f"{folder}: {self._hash_of(folder)}" for folder in sorted({"", *folders})),
            *locked[0],
        ]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()

    def _workspace(self, texts: Mapping[str, bytes]) -> frozenset[str]:
        patterns = stated_patterns(_object(texts.get(FILE)), texts.get(PNPM_FILE), [])
        globs = [_as_glob(pattern) for pattern in patterns]
        manifests = [path for path in self._entries if path.endswith(f"/{FILE}") and "node_modules/" not in path]
        return frozenset(posixpath.dirname(path) for path in select(manifests, globs))

    def _by_package(self, left_out: tuple[str, ...]) -> dict[str, list[str]]:
        """Lines of path and hash by the package that a file stands in; "" for what stands in none."""
        files: dict[str, list[str]] = {folder: [] for folder in ("", *self._folders)}
        homes: dict[str, str] = {}
        for path, entry in self._entries.items():
            folder, _, name = path.rpartition("/")
            if (home := homes.get(folder)) is None:
                home = homes[folder] = self._home(folder)
            if not path.startswith(left_out) and not _is_beside(path, name, home):
                files[home].append(f"{path} {entry}")
        return files

    def _home(self, folder: str) -> str:
        """The innermost package that a folder stands in, or ""."""
        while folder and folder not in self._folders:
            folder = posixpath.dirname(folder)
        return folder

    def _own(self, folder: str | None) -> set[str]:
        """The packages that are a service: the one it stands in, and those below it; all, where that is not known."""
        place = posixpath.normpath(folder or ".")
        if place == ".":
            return set(self._folders)
        below = {other for other in self._folders if other == place or other.startswith(f"{place}/")}
        return below or {self._home(place)} - {""}

    def _closure(self, folders: Iterable[str]) -> set[str]:
        """Packages with all that they, and the root, need of the workspace."""
        found: set[str] = set()
        pending = ["", *folders]
        while pending:
            folder = pending.pop()
            if folder not in found:
                found.add(folder)
                pending += self._needs.get(folder, ())
        return found

    def _needed(self, folder: str) -> set[str]:
        """The packages of the workspace that one declares, or that the compiler is told of."""
        found = set()
        for section in SECTIONS:
            entries = self._manifests[folder].get(section)
            for name, wanted in entries.items() if isinstance(entries, dict) else ():
                found |= self._declared(folder, name, wanted if isinstance(wanted, str) else "")
        for path, text in self._texts.items():
            if posixpath.dirname(path) == folder and _TSCONFIG.fullmatch(posixpath.basename(path)):
                data = jsonc.parse(text.decode(errors="replace"))
                found |= {self._home(place) for place in _places(folder, data)}
        return found - {"", folder}

    def _declared(self, folder: str, name: str, wanted: str) -> set[str]:
        found = {self._names[name]} if name in self._names else set()
        kind, _, rest = wanted.partition(":")
        if kind in ("file", "link", "portal", "workspace") and rest.startswith((".", "/")):
            found.add(self._home(posixpath.normpath(posixpath.join(folder, rest))))
        elif kind == "workspace" and (other := rest.rpartition("@")[0]) in self._names:
            found.add(self._names[other])
        return found

    def _hash_of(self, folder: str) -> str:
        lines = "\0".join(sorted(self._files[folder]))
        return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest()

    def _read_lock(self) -> Lock | None:
        """The lockfile, where a part of it can be told from the rest."""
        if self._lockfile is None:
            return None
        text = self._texts[self._lockfile].decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        if not is_fixed(text):
            return None
        settings = self._texts.get(_YARN_SETTINGS, b"").decode(errors="replace")
        try:
            return parse_lockfile(text, self._lockfile, self._manifests, settings)
        except LockError:
            return None

    def _locked(self, folders: set[str]) -> tuple[list[str], set[str]]:
        """The lines of the lockfile that count, and the packages they lead to; its hash, where all of it counts."""
        if self._lockfile is None:
            return [], set()
        lock = self._lock
        if lock is None or any(self._is_unlocked(lock, folder) for folder in folders):
            return [self._entries[self._lockfile]], set()
        lines, through = reached(lock, folders)
        return [f"{lock.manager} {lock.version}", *lines], through & self._folders

    def _is_unlocked(self, lock: Lock, folder: str) -> bool:
        """Whether a package declares what the lockfile does not say of it."""
        tables = [self._manifests[folder].get(section) for section in SECTIONS[:3]]
        declared = {name for table in tables if isinstance(table, dict) for name in table}
        return not declared <= lock.importers.get(folder, {}).keys()


def _is_beside(path: str, name: str, home: str) -> bool:
    """What no service is made of: prose, and at the root what is looked at piece by piece."""
    if _PROSE.match(name) and not _SOURCES.search(name):
        return True
    return not home and (path.endswith((".md", ".MD")) or path == "perfgate.yaml" or path in _LOCKFILES)


def _object(content: bytes | None) -> dict[str, Any]:
    """A package.json, empty where there is none or it cannot be read: it counts as a file in any case."""
    try:
        data = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _as_glob(pattern: str) -> str:
    sign, plain = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    return f"{sign}{plain.removeprefix('./').rstrip('/')}/{FILE}"


def _places(folder: str, data: Any) -> Iterator[str]:
    """The folders that a tsconfig sends the compiler to: aliases for all, references and includes of a package."""
    if not isinstance(data, dict):
        return
    options = data.get("compilerOptions")
    options = options if isinstance(options, dict) else {}
    paths, base = options.get("paths"), options.get("baseUrl")
    start = posixpath.join(folder, base) if isinstance(base, str) else folder
    for targets in paths.values() if isinstance(paths, dict) else ():
        yield from _joined(start, targets)
    if folder:
        for reference in data["references"] if isinstance(data.get("references"), list) else ():
            yield from _joined(folder, [reference.get("path")] if isinstance(reference, dict) else [])
        for key in ("extends", "include", "files"):
            yield from _joined(folder, data.get(key))


def _joined(folder: str, targets: Any) -> Iterator[str]:
    for target in targets if isinstance(targets, list) else [targets]:
        if isinstance(target, str):
            yield posixpath.normpath(posixpath.join(folder, target.partition("*")[0]))
