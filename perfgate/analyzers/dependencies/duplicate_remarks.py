"""Duplicates of the whole repository, each remarked once, and how many of them every package leads to at run time."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from perfgate.analyzers.dependencies.duplicate_versions import DuplicateVersions, Version, duplicate_versions
from perfgate.analyzers.dependencies.usage.on_disk import OnDisk
from perfgate.report.model import Remark

# Binaries for one system go by the versions of the package that brings them.
_BINARY: Final = re.compile(
    r".*[/-](?:linux|darwin|win32|windows|freebsd|openbsd|netbsd|sunos|android|aix|wasm32)(?:-.*)?"
)
_MOST_VERSIONS: Final = 6
_MOST_PLACES: Final = 10

Duplicates = Mapping[str, tuple[DuplicateVersions, ...]]


def find(disk: OnDisk) -> Duplicates | None:
    """The duplicates that each package leads to, by folder; None where neither a lockfile nor node_modules tells."""
    graph = disk.lock or (disk.installed if disk.is_installed else None)
    if graph is None:
        return None
    on_disk = disk.installed if disk.is_installed else None
    return {
        folder: tuple(
            found
            for found in duplicate_versions(graph, folder, disk.manifests, on_disk)
            if not _BINARY.fullmatch(found.name)
        )
        for folder in sorted(disk.manifests)
    }


def at_run_time(duplicates: tuple[DuplicateVersions, ...]) -> frozenset[str]:
    """The packages that come in several versions without devDependencies."""
    return frozenset(found.name for found in duplicates if len(_shipped(found)) > 1)


def remarks(duplicates: Duplicates) -> Iterator[Remark]:
    """One remark for each package in several versions; what only development leads to is not certain."""
    by_name: dict[str, dict[str, DuplicateVersions]] = {}
    for folder, several in duplicates.items():
        for found in several:
            by_name.setdefault(found.name, {})[folder] = found
    yield from (_remark(name, by_folder) for name, by_folder in sorted(by_name.items()))


def _remark(name: str, by_folder: Mapping[str, DuplicateVersions]) -> Remark:
    users = [folder for folder, found in by_folder.items() if len(_shipped(found)) > 1]
    # Of several packages that lead to it, the one where it is shipped explains it best.
    folder = users[0] if users else next(iter(by_folder))
    versions = by_folder[folder].versions
    shown = [f"{version.version} through `{' > '.join(version.chain)}`" for version in versions[:_MOST_VERSIONS]]
    more = f" and {len(versions) - _MOST_VERSIONS} more" if len(versions) > _MOST_VERSIONS else ""
    others = f"; {len(by_folder)} packages of the workspace lead to several" if len(by_folder) > 1 else ""
    reason = "" if users else "; only development needs more than one"
    return Remark(
        kind="duplicate",
        subject=name,
        text=f"installed in {len(versions)} versions: {', '.join(shown)}{more}{others}{reason}"[:1000],
        advice=_advice(
            name, _shipped(by_folder[folder]) if users else versions, _manifest(folder), certain=bool(users)
        ),
        places=tuple(map(_manifest, [*users, *(other for other in by_folder if other not in users)][:_MOST_PLACES])),
        size=max((found.redundant or 0 for found in by_folder.values()), default=0) or None,
        certain=bool(users),
    )


def _advice(name: str, versions: tuple[Version, ...], manifest: str, *, certain: bool) -> str:
    newest, oldest = versions[0], versions[-1]
    condition = "" if certain else " if the tools that bring it matter"
    asking = f"`{oldest.chain[-2]}`" if len(oldest.chain) > 1 else f"`{manifest}`"
    verb = "update" if len(oldest.chain) > 1 else "raise it in"
    return f"Bring `{name}` to {newest.version}{condition}: {verb} {asking}, which asks for {oldest.version}."[:1000]


def _shipped(found: DuplicateVersions) -> tuple[Version, ...]:
    return tuple(version for version in found.versions if not version.development)


def _manifest(folder: str) -> str:
    return f"{folder}/package.json" if folder else "package.json"
