"""The shared libraries of a repository, and all the source files in it with the package each belongs to."""

import os
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfgate import reading
from perfgate.reading import UnreadableError
from perfgate.workspace import tsconfig
from perfgate.workspace.packages import Manifests
from perfgate.workspace.resolution import EXTENSIONS, Importable
from perfgate.workspace.services import Workspace

_TSCONFIGS = ("tsconfig.base.json", "tsconfig.json")
_MAX_BYTES = 4 * 1024 * 1024
_LIBRARY_FOLDERS = ("libs", "packages", "shared", "modules")
_OUTPUT = frozenset(["dist", "build", "out", "coverage"])
_TEST = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|e2e|specs?|cypress|fixtures|__fixtures__|stories)/"
    r"|[.-](?:test|spec|stories|e2e|e2e-spec|bench|cy)\.[^/]+$"
)
_USERS = (*EXTENSIONS, ".vue", ".svelte", ".astro", ".mdx")


@dataclass(frozen=True, slots=True)
class Libraries:
    """The packages of a repository by name, which of them may be shared libraries, and the `paths` of tsconfig.

    `folders` are the folders that files belong to: of packages, services and libraries, "" for the rest. `broken` are
    tsconfig files that could not be read, so that libraries and imports of them may be unknown.
    """

    packages: Mapping[str, Importable] = field(default_factory=dict)
    shared: tuple[Importable, ...] = ()
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    def owner(self, path: str) -> str:
        """The innermost of `folders` that holds a file."""
        folder = posixpath.dirname(path)
        while folder and folder not in self.folders:
            folder = posixpath.dirname(folder)
        return folder


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 214 and text.isprintable()


def is_test(path: str) -> bool:
    """Whether a file is a test, a story or a fixture, by its path."""
    return bool(_TEST.search(path))


def find(workspace: Workspace) -> Libraries:
    """Find them: packages of the workspace that are no service, libraries of nest-cli.json, and what `paths` lead to."""
    warnings: list[str] = []
    manifests = Manifests(workspace.root, warnings)
    services = {service.path for service in workspace.services if service.path}
    packages: dict[str, Importable] = {}
    for folder in manifests.workspace_folders():
        data = manifests.json(f"{folder}/package.json")
        name = data.get("name")
        if isinstance(name, str) and _is_name(name):
            packages.setdefault(name, Importable(name, folder, data))
    broken: list[str] = []
    paths = _paths(workspace.root, broken)
    shared = [package for package in packages.values() if package.folder not in services]
    shared += _aliased(workspace, manifests, paths, {package.folder for package in packages.values()} | services)
    folders = services | {package.folder for package in [*packages.values(), *shared]}
    found = tuple(sorted(shared, key=lambda package: package.name))
    return Libraries(packages, found, paths, frozenset(folders - {".", ""}), tuple(warnings), tuple(broken))


def _aliased(
    workspace: Workspace, manifests: Manifests, paths: Mapping[str, tuple[str, ...]], known: set[str]
) -> Iterator[Importable]:
    """Libraries without a package.json of their own, which tsconfig gives a name."""
    projects = manifests.json("nest-cli.json").get("projects")
    entries = projects.values() if isinstance(projects, dict) else ()
    nest = {body.get("root") for body in entries if isinstance(body, dict) and body.get("type") == "library"}
    seen = set(known)
    for alias, targets in paths.items():
        for target in targets if "*" not in alias else ():
            folder = target.partition("/src")[0] if "/src" in target else posixpath.dirname(target)
            is_library = folder in nest or folder.split("/")[0] in _LIBRARY_FOLDERS
            if is_library and _is_name(alias) and folder not in seen and (workspace.root / folder).is_dir():
                seen.add(folder)
                yield Importable(alias, folder, manifests.json(f"{folder}/package.json"))


def _paths(root: Path, problems: list[str]) -> dict[str, tuple[str, ...]]:
    """The `paths` of the tsconfig files in the root, and of those they extend, relative to it."""
    found: dict[str, tuple[str, ...]] = {}
    texts: dict[str, str | None] = {}

    def read(name: str) -> str | None:
        if name not in texts:
            texts[name] = _text(root, name, problems)
        return texts[name]

    def note(problem: str) -> None:
        if problem not in problems:
            problems.append(problem)

    for name in _TSCONFIGS:
        chain = list(tsconfig.options(name, read, note))
        bases = [posixpath.join(folder, base) for folder, one in chain if isinstance(base := one.get("baseUrl"), str)]
        for folder, one in chain:
            for key, targets in paths.items() if isinstance(paths := one.get("paths"), dict) else ():
                listed = [target for target in targets if isinstance(target, str)] if isinstance(targets, list) else []
                places = (posixpath.join(bases[0] if bases else folder, target) for target in listed)
                found.setdefault(key, tuple(posixpath.normpath(place) for place in places))
    return found


def _text(root: Path, name: str, problems: list[str]) -> str | None:
    """The text of a file; None where there is none, and a problem where it cannot be read."""
    try:
        return reading.content(root, name, _MAX_BYTES).decode("utf-8", "replace")
    except UnreadableError as error:
        if not (error.missing or (root / name[:200]).is_dir()):
            problems.append(f"{name[:200]} {error}")
        return None


def code_files(root: Path, libraries: Libraries, unreadable: dict[str, str]) -> Iterator[str]:
    """The source files of the repository, sorted by folder; no installed packages, no build output, no links."""
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            unreadable[folder] = f"{folder or '.'} cannot be read: {error.strerror}"
            continue
        is_top = not folder or folder in libraries.folders
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not (
                    entry.name.startswith(".") or entry.name == "node_modules" or (is_top and entry.name in _OUTPUT)
                ):
                    pending.append(path)
            elif entry.name.endswith(_USERS) and not entry.name.endswith(".d.ts") and not entry.is_symlink():
                yield path
