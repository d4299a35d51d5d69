"""pnpm-lock.yaml, lockfile versions 6 to 9.

Version 6 describes a package once for each set of peers; version 9 keeps what it is (`packages`) apart from what it
leads to (`snapshots`). A file of several documents holds pnpm's own tools in the first, and the repository in the last.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from perfgate.errors import Source
from perfgate.workspace.lockfile import block_yaml
from perfgate.workspace.lockfile.model import LINK, Lock, Locked, LockError
from perfgate.workspace.package_names import label

_VERSIONS = ("6", "7", "9")
_KINDS = ("dependencies", "devDependencies", "optionalDependencies")


def parse(text: str, file: str) -> Lock:
    """Raises LockError."""
    documents = block_yaml.documents(text, file)
    data = documents[-1] if documents else {}
    version = _version(data, file)
    infos, snapshots = _table(data, "packages"), _table(data, "snapshots")
    bodies = {key.removeprefix("/"): body for key, body in (snapshots or infos).items()}
    packages = {key: _locked(key, body, infos if snapshots else {}, bodies) for key, body in bodies.items()}
    roots = _table(data, "importers") or {".": data}
    importers = {_folder(path): _direct(_folder(path), body, bodies) for path, body in sorted(roots.items())}
    return Lock("pnpm", file, version, importers, packages)


def _version(data: Mapping[str, Any], file: str) -> str:
    version = data.get("lockfileVersion", "")
    if not isinstance(version, str) or not version:
        raise LockError(Source(file, 1, 1), "has no lockfileVersion", "is the file complete?")
    if version.split(".")[0] not in _VERSIONS:
        old = re.fullmatch(r"[1-5](\.\d+)?", version)
        hint = "install with pnpm 8 or newer" if old else "known are 6 to 9; is there a newer perfgate?"
        raise LockError(Source(file, 1, 1), f"lockfileVersion {label(version)[:20]} is not supported", hint)
    return version


def _table(data: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    table = data.get(key)
    if not isinstance(table, dict):
        return {}
    return {name: body if isinstance(body, dict) else {} for name, body in table.items()}


def _folder(path: str) -> str:
    folder = posixpath.normpath(path)
    return "" if folder == "." else folder


def _direct(folder: str, body: Mapping[str, Any], bodies: Mapping[str, Any]) -> dict[str, str]:
    """What each dependency of a workspace package leads to."""
    found = {}
    for kind in _KINDS:
        table = body.get(kind)
        for name, entry in table.items() if isinstance(table, dict) else ():
            reference = entry.get("version") if isinstance(entry, dict) else entry
            key = _target(name, reference, folder, bodies)
            if key is not None:
                found[name] = key
    return dict(sorted(found.items()))


def _target(name: str, reference: object, folder: str, bodies: Mapping[str, Any]) -> str | None:
    """The key a reference stands for: a version of `name`, the key of another package, or a folder."""
    if not isinstance(reference, str):
        return None
    if reference.startswith("link:"):
        return LINK + _folder(posixpath.join(folder, reference.removeprefix("link:")))
    candidates = (f"{name}@{reference}", reference.removeprefix("/"))
    return next((key for key in candidates if key in bodies), None)


def _locked(key: str, body: Mapping[str, Any], infos: Mapping[str, Any], bodies: Mapping[str, Any]) -> Locked:
    base = _without_peers(key)
    info = infos.get(base, body)
    name, _, version = base[1:].partition("@")
    peers = _names(info.get("peerDependencies"))
    meta = info.get("peerDependenciesMeta")
    optional_peers = frozenset(name for name in _names(meta) & peers if _is_optional(meta, name))
    return Locked(
        name=label(_text(info.get("name")) or base[:1] + name),
        version=label(_text(info.get("version")) or ("" if ":" in version else version)),
        dependencies={name: found for name, found in _edges(body, bodies) if name not in optional_peers},
        optional=_names(body.get("optionalDependencies")),
        peers=peers,
        optional_peers=optional_peers,
        dev={"true": True, "false": False}.get(_text(body.get("dev"))),
    )


def _edges(body: Mapping[str, Any], bodies: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("dependencies", "optionalDependencies"):
        table = body.get(kind)
        for name, reference in table.items() if isinstance(table, dict) else ():
            key = _target(name, reference, "", bodies)
            if key is not None:
                yield name, key


def _without_peers(key: str) -> str:
    """The key of what is the same for all sets of peers: `a@1.0.0(b@2.0.0)` without the parentheses at its end."""
    depth, position = 0, len(key)
    for character in reversed(key):
        if character not in "()" and not depth:
            break
        depth += {")": 1, "(": -1}.get(character, 0)
        position -= 1
    return key[:position] or key


def _names(table: object) -> frozenset[str]:
    return frozenset(table) if isinstance(table, dict) else frozenset()


def _is_optional(meta: Any, name: str) -> bool:
    entry = meta.get(name)
    return isinstance(entry, dict) and entry.get("optional") == "true"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
