"""yarn.lock of yarn 1: entries by `name@range`, and no word about workspaces.

What a workspace package depends on is found by looking its ranges up; a range that has no entry is another workspace
package, if there is one of that name.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from perfgate.errors import Source
from perfgate.workspace.lockfile import yaml_scalars
from perfgate.workspace.lockfile.model import LINK, Lock, Locked, LockError, ManifestsByFolder
from perfgate.workspace.package_names import label

Entry = dict[str, Any]

_KINDS = ("dependencies", "devDependencies", "optionalDependencies")
_HEADER = "# yarn lockfile v"
_RESOLUTION = re.compile(r"(?:^|/)((?:@[^/@]+/)?[^/@]+)(?:@[^/]*)?$")
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",:][^\s",]*')


def parse(text: str, file: str, manifests: ManifestsByFolder) -> Lock:
    """Raises LockError."""
    version = text.partition(_HEADER)[2].partition("\n")[0].strip()
    if version != "1":
        raise LockError(Source(file, 1, 1), "is not a lockfile of yarn 1 or newer", "is the file complete?")
    entries = _entries(text, file)
    lookup = _Lookup(entries, manifests)
    packages = {patterns[0]: _locked(patterns, body, lookup) for patterns, body in entries.items()}
    importers = {folder: _direct(folder, body, lookup) for folder, body in sorted(manifests.items())}
    return Lock(
        "yarn", file, version, importers, {key: found for key, found in packages.items() if "@link:" not in key}
    )


def _entries(text: str, file: str) -> dict[tuple[str, ...], Entry]:
    """The entries by their ranges."""
    found: dict[tuple[str, ...], Entry] = {}
    entry: Entry | None = None
    table: Entry | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        body = line.strip()
        if not body or body[0] == "#":
            continue
        indent = len(line) - len(line.lstrip(" "))
        rest = _WORD.sub("", body).strip(" ,:")
        words = [] if rest else [yaml_scalars.unquote(word) for word in _WORD.findall(body)]
        if indent == 0 and body[-1] == ":" and words:
            entry = table = found.setdefault(tuple(word.removesuffix(":") for word in words), {})
        elif indent == 2 and entry is not None and body[-1] == ":" and len(words) == 1:
            table = entry.setdefault(words[0].removesuffix(":"), {})
        elif len(words) == 2 and entry is not None and table is not None and indent in (2, 4):
            (entry if indent == 2 else table)[words[0]] = words[1]
        else:
            raise LockError(Source(file, number, indent + 1), "expected `name value`", "is the file complete?")
    return found


class _Lookup:
    """Finds the entry, or the folder, that a range of a package leads to."""

    def __init__(self, entries: Mapping[tuple[str, ...], Entry], manifests: ManifestsByFolder) -> None:
        # Several ranges lead to one entry, whose first range is its key.
        self.index = {pattern: patterns[0] for patterns in entries for pattern in patterns}
        self.folders = {str(body.get("name")): folder for folder, body in manifests.items()}
        replaced = _replaced(manifests.get("", {}).get("resolutions"))
        named = [(_name(patterns[0]), patterns[0]) for patterns in entries if _name(patterns[0]) in replaced]
        counted = Counter(name for name, _ in named)
        self.alone = {name: key for name, key in named if counted[name] == 1}

    def find(self, name: str, wanted: str, folder: str) -> str | None:
        protocol, colon, path = wanted.partition(":")
        candidates = [f"{name}@{wanted}"]
        if colon and protocol in ("file", "link"):
            path = posixpath.normpath(posixpath.join(folder, path))
            if protocol == "link":
                return LINK + path
            candidates += [f"{name}@file:{path}", f"{name}@file:./{path}"]
        key = next((self.index[pattern] for pattern in candidates if pattern in self.index), None)
        if key is None and name in self.folders:
            return LINK + self.folders[name]
        # The root's `resolutions` replace ranges, and the entry then stands alone under its name.
        return key or self.alone.get(name)


def _replaced(resolutions: object) -> set[str]:
    """The names of packages that the root's `resolutions` are about, such as `b` of `a/b` and `**/b`."""
    keys = resolutions if isinstance(resolutions, dict) else ()
    return {match[1] for key in keys if (match := _RESOLUTION.search(key))}


def _direct(folder: str, manifest: Mapping[str, Any], lookup: _Lookup) -> dict[str, str]:
    return dict(sorted(_edges(manifest, lookup, folder, _KINDS)))


def _edges(body: Mapping[str, Any], lookup: _Lookup, folder: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        table = body.get(kind)
        for name, wanted in table.items() if isinstance(table, dict) else ():
            key = lookup.find(name, wanted, folder) if isinstance(wanted, str) else None
            if key is not None:
                yield name, key


def _locked(patterns: tuple[str, ...], body: Entry, lookup: _Lookup) -> Locked:
    name, wanted = _name(patterns[0]), patterns[0][len(_name(patterns[0])) + 1 :]
    alias = wanted.removeprefix("npm:") if wanted.startswith("npm:") else ""
    optional = body.get("optionalDependencies")
    return Locked(
        name=label(_name(alias or name)),
        version=label(str(body.get("version", ""))),
        dependencies=dict(_edges(body, lookup, "", ("dependencies", "optionalDependencies"))),
        optional=frozenset(optional) if isinstance(optional, dict) else frozenset(),
    )


def _name(pattern: str) -> str:
    return pattern[:1] + pattern[1:].partition("@")[0]
