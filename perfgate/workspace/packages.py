"""The package.json files of the repository, and which of them are packages of its workspace."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from perfgate import reading
from perfgate.config import strict_yaml
from perfgate.errors import ReportError
from perfgate.reading import UnreadableError
from perfgate.report import codec
from perfgate.workspace.files import EscapeError, match
from perfgate.workspace.manifest import FILE, MAX_BYTES, Manifest, is_package_name, read

PNPM_FILE = "pnpm-workspace.yaml"
_SPECIAL = re.compile(r"[*?\[\]{}<>!]")
Manager = Literal["npm", "pnpm", "yarn", "bun"]

_LOCKFILES: dict[str, Manager] = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
}


class Manifests:
    """Reads manifests; one that cannot be read becomes a warning and counts as empty."""

    def __init__(self, root: Path, warnings: list[str]) -> None:
        self.root = root
        self.warnings = warnings

    def json(self, path: str) -> dict[str, Any]:
        content = self._content(path)
        try:
            data = codec.parse_json(content, path, MAX_BYTES) if content is not None else {}
        except ReportError as error:
            self.warnings.append(f"{error}; it was passed over")
            return {}
        return data if isinstance(data, dict) else {}

    def _content(self, path: str) -> bytes | None:
        try:
            return reading.content(self.root, path, MAX_BYTES)
        except UnreadableError as error:
            if not error.missing:
                self.warnings.append(f"{path} {error}; it was passed over")
            return None

    def workspace_patterns(self) -> list[str]:
        """The package globs of pnpm, npm and yarn."""
        return stated_patterns(self.json(FILE), self._content(PNPM_FILE), self.warnings)

    def workspace_folders(self) -> list[str]:
        """The folders that workspace globs name and that hold a package.json, without the root."""
        globs = list(dict.fromkeys(_globs(self.root, self.workspace_patterns())))
        excluded = [glob for glob in globs if glob.startswith("!")]
        folders: dict[str, None] = {}
        for glob in (glob for glob in globs if not glob.startswith("!")):
            try:
                found = match(self.root, [glob, *excluded])
                folders.update((artifact.path.removesuffix(f"/{FILE}"), None) for artifact in found)
            except EscapeError as error:
                self.warnings.append(f"{error} is a link to a place outside of the workspace; it was passed over")
        return sorted(folders)


def stated_patterns(manifest: Mapping[str, Any], pnpm: bytes | None, warnings: list[str]) -> list[str]:
    """The package globs that the root's package.json and the content of pnpm-workspace.yaml state."""
    workspaces = manifest.get("workspaces", [])
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages", [])
    patterns = [item for item in workspaces if isinstance(item, str)] if isinstance(workspaces, list) else []
    if pnpm is None:
        return patterns
    node, problems = strict_yaml.load(pnpm, PNPM_FILE)
    warnings += [f"{problem}; it was passed over" for problem in problems]
    packages = node.entries.get("packages") if isinstance(node, strict_yaml.Mapping) else None
    if packages is None or not isinstance(packages[1], strict_yaml.Sequence):
        return patterns
    return [*patterns, *(item.text for item in packages[1].items if isinstance(item, strict_yaml.Scalar))]


def _globs(root: Path, patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        sign, plain = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
        plain = plain.removeprefix("./").rstrip("/")
        parent, _, last = plain.rpartition("/")
        if last == "*" and not sign and not _SPECIAL.search(parent):
            # The usual pattern: no need to walk through all that is below the packages.
            yield from (f"{parent}/{name}/{FILE}".removeprefix("/") for name in _folders(root / parent))
        else:
            yield f"{sign}{plain}/{FILE}"


def _folders(parent: Path) -> list[str]:
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if not _SPECIAL.search(name))


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the workspace. `folder` is "" for the root of the repository."""

    folder: str
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name, or its folder where it has none that npm would accept."""
        return self.manifest.name or self.folder or "."

    def path(self, file: str) -> str:
        return f"{self.folder}/{file}" if self.folder else file


@dataclass(frozen=True, slots=True)
class Packages:
    """The root package and the packages of its workspace, sorted by folder; `warnings` say what is wrong with them."""

    manager: Manager
    all: tuple[Package, ...]
    warnings: tuple[str, ...] = ()

    @property
    def manifests(self) -> dict[str, Manifest]:
        return {package.folder: package.manifest for package in self.all}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(package.manifest.name for package in self.all if package.manifest.name)

    def removal(self, package: Package, names: Iterable[str]) -> str:
        """The command that takes dependencies out of a package. Names that npm would not accept stay out of it."""
        return self._command(package, "uninstall" if self.manager == "npm" else "remove", names, "")

    def addition(self, package: Package, names: Iterable[str], *, development: bool = False) -> str:
        """The command that declares dependencies in a package."""
        flag = {"npm": " --save-dev"}.get(self.manager, " -D") if development else ""
        return self._command(package, "install" if self.manager == "npm" else "add", names, flag)

    def move(self, package: Package, name: str, *, development: bool) -> str:
        """The command that moves a dependency to the other section; adding alone leaves it where it is."""
        if self.manager in ("yarn", "bun"):
            return f"{self.removal(package, [name])} && {self.addition(package, [name], development=development)}"
        flag = " --save-dev" if development else " --save-prod"
        return self._command(package, "install" if self.manager == "npm" else "add", [name], flag)

    def _command(self, package: Package, verb: str, names: Iterable[str], flag: str) -> str:
        words = " ".join(name for name in names if is_package_name(name))
        alone = len(self.all) == 1
        unique = sum(other.manifest.name == package.manifest.name for other in self.all) == 1
        named = package.manifest.name if unique else None
        where = shlex.quote(named or f"./{package.folder}")
        match self.manager:
            case "npm" if package.folder:
                return f"npm {verb} {words}{flag} -w {where}"
            case "pnpm" if package.folder:
                return f"pnpm {verb} {words}{flag} --filter {where}"
            case "pnpm" if not alone:
                return f"pnpm {verb} {words}{flag} -w"
            case "yarn" if package.folder and named:
                return f"yarn workspace {where} {verb} {words}{flag}"
            case "yarn" | "bun" if package.folder:
                return f"{self.manager} --cwd {shlex.quote(package.folder)} {verb} {words}{flag}"
        return f"{self.manager} {verb} {words}{flag}"


def find(root: Path, standalone: Iterable[str] = ()) -> Packages:
    """The root and the packages of its workspace; `standalone` are folders that may be packages of their own."""
    warnings: list[str] = []
    manifests = Manifests(root, warnings)
    folders = {
        "",
        *manifests.workspace_folders(),
        *(folder for folder in standalone if (root / folder / FILE).is_file()),
    }
    found = tuple(Package(folder, _manifest(root, folder)) for folder in sorted(folders - {"."}))
    present = tuple(package for package in found if package.folder or (root / FILE).exists())
    warnings = [warning for warning in warnings if not warning.startswith(f"{FILE}:")]
    warnings += [package.manifest.remark for package in present if package.manifest.remark]
    warnings += [*_same_names(present), *_cycles(present)]
    return Packages(_manager(root, found[0].manifest), present, tuple(dict.fromkeys(warnings)))


def _manifest(root: Path, folder: str) -> Manifest:
    path = f"{folder}/{FILE}" if folder else FILE
    return read(root, path)


def _manager(root: Path, manifest: Manifest) -> Manager:
    stated = str(manifest.data.get("packageManager", "")).partition("@")[0]
    for manager in _LOCKFILES.values():
        if stated == manager:
            return manager
    return next((manager for file, manager in _LOCKFILES.items() if (root / file).exists()), "npm")


def _same_names(packages: Iterable[Package]) -> Iterator[str]:
    first: dict[str, str] = {}
    for package in packages:
        name = package.manifest.name
        if name and first.setdefault(name, package.manifest.path) != package.manifest.path:
            yield f"{package.manifest.path}: {name} is also the name of {first[name]}"


def _cycles(packages: Iterable[Package]) -> Iterator[str]:
    """One line for each group of packages that need one another."""
    needs = {package.name: package.manifest.in_section("dependencies", "optionalDependencies") for package in packages}
    edges = {name: sorted(set(wanted) & needs.keys() - {name}) for name, wanted in needs.items()}
    for group in _knots(edges):
        first = ", ".join(f"`{name}`" for name in group[:3])
        more = ", ..." if len(group) > 3 else ""
        yield f"{len(group)} packages of the workspace depend on one another in a cycle: {first}{more}"


def _knots(edges: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Groups of nodes of a graph that can all reach one another (Tarjan's algorithm, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    for start in sorted(edges):
        work = [(start, iter(edges[start]))] if start not in order else []
        while work:
            node, targets = work[-1]
            if node not in order:
                order[node] = low[node] = len(order)
                waiting.append(node)
            target = next((t for t in targets if t not in order or t in waiting), None)
            if target is not None and target not in order:
                work.append((target, iter(edges[target])))
                continue
            if target is not None:
                low[node] = min(low[node], order[target])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == order[node]:
                group = waiting[waiting.index(node) :]
                del waiting[len(waiting) - len(group) :]
                if len(group) > 1:
                    yield sorted(group)
