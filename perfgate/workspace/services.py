"""The repository as perfgate sees it: which services it has, and which files each one ships.

Everything read here may come from a pull request: manifests are data, and no path leads out of the workspace.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfgate.config.project import Project, ServiceConfig
from perfgate.workspace.packages import Manifests

_SCRIPTS = "*.{js,mjs,cjs,css}"
_SERVICE_FOLDERS = ("apps", "services")
_RUNNING_SCRIPTS = ("start", "serve", "preview")
_ENTRY_POINTS = ("main", "module", "exports", "types", "typings")
_OUTPUTS = ("dist", "build", "out", ".next/static")


@dataclass(frozen=True, slots=True)
class Service:
    """One deployable. `path` is its source folder, if it has one; `artifacts` are the globs of what it ships."""

    name: str
    path: str | None
    artifacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repository on disk and its services, sorted by name. `warnings` are manifests that could not be read."""

    root: Path
    services: tuple[Service, ...]
    warnings: tuple[str, ...] = ()


def discover(root: Path, project: Project) -> Workspace:
    """Find the services of the repository in `root`.

    Named in the project file, or found as applications of nest-cli.json, packages of the workspace that stand in
    `apps` or `services` or can be run, folders of `apps`, and folders of `dist/apps`; a repository without any of these
    is a single service if its package has been built.
    """
    warnings: list[str] = []
    manifest = Manifests(root, warnings)
    folders: dict[str, str | None] = {}
    for name, folder in _candidates(root, manifest):
        if name not in folders or (folders[name] is None and folder):
            folders[name] = folder
    if not folders and not project.services:
        folders = _single_package(root, manifest)
    for name, config in project.services.items():
        folders[name] = config.path or folders.get(name)
    services = (
        Service(name, folder, _globs(root, name, folder, project.services.get(name)))
        for name, folder in sorted(folders.items())
        if name not in project.ignore
    )
    return Workspace(root, tuple(services), tuple(warnings))


def _candidates(root: Path, manifest: Manifests) -> Iterator[tuple[str, str | None]]:
    """Names and source folders of what could be a service, best evidence first."""
    projects = manifest.json("nest-cli.json").get("projects", {})
    for name, body in projects.items() if isinstance(projects, dict) else ():
        if isinstance(body, dict) and body.get("type") == "application":
            folder = body.get("root")
            yield name, folder if isinstance(folder, str) else None
    for folder in manifest.workspace_folders():
        if folder.split("/")[0] in _SERVICE_FOLDERS or _is_deployable(manifest.json(f"{folder}/package.json")):
            yield folder.rsplit("/", 1)[-1], folder
    for folder in _folders(root, "apps"):
        yield folder, f"apps/{folder}"
    for folder in _folders(root, "dist/apps"):
        yield folder, None


def _is_deployable(manifest: dict[str, Any]) -> bool:
    """True for a package that can be run, or is built and offers nothing that another package could import."""
    scripts = manifest.get("scripts")
    scripts = scripts if isinstance(scripts, dict) else {}
    if any(name in scripts for name in _RUNNING_SCRIPTS):
        return True
    return manifest.get("private") is True and "build" in scripts and not any(key in manifest for key in _ENTRY_POINTS)


def _folders(root: Path, parent: str) -> list[str]:
    try:
        with os.scandir(root / parent) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return []


def _single_package(root: Path, manifest: Manifests) -> dict[str, str | None]:
    name = manifest.json("package.json").get("name")
    if not isinstance(name, str) or not any((root / output).is_dir() for output in _OUTPUTS):
        return {}
    return {name.rsplit("/", 1)[-1]: "."}


def _globs(root: Path, name: str, folder: str | None, config: ServiceConfig | None) -> tuple[str, ...]:
    """The artifacts of a service: as configured, else the scripts and styles of its output folder."""
    if config and config.artifacts:
        return config.artifacts
    places = [f"dist/apps/{name}", f"dist/{name}"]
    if folder:
        places += [f"{folder}/{output}".removeprefix("./") for output in _OUTPUTS]
    place = next((place for place in places if (root / place).is_dir()), places[0])
    return (f"{place}/**/{_SCRIPTS}",)
