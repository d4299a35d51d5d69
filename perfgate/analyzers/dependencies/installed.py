"""What the package manager put on disk: packages, their sizes, and what each of them leads to.

`scan` walks the node_modules of a repository into values, whoever laid them out (npm, yarn, pnpm). Nothing is executed,
and no link is followed out of the repository.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfgate.workspace.lockfile import LINK, ManifestsByFolder
from perfgate.workspace.node_modules import MODULES, Walk
from perfgate.workspace.package_names import label

_PNP = (".pnp.cjs", ".pnp.js", ".pnp.data.json")
_MAX_NAMES = 10


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package. `size` are the bytes of its own files, without packages nested in it.

    `dependencies` are what it leads to, by the name it imports them with; `contains` are the packages nested in its
    folder. `types` says that it ships declarations for TypeScript.
    """

    name: str
    version: str
    size: int = 0
    dependencies: Mapping[str, str] = field(default_factory=dict)
    contains: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    peers: frozenset[str] = frozenset()
    optional_peers: frozenset[str] = frozenset()
    types: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """All node_modules of a repository. Keys of `packages` are folders; `link:FOLDER` leads to a workspace package.

    `importers` are the workspace packages by folder ("" is the root) with what each direct dependency leads to, `peers`
    the same for what they only expect. `shared` are bytes of files that several packages have in common through hard
    links; each counts them as its own. `other` are bytes that belong to no package: caches, commands, state.
    `unknown` are sentences about what could not be seen.
    """

    importers: Mapping[str, Mapping[str, str]]
    packages: Mapping[str, Package]
    peers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shared: Mapping[frozenset[str], int] = field(default_factory=dict)
    other: int = 0
    unknown: tuple[str, ...] = ()


def scan(root: Path, manifests: ManifestsByFolder) -> Installed:
    """Read the node_modules of the workspace packages whose parsed package.json files are `manifests`, by folder."""
    walk = Walk(os.path.realpath(root))
    for folder in sorted(manifests):
        walk.read(folder)
    if not walk.modules:
        return Installed({folder: {} for folder in manifests}, {}, unknown=(*walk.unknown(), _absent(root)))
    folders = frozenset(manifests)
    walk.follow_links(folders)
    packages = {key: _package(key, walk, folders) for key in sorted(walk.sizes)}
    importers = {folder: _resolve(folder, _direct(body), walk, folders) for folder, body in sorted(manifests.items())}
    peers = {folder: _resolve(folder, _expected(body), walk, folders) for folder, body in sorted(manifests.items())}
    unknown = (*walk.unknown(), *_missing(manifests, importers))
    return Installed(importers, packages, peers, walk.shared(), walk.other, unknown)


def _resolve(folder: str, names: set[str], walk: Walk, folders: frozenset[str]) -> dict[str, str]:
    found = ((name, walk.find(folder, name)) for name in sorted(names))
    return {name: LINK + key if key in folders else key for name, key in found if key is not None}


def _package(folder: str, walk: Walk, folders: frozenset[str]) -> Package:
    body = walk.manifests.get(folder, {})
    name, version = body.get("name"), body.get("version")
    nested = walk.modules.get(f"{folder}/{MODULES}", {}).values()
    return Package(
        name=label(name if isinstance(name, str) and name else folder.rpartition(f"{MODULES}/")[2]),
        version=label(version if isinstance(version, str) else ""),
        size=walk.sizes[folder],
        dependencies=_resolve(folder, _needed(body), walk, folders),
        contains=tuple(sorted(key for key in nested if key.startswith(f"{folder}/"))),
        bins=_bins(body),
        peers=frozenset(_names(body, "peerDependencies")),
        optional_peers=_optional_peers(body),
        types=folder in walk.typed or _ships_types(body),
    )


def _absent(root: Path) -> str:
    if any((root / file).is_file() for file in _PNP):
        return "sizes: yarn Plug'n'Play keeps packages in archives; set nodeLinker: node-modules to have them measured"
    return "sizes: node_modules is not there; install first"


def _missing(manifests: ManifestsByFolder, importers: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for folder, body in sorted(manifests.items()):
        names = sorted(_names(body, "dependencies", "devDependencies") - importers[folder].keys())
        if names:
            more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
            yield f"sizes: {folder or 'the root'} has not installed {', '.join(map(label, names[:_MAX_NAMES]))}{more}; install again"


def _names(body: Mapping[str, Any], *kinds: str) -> set[str]:
    tables = (body.get(kind) for kind in kinds)
    return {name for table in tables if isinstance(table, dict) for name in table if isinstance(name, str)}


def _direct(body: Mapping[str, Any]) -> set[str]:
    return _names(body, "dependencies", "devDependencies", "optionalDependencies")


def _expected(body: Mapping[str, Any]) -> set[str]:
    return _names(body, "peerDependencies") - _optional_peers(body)


def _needed(body: Mapping[str, Any]) -> set[str]:
    return _names(body, "dependencies", "optionalDependencies") | _expected(body)


def _optional_peers(body: Mapping[str, Any]) -> frozenset[str]:
    meta = body.get("peerDependenciesMeta")
    if not isinstance(meta, dict):
        return frozenset()
    return frozenset(name for name, entry in meta.items() if isinstance(entry, dict) and entry.get("optional") is True)


def _bins(body: Mapping[str, Any]) -> tuple[str, ...]:
    bins, name = body.get("bin"), body.get("name")
    if isinstance(bins, str) and isinstance(name, str):
        return (label(name.rpartition("/")[2]),)
    return tuple(sorted(label(command) for command in bins)) if isinstance(bins, dict) else ()


def _ships_types(body: Mapping[str, Any]) -> bool:
    if isinstance(body.get("types"), str) or isinstance(body.get("typings"), str):
        return True
    pending = [body.get("exports")]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if "types" in item:
                return True
            pending += item.values()
    return False
