"""The repository as perfgate sees it: which services it has, and which files each one ships.

Everything read here may come from a pull request: manifests are data, and no path leads out of the workspace.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from perfgate.config import strict_yaml
from perfgate.config.project import Project, ServiceConfig
from perfgate.errors import ReportError
from perfgate.report import codec

_SCRIPTS = "*.{js,mjs,cjs,css}"
_SERVICE_FOLDERS = ("apps", "services")
_RUNNING_SCRIPTS = ("start", "serve", "preview")
_ENTRY_POINTS = ("main", "module", "exports", "types", "typings")
_OUTPUTS = ("dist", "build", "out", ".next/static")
_MANIFEST_BYTES = 4 * 1024 * 1024
_SKIPPED_FOLDERS = frozenset({"node_modules", ".git"})


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


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a service: its path from the root, and the same with hashes replaced, so that builds compare."""

    path: str
    label: str


class EscapeError(Exception):
    """A path that leads out of the workspace; `str()` is the path."""


def discover(root: Path, project: Project) -> Workspace:
    """Find the services of the repository in `root`.

    Named in the project file, or found as applications of nest-cli.json, packages of the workspace that stand in
    `apps` or `services` or can be run, folders of `apps`, and folders of `dist/apps`; a repository without any of these
    is a single service if its package has been built.
    """
    warnings: list[str] = []
    manifest = _Manifests(root, warnings)
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


class _Manifests:
    """Reads manifests; one that cannot be read becomes a warning and counts as empty."""

    def __init__(self, root: Path, warnings: list[str]) -> None:
        self.root = root
        self.warnings = warnings

    def json(self, path: str) -> dict[str, Any]:
        try:
            content = (self.root / path).read_bytes()
            data = codec.parse_json(content, path, _MANIFEST_BYTES)
        except OSError:
            return {}
        except ReportError as error:
            self.warnings.append(f"{error}; it was passed over")
            return {}
        return data if isinstance(data, dict) else {}

    def workspace_patterns(self) -> list[str]:
        """The package globs of pnpm, npm and yarn."""
        workspaces = self.json("package.json").get("workspaces", [])
        if isinstance(workspaces, dict):
            workspaces = workspaces.get("packages", [])
        patterns = [item for item in workspaces if isinstance(item, str)] if isinstance(workspaces, list) else []
        return [*patterns, *self._pnpm_patterns()]

    def _pnpm_patterns(self) -> list[str]:
        file = "pnpm-workspace.yaml"
        try:
            node, problems = strict_yaml.load((self.root / file).read_bytes(), file)
        except OSError:
            return []
        self.warnings += [f"{problem}; it was passed over" for problem in problems]
        packages = node.entries.get("packages") if isinstance(node, strict_yaml.Mapping) else None
        if packages is None or not isinstance(packages[1], strict_yaml.Sequence):
            return []
        return [item.text for item in packages[1].items if isinstance(item, strict_yaml.Scalar)]


def _candidates(root: Path, manifest: _Manifests) -> Iterator[tuple[str, str | None]]:
    """Names and source folders of what could be a service, best evidence first."""
    projects = manifest.json("nest-cli.json").get("projects", {})
    for name, body in projects.items() if isinstance(projects, dict) else ():
        if isinstance(body, dict) and body.get("type") == "application":
            folder = body.get("root")
            yield name, folder if isinstance(folder, str) else None
    for folder in _packages(root, manifest.workspace_patterns()):
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


def _packages(root: Path, patterns: list[str]) -> Iterator[str]:
    """The folders that workspace globs name and that hold a package.json."""
    if patterns:
        globs = [f"{pattern.removeprefix('./').rstrip('/')}/package.json" for pattern in patterns]
        for artifact in match(root, globs):
            yield artifact.path.removesuffix("/package.json")


def _folders(root: Path, parent: str) -> list[str]:
    try:
        with os.scandir(root / parent) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return []


def _single_package(root: Path, manifest: _Manifests) -> dict[str, str | None]:
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


def match(root: Path, globs: Iterable[str], on_error: Callable[[OSError], None] | None = None) -> list[Artifact]:
    """The files below `root` that `globs` name, sorted by path.

    `**`, `*`, `?`, `[a-z]` and `{a,b}` as usual, `!` takes away again; `<hash>` stands for a content hash.
    Raises EscapeError when a match is a link to a place outside of `root`.
    """
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [_regex(glob[1:]) for glob in globs if glob.startswith("!")]
    found: dict[str, Artifact] = {}
    for glob in wanted:
        regex = _regex(glob)
        for path in _files(root, _static_prefix(glob), on_error):
            hit = regex.fullmatch(path)
            if hit and path not in found and not any(no.fullmatch(path) for no in unwanted):
                _check_inside(root, path)
                found[path] = Artifact(path, _label(path, hit))
    return [found[path] for path in sorted(found)]


def _label(path: str, hit: re.Match[str]) -> str:
    """`path` with every part that matched `<hash>` replaced by it."""
    for start, end in sorted((hit.span(group) for group in range(1, len(hit.groups()) + 1)), reverse=True):
        path = f"{path[:start]}<hash>{path[end:]}"
    return path


def _static_prefix(glob: str) -> str:
    """The folder part of a glob before its first special character: where to start looking."""
    special = re.search(r"[*?\[{<]", glob)
    return glob if special is None else glob[: special.start()].rpartition("/")[0]


def _files(root: Path, start: str, on_error: Callable[[OSError], None] | None) -> Iterator[str]:
    """Paths from `root` of all files below `start`, or `start` itself; links to folders are not followed."""
    place = root / start if start else root
    if place.is_file():
        yield start
        return
    pending = [start]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in _SKIPPED_FOLDERS:
                            pending.append(path)
                    elif not entry.is_dir():
                        yield path
        except FileNotFoundError:
            continue
        except OSError as error:
            if on_error:
                on_error(error)


def _check_inside(root: Path, path: str) -> None:
    if not (root / path).resolve().is_relative_to(root.resolve()):
        raise EscapeError(path)


_HASH = r"([A-Za-z0-9_-]{5,64})"


@cache
def _regex(glob: str) -> re.Pattern[str]:
    """A glob as a regular expression over whole paths; one group for each `<hash>`."""
    out, position, depth = "", 0, 0
    while position < len(glob):
        rest = glob[position:]
        if rest.startswith("**/"):
            out, position = out + r"(?:[^/]+/)*", position + 3
        elif rest.startswith("**"):
            out, position = out + r".*", position + 2
        elif rest.startswith("<hash>"):
            out, position = out + _HASH, position + 6
        elif (group := re.match(r"\[!?[^\]/]+\]", rest)) is not None:
            out, position = out + group[0].replace("[!", "[^").replace("\\", "\\\\"), position + len(group[0])
        else:
            part, depth = _character(rest[0], depth)
            out, position = out + part, position + 1
    return re.compile(out + ")" * depth)


def _character(character: str, depth: int) -> tuple[str, int]:
    """One character of a glob as regular expression, and how deep in braces the next one stands."""
    if character == "{":
        return "(?:", depth + 1
    if character == "}" and depth:
        return ")", depth - 1
    if character == "," and depth:
        return "|", depth
    return {"*": r"[^/]*", "?": r"[^/]"}.get(character, re.escape(character)), depth
