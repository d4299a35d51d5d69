"""package-lock.json and npm-shrinkwrap.json, lockfile versions 2 and 3.

Their keys are folders on disk, so that a dependency is found as Node finds it: in node_modules of the folder that
needs it, then of each folder above.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from perfgate.errors import ReportError, Source
from perfgate.report import codec
from perfgate.workspace.lockfile.model import LINK, Lock, Locked, LockError
from perfgate.workspace.node_modules import places
from perfgate.workspace.package_names import label

_VERSIONS = (2, 3)
_MAX_PATH = 4096
_DIRECT = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_MODULES = "node_modules/"


def parse(text: str, file: str) -> Lock:
    """Raises LockError."""
    try:
        data = codec.parse_json(text.encode(), file, max_bytes=len(text) * 4)
    except ReportError as error:
        raise LockError(error.source or Source(file), error.message, error.hint) from error
    entries = _entries(data, file)
    packages = {
        key: _locked(key, body, entries) for key, body in entries.items() if _MODULES in key and not _link(body)
    }
    importers = {key: _direct(key, body, entries) for key, body in sorted(entries.items()) if _MODULES not in f"{key}/"}
    return Lock("npm", file, str(data["lockfileVersion"]), importers, packages)


def _entries(data: Any, file: str) -> dict[str, dict[str, Any]]:
    version = data.get("lockfileVersion") if isinstance(data, dict) else None
    if version is None:
        raise LockError(Source(file, 1, 1), "has no lockfileVersion", "is the file complete?")
    if version not in _VERSIONS or isinstance(version, bool):
        hint = "install with npm 7 or newer" if version == 1 else "known are 2 and 3; is there a newer perfgate?"
        raise LockError(Source(file, 1, 1), f"lockfileVersion {label(str(version))[:20]} is not supported", hint)
    table = data.get("packages")
    if not isinstance(table, dict):
        raise LockError(Source(file, 1, 1), "has no packages", "is the file complete?")
    if any(len(key) > _MAX_PATH for key in table):
        raise LockError(Source(file), f"has paths longer than {_MAX_PATH:,} characters", "is this the right file?")
    return {key: body for key, body in table.items() if isinstance(body, dict)}


def _link(body: Mapping[str, Any]) -> str | None:
    target = body.get("resolved")
    return target if body.get("link") is True and isinstance(target, str) else None


def _names(body: Mapping[str, Any], *kinds: str) -> Iterator[str]:
    for kind in kinds:
        table = body.get(kind)
        if isinstance(table, dict | list):
            yield from (name for name in table if isinstance(name, str))


def _direct(folder: str, body: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, str]:
    return _resolved(folder, sorted(set(_names(body, *_DIRECT)) - _optional_peers(body)), entries)


def _resolved(folder: str, names: list[str], entries: Mapping[str, Any]) -> dict[str, str]:
    looked_in = list(places(folder))
    found = {}
    for name in names:
        key = next((path for place in looked_in if (path := f"{place}/{name}") in entries), None)
        if key is not None:
            target = _link(entries[key])
            found[name] = key if target is None else LINK + target
    return found


def _locked(key: str, body: Mapping[str, Any], entries: Mapping[str, Any]) -> Locked:
    optional_peers = _optional_peers(body)
    names = set(_names(body, "dependencies", "optionalDependencies", "peerDependencies")) - optional_peers
    name, version = body.get("name"), body.get("version")
    return Locked(
        name=label(name if isinstance(name, str) else key.rpartition(_MODULES)[2]),
        version=label(version) if isinstance(version, str) else "",
        dependencies=_resolved(key, sorted(names), entries),
        optional=frozenset(_names(body, "optionalDependencies")),
        peers=frozenset(_names(body, "peerDependencies")),
        optional_peers=optional_peers,
        dev=body.get("dev") is True or body.get("devOptional") is True,
        bins=tuple(sorted(_names(body, "bin"))),
    )


def _optional_peers(body: Mapping[str, Any]) -> frozenset[str]:
    meta = body.get("peerDependenciesMeta")
    if not isinstance(meta, dict):
        return frozenset()
    return frozenset(name for name, entry in meta.items() if isinstance(entry, dict) and entry.get("optional") is True)
