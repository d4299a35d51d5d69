"""A hash of everything that the analysis of dependencies reads: the same hash, the same findings.

Files count by content and name; what is installed counts by the record that the package manager keeps of it, where that
is newer than the packages beside it, else by a listing of all files. The code of the analysis itself counts too.
"""

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from perfgate.workspace import ignoring
from perfgate.workspace.ignoring import Rule
from perfgate.workspace.sources import SKIPPED, is_searched

_MODULES = "node_modules"
# What package managers write after everything else.
_RECORDS = frozenset({".package-lock.json", ".modules.yaml", ".yarn-state.yml", ".yarn-integrity"})
_ALWAYS = frozenset({"package.json", ".gitignore", "yarn.lock", "bun.lock", "bun.lockb", ".pnp.js", ".pnp.cjs"})
_MAX_READ = 256 * 1024 * 1024
_CODE = ("analyzers/dependencies", "javascript", "workspace", "config", "report")
# A file that changes again within the step of a clock keeps its times; git waits as long.
_SETTLED_NS = 2_000_000_000
Rules = tuple[tuple[str, Rule], ...]


class Contents:
    """Hashes of contents, remembered by size, times and inode of files that have not changed for a while."""

    def __init__(self, known: dict[str, list[int | str]]) -> None:
        self._known = known
        self._settled = time.time_ns() - _SETTLED_NS
        self.used: dict[str, list[int | str]] = {}
        self.changed = False

    def digest(self, path: str, found: os.stat_result) -> str:
        stamp: list[int | str] = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
        known = self._known.get(path)
        if known is not None and known[:4] == stamp and len(known) == 5 and isinstance(known[4], str):
            self.used[path] = known
            return known[4]
        digest = _digest(path, found.st_size)
        if max(found.st_mtime_ns, found.st_ctime_ns) < self._settled:
            self.used[path] = [*stamp, digest]
            self.changed = True
        return digest


def _digest(path: str, size: int) -> str:
    if size > _MAX_READ:
        return f"size {size}"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return f"error {error.errno}"
    try:
        content = os.read(handle, size + 1)
        while len(content) <= size and (more := os.read(handle, size + 1)):
            content += more
    except OSError as error:
        return f"error {error.errno}"
    finally:
        os.close(handle)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def fingerprint(root: Path, settings: object, contents: Contents) -> str:
    """The hash of what is read below `root`, and of `settings`, which are told apart by their `repr`."""
    lines = sorted(_walk(str(root), contents))
    text = "\n".join([repr(settings), _code(), *lines])
    return hashlib.blake2b(text.encode("utf-8", errors="surrogateescape"), digest_size=20).hexdigest()


def _code() -> str:
    """Names, sizes and times of the modules that take part."""
    package = Path(__file__).parents[3]
    found = []
    for folder in _CODE:
        for place, _, files in os.walk(package / folder):
            for name in files:
                if name.endswith(".py"):
                    info = os.stat(f"{place}/{name}")  # noqa: PTH116  # a hundred times at every start
                    found.append([place, name, info.st_size, info.st_mtime_ns])
    return json.dumps(sorted(found))


def _walk(root: str, contents: Contents) -> Iterator[str]:
    """A line for each file that may be read; below what git ignores only manifests may be."""
    pending: list[tuple[str, Rules, bool]] = [("", (), False)]
    while pending:
        folder, rules, is_ignored = pending.pop()
        listed = _listing(f"{root}/{folder}")
        if isinstance(listed, str):
            yield f"{folder}\0{listed}"
            continue
        if any(entry.name == ".gitignore" for entry in listed) and (rule := ignoring.rule(Path(root, folder))):
            rules = (*rules, (folder, rule))
        for entry in listed:
            path = folder + entry.name
            if entry.is_symlink():
                yield f"{path}\0{_link(entry.path, contents)}"
            elif entry.name == _MODULES:
                yield from _installed(f"{path}/", entry.path, contents)
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED:
                    pending.append((f"{path}/", rules, is_ignored or _ignores(rules, path, is_folder=True)))
            elif _counts(entry.name, is_ignored=is_ignored or (bool(rules) and _ignores(rules, path, is_folder=False))):
                yield f"{path}\0{_file(entry, contents)}"


def _counts(name: str, *, is_ignored: bool) -> bool:
    return name in _ALWAYS or (not is_ignored and is_searched(name, name))


def _ignores(rules: Rules, path: str, *, is_folder: bool) -> bool:
    verdict = False
    for prefix, rule in rules:
        said = rule(path[len(prefix) :], is_folder)
        verdict = verdict if said is None else said
    return verdict


def _listing(folder: str) -> list[os.DirEntry[str]] | str:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        return f"error {error.errno}"


def _file(entry: os.DirEntry[str], contents: Contents) -> str:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return f"error {error.errno}"
    return contents.digest(entry.path, found) if stat.S_ISREG(found.st_mode) else f"mode {found.st_mode}"


def _link(path: str, contents: Contents) -> str:
    """Where a link leads, and what stands there: a manifest may be found through it."""
    parts = [str(Path(path).readlink())]
    for target in (path, f"{path}/package.json"):
        try:
            found = os.stat(target)  # noqa: PTH116
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode):
            parts.append(contents.digest(target, found))
    return " ".join(parts)


# What is installed


def _installed(path: str, folder: str, contents: Contents) -> Iterator[str]:
    listed = _listing(folder)
    if isinstance(listed, str):
        yield f"{path}\0{listed}"
        return
    records = [entry for entry in listed if entry.name in _RECORDS and entry.is_file(follow_symlinks=False)]
    packages = list(_packages(listed))
    if records and _is_newest(records, packages):
        yield from (f"{path}{entry.name}\0{_file(entry, contents)}" for entry in records)
        yield from (f"{path}{name}\0{place}" for name, place, _ in packages)
    else:
        yield from _everything(path, listed, contents)


def _packages(listed: list[os.DirEntry[str]]) -> Iterator[tuple[str, str, str]]:
    """The packages of one node_modules: name, where a link leads, and the folder."""
    for entry in listed:
        inner = _listing(entry.path) if entry.name.startswith("@") else [entry]
        prefix = f"{entry.name}/" if entry.name.startswith("@") else ""
        for one in inner if not isinstance(inner, str) else ():
            if not one.name.startswith("."):
                yield prefix + one.name, str(Path(one.path).readlink()) if one.is_symlink() else "", one.path


def _is_newest(records: list[os.DirEntry[str]], packages: list[tuple[str, str, str]]) -> bool:
    """Whether the record was written after every package; npm trusts its own by the same rule."""
    written = max(entry.stat(follow_symlinks=False).st_mtime_ns for entry in records)
    for _, _, folder in packages:
        for path in (folder, f"{folder}/package.json"):
            try:
                if os.stat(path).st_mtime_ns > written:  # noqa: PTH116
                    return False
            except OSError:
                return False
    return True


def _everything(path: str, listed: list[os.DirEntry[str]], contents: Contents) -> Iterator[str]:
    """All files by name and size, manifests by content."""
    pending = [(path, listed)]
    while pending:
        prefix, entries = pending.pop()
        for entry in entries:
            name = prefix + entry.name
            if entry.is_symlink():
                yield f"{name}\0{_link(entry.path, contents)}"
            elif entry.is_dir(follow_symlinks=False):
                inner = _listing(entry.path)
                yield f"{name}/\0{inner if isinstance(inner, str) else ''}"
                pending += [(f"{name}/", inner)] if not isinstance(inner, str) else []
            elif entry.name == "package.json" or entry.name in _RECORDS:
                yield f"{name}\0{_file(entry, contents)}"
            else:
                found = entry.stat(follow_symlinks=False)
                yield f"{name}\0{found.st_size} {found.st_nlink}"
