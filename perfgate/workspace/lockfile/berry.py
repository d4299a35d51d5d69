"""yarn.lock of yarn 2 and newer, metadata versions 4 to 10.

The version goes up with nearly every release of yarn while the layout stays, so that a newer one is read with a note.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from perfgate.errors import Source
from perfgate.workspace.lockfile import block_yaml
from perfgate.workspace.lockfile.model import LINK, Lock, Locked, LockError, ManifestsByFolder
from perfgate.workspace.package_names import label

_OLDEST, _NEWEST = 4, 10
# The version of what yarn takes from a folder without looking into it.
_FOLDER = "0.0.0-use.local"
_PROTOCOL = re.compile(r"[a-z][a-z+]*:")

Entries = Mapping[str, Mapping[str, Any]]


def parse(text: str, file: str, manifests: ManifestsByFolder, settings: Sequence[Mapping[str, Any]] = ()) -> Lock:
    """`settings` are the documents of .yarnrc.yml, which has the catalogs. Raises LockError."""
    data = (block_yaml.documents(text, file) or [{}])[0]
    version, notes = _version(data.pop("__metadata", None), file)
    entries = {_text(body.get("resolution")): body for body in data.values() if isinstance(body, dict)}
    lookup = _Lookup(data, _resolutions(manifests.get("", {})), _catalogs(settings))
    importers = {}
    packages = {}
    for key, body in sorted(entries.items()):
        protocol, _, place = key[1:].partition("@")[2].partition(":")
        if protocol == "workspace":
            importers["" if place == "." else place] = dict(sorted(_edges(key, body, lookup)))
        elif protocol != "link" and not _is_builtin_patch(key):
            packages[key] = _locked(key, body, lookup)
    return Lock("yarn", file, version, importers, packages, notes)


def _version(metadata: object, file: str) -> tuple[str, tuple[str, ...]]:
    version = _text(metadata.get("version")) if isinstance(metadata, dict) else ""
    if not version.isdecimal() or len(version) > 4 or int(version) < _OLDEST:
        hint = "install with yarn 2 or newer"
        raise LockError(Source(file, 1, 1), f"__metadata version {version[:20]!r} is not supported", hint)
    if int(version) <= _NEWEST:
        return version, ()
    return version, (f"{file}: version {version} is newer than {_NEWEST}, the newest known; it was read like that one",)


def _is_builtin_patch(key: str) -> bool:
    """Patches that yarn itself brings for a few packages; they stand beside the package they patch."""
    return "@patch:" in key and "builtin<" in key


def _resolutions(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The root's `resolutions` that hold for a name wherever it is needed."""
    table = manifest.get("resolutions")
    pairs = table.items() if isinstance(table, dict) else ()
    return {name.removeprefix("**/"): wanted for name, wanted in pairs if isinstance(wanted, str)}


def _catalogs(settings: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The ranges that `catalog:NAME` stands for, by name; the default one has none."""
    found: dict[str, Mapping[str, Any]] = {}
    for document in settings:
        found[""] = _table(document, "catalog")
        named = _table(document, "catalogs")
        found |= {name: _table(named, name) for name in named}
    return found


class _Lookup:
    """Finds the entry, or the folder, that a range leads to."""

    def __init__(self, data: Entries, resolutions: dict[str, str], catalogs: dict[str, Mapping[str, Any]]) -> None:
        self.resolutions = resolutions
        self.catalogs = catalogs
        self.index: dict[str, str] = {}
        self.workspaces: dict[str, str] = {}
        for descriptors, body in data.items():
            resolution = _text(body.get("resolution")) if isinstance(body, dict) else ""
            if resolution and not _is_builtin_patch(resolution):
                self.index |= dict.fromkeys(descriptors.split(", "), resolution)
                if "@workspace:" in resolution:
                    self.workspaces[_name(resolution)] = resolution

    def find(self, name: str, wanted: str, needed_by: str) -> str | None:
        """The key for `name` in the range `wanted`, as the package with the key `needed_by` sees it."""
        wanted = self.resolutions.get(f"{_name(needed_by)}/{name}", self.resolutions.get(name, wanted))
        if wanted.startswith("catalog:"):
            wanted = _text(self.catalogs.get(wanted.removeprefix("catalog:"), {}).get(name)) or wanted
        full = wanted if _PROTOCOL.match(wanted) else f"npm:{wanted}"
        bound = f"{name}@{full}::locator={quote(needed_by, safe='')}"
        candidates = (f"{name}@{full}", bound, f"{name}@{wanted}")
        key = next((self.index[pattern] for pattern in candidates if pattern in self.index), None)
        if key is None and wanted.startswith("workspace:"):
            key = self.workspaces.get(name)
        if key is None:
            return None
        protocol, _, place = key[1:].partition("@")[2].partition(":")
        if protocol == "workspace":
            return LINK + ("" if place == "." else place)
        return LINK + _linked(place, needed_by) if protocol == "link" else key


def _linked(place: str, needed_by: str) -> str:
    """The folder of a link, which is written as seen from the workspace package that needs it."""
    folder = needed_by.partition("@workspace:")[2]
    return posixpath.normpath(posixpath.join(folder, place.partition("::")[0]))


def _edges(key: str, body: Mapping[str, Any], lookup: _Lookup) -> Iterator[tuple[str, str]]:
    table = body.get("dependencies")
    for name, wanted in table.items() if isinstance(table, dict) else ():
        found = lookup.find(name, wanted, key) if isinstance(wanted, str) else None
        if found is not None:
            yield name, found


def _locked(key: str, body: Mapping[str, Any], lookup: _Lookup) -> Locked:
    return Locked(
        name=label(_name(key)),
        version=label(_text(body.get("version")).replace(_FOLDER, "")),
        dependencies=dict(_edges(key, body, lookup)),
        optional=_optional(body.get("dependenciesMeta")),
        peers=frozenset(_table(body, "peerDependencies")),
        optional_peers=_optional(body.get("peerDependenciesMeta")),
        bins=tuple(sorted(_table(body, "bin"))),
    )


def _optional(meta: object) -> frozenset[str]:
    pairs = meta.items() if isinstance(meta, dict) else ()
    return frozenset(name for name, entry in pairs if isinstance(entry, dict) and entry.get("optional") == "true")


def _table(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = body.get(key)
    return table if isinstance(table, dict) else {}


def _name(descriptor: str) -> str:
    return descriptor[:1] + descriptor[1:].partition("@")[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
