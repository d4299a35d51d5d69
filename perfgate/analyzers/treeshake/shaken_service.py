"""One service as far as shaking is concerned: its own modules, its build output, and how each shared library fares in it."""

import fnmatch
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from perfgate.analyzers.bundle.bundler_output import BundlerOutput
from perfgate.analyzers.bundle.sources import is_file
from perfgate.analyzers.treeshake import bundled, library_use, shaking
from perfgate.analyzers.treeshake.bundled import Bundled
from perfgate.analyzers.treeshake.module_graph import Graph
from perfgate.analyzers.treeshake.shaking import Shaken
from perfgate.javascript.parts import PACKAGES, is_package, package_name
from perfgate.workspace.libraries import Libraries, is_test
from perfgate.workspace.resolution import Importable
from perfgate.workspace.services import Service


@dataclass(slots=True)
class Repository:
    """What all services share: where things are, the graph of what people wrote and that of what was built from it."""

    root: Path
    libraries: Libraries
    shared: list[Importable]
    written: Graph
    built: Graph
    files: list[str] = field(default_factory=list)
    closed: frozenset[str] = frozenset()
    _sources: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    beside: BundlerOutput = field(init=False)
    _located: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.beside = BundlerOutput(self.root)

    def sources(self, package: Importable, *, built: bool) -> list[str]:
        key = (package.folder, built)
        if key not in self._sources:
            self._sources[key] = library_use.sources(self.built if built else self.written, package)
        return self._sources[key]

    def unreadable(self, package: Importable, *, built: bool = False) -> list[str]:
        """The modules of a library that could not be read, and folders that could not be searched, each in a sentence."""
        found = {path for path in self.sources(package, built=built) if self.written.module(path) is None}
        found |= {path for path in self.closed if f"{path}/".startswith(f"{package.folder}/")}
        return [self.written.problems[path] for path in sorted(found)]

    def locate(self, name: str, folder: str = "") -> str | None:
        """The file that a source of a map or of statistics stands for; bundlers may have run in `folder`."""
        key = (name, folder)
        if key not in self._located:
            self._located[key] = self._locate(name.partition("?")[0], folder)
        return self._located[key]

    def _locate(self, name: str, folder: str) -> str | None:
        _, found, inner = name.rpartition(PACKAGES)
        if found:
            package = self.libraries.packages.get(package_name(inner))
            return posixpath.join(package.folder, inner[len(package.name) + 1 :]) if package else name
        path = posixpath.normpath(name).lstrip("/")
        if path.startswith(".."):
            return None
        return next((place for place in _places(path, folder) if is_file(self.root, place)), None)

    def has_effects(self, path: str) -> bool:
        """Whether loading a module counts although nothing is taken from it, as its package.json says."""
        owner = self.libraries.owner(path)
        package = next((one for one in self.shared if one.folder == owner), None)
        effects = package.manifest.get("sideEffects", True) if package else True
        if isinstance(effects, list):
            inside = path[len(owner) + 1 :]
            globs = [glob.removeprefix("./") for glob in effects if isinstance(glob, str)]
            return any(fnmatch.fnmatch(inside if "/" in glob else posixpath.basename(inside), glob) for glob in globs)
        return effects is not False


def _places(path: str, folder: str) -> Iterator[str]:
    """Where a source may be: there, or below the folder where the bundler ran, or else at the end of its path.

    A name and a single folder, such as `src/index.ts`, are in every package; they tell nothing without what is in front.
    """
    yield path
    if folder:
        yield f"{folder}/{path}"
    parts = path.split("/")
    yield from ("/".join(parts[start:]) for start in range(1, len(parts) - 2))


@dataclass(slots=True)
class Served:
    """A service with what was found: `own` are its own modules in the bundle, `shaken` its libraries.

    `unreadable` are modules of both that could not be read, each in a sentence.
    """

    service: Service
    output: Bundled
    graph: Graph
    own: list[str]
    shaken: list[tuple[Importable, Shaken]]
    unreadable: list[str] = field(default_factory=list)


def examine(repository: Repository, service: Service) -> Served:
    """Read the output of a service and compare it with what the service needs."""
    folder = service.path if service.path and service.path != "." else ""
    output = bundled.read(repository.root, repository.beside, service, lambda name: repository.locate(name, folder))
    is_built = _is_built(repository, output)
    graph = repository.built if is_built else repository.written
    own = _own(repository, service, output)
    files = {path: package for package in repository.shared for path in repository.sources(package, built=is_built)}
    reach, entered = shaking.needed(graph, own, files.__contains__, repository.has_effects)
    used = {files[path].folder for path in [*reach.marked, *entered, *output.sizes] if path in files}
    scale = shaking.scale(graph, own, output) if output.method == "metafile" else 1.0
    unreadable = _unreadable(repository, graph, output.sources.intersection(own), used) if graph.problems else []
    libraries = [
        (package, shaking.shaken(graph, repository.sources(package, built=is_built), output, reach, scale))
        for package in repository.shared
        if package.folder in used
    ]
    return Served(service, output, graph, own, libraries, unreadable)


def _unreadable(repository: Repository, graph: Graph, own: set[str], used: set[str]) -> list[str]:
    """What could not be read of a service's `own` modules in its bundle, and of the libraries in the folders `used`.

    What is not in the bundle takes nothing, and where there is no library nothing can be taken.
    """
    is_built = graph is repository.built
    found = [path for path in sorted(own) if repository.shared and graph.module(path) is None]
    texts = [graph.problems[path] for path in found]
    behind = _behind(repository, graph, used)
    for package in repository.shared:
        texts += repository.unreadable(package, built=is_built) if package.folder in behind else []
    return texts


def _behind(repository: Repository, graph: Graph, folders: set[str]) -> set[str]:
    """The folders of libraries, and of those that their modules import in turn."""
    libraries = {package.folder: package for package in repository.shared}
    pending, found = [*folders], set[str]()
    while pending:
        folder = pending.pop()
        if folder in found or folder not in libraries:
            continue
        found.add(folder)
        for path in repository.sources(libraries[folder], built=graph is repository.built):
            module = graph.module(path)
            targets = (graph.target(path, link.specifier) for link in module.links) if module else ()
            pending += {repository.libraries.owner(target) for target in targets if target}
    return found


def _is_built(repository: Repository, output: Bundled) -> bool:
    """Whether the bundle was put together from built libraries, and their output does not lead back to the sources."""
    for package in repository.shared:
        inside = [path for path in output.sizes if path.startswith(f"{package.folder}/")]
        written = set(repository.sources(package, built=False))
        if inside and not any(path in written for path in inside):
            return any(path in repository.sources(package, built=True) for path in inside)
    return False


def _own(repository: Repository, service: Service, output: Bundled) -> list[str]:
    """The modules of a service that are in its bundle; without knowing those, all its modules that are no tests."""
    is_own = _belongs(repository, service)
    found = sorted(path for path in {*output.sizes, *output.formats, *output.exports} if is_own(path))
    return found or [path for path in repository.files if service.path and is_own(path) and not is_test(path)]


def _belongs(repository: Repository, service: Service) -> Callable[[str], bool]:
    if service.path and service.path != ".":
        return lambda path: repository.libraries.owner(path) == service.path
    folders = {package.folder for package in repository.shared}
    return lambda path: (
        not is_package(path) and repository.libraries.owner(path) not in folders and is_file(repository.root, path)
    )
