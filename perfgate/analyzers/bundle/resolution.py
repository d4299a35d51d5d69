"""Where an import as it is written leads to, among the sources of a bundle and the files of the workspace."""

import posixpath
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from perfgate.analyzers.bundle.package_manifests import dependencies
from perfgate.analyzers.bundle.sources import is_file, is_folder, source
from perfgate.javascript.parts import PACKAGES, Link, is_package, package_name, unit
from perfgate.javascript.written_imports import imports

_EXTENSIONS = (
    ".ts",
    ".tsx",
    ".mts",
    ".cts",
    ".js",
    ".jsx",
    ".mjs",
    ".cjs",
    ".json",
    ".vue",
    ".svelte",
    ".css",
    ".scss",
)
_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs")
_MOST_READ = 2000


class Resolver:
    """Resolves specifiers against the sources of a bundle first; `packages` are the workspace's own, name to folder."""

    def __init__(self, root: Path, sources: Collection[str], packages: Mapping[str, str]) -> None:
        self._root = root
        self._sources = frozenset(sources)
        self._units = frozenset(map(unit, self._sources))
        self._packages = packages
        self._by_stem = _stems(self._sources)
        self._folders: dict[str, bool] = {}
        self._by_end: dict[str, str | None] = {}
        for path in sorted(self._sources):
            if not is_package(path):
                for end in _ends(posixpath.splitext(path)[0]):
                    self._by_end[end] = None if end in self._by_end else path

    def links(self, links: Iterable[Link], *, complete: bool) -> Iterator[Link]:
        """The links with what they lead to.

        Where they are not `complete`, what is not among them is read on disk: sources whose text the map does not carry,
        files that left nothing in the bundle, such as barrels, and manifests of packages.
        """
        pending = deque(links)
        seen = {link.importer for link in pending}
        if not complete:
            pending += [link for path in sorted(self._sources - seen)[:_MOST_READ] for link in self._on_disk(path)]
            pending += self._declared({unit(path) for path in seen})
        seen |= self._sources
        while pending:
            link = pending.popleft()
            imported = link.imported or self.resolve(link.importer, link.specifier)
            if imported is None:
                continue
            yield Link(link.importer, link.specifier, imported, link.line)
            if not complete and imported not in seen and len(seen) < len(self._sources) + _MOST_READ:
                seen.add(imported)
                pending += self._on_disk(imported)

    def _on_disk(self, path: str) -> Iterator[Link]:
        for written, line in () if is_package(path) else imports(source(self._root, path)):
            yield Link(path, written, line=line)

    def _declared(self, known: Collection[str]) -> Iterator[Link]:
        """The dependencies of packages in whose sources no import is to be seen."""
        places = {path.rpartition(PACKAGES)[0] + unit(path) for path in self._sources if is_package(path)}
        for place in sorted(places):
            if unit(place) not in known:
                for name in dependencies(self._root, place):
                    yield Link(f"{place}/package.json", name)

    def resolve(self, importer: str, specifier: str) -> str | None:
        if specifier.startswith("."):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))
            return self._file(path)
        name = package_name(specifier)
        if f"node_modules/{name}" in self._units:
            return f"node_modules/{name}"
        if name in self._packages:
            inner = specifier[len(name) + 1 :]
            folder = self._packages[name]
            places = (posixpath.join(folder, middle, inner).rstrip("/") for middle in ("src", "", "lib"))
            return next((found for place in places if (found := self._file(place))), None)
        return self._aliased(specifier)

    def _aliased(self, specifier: str) -> str | None:
        """The one source whose path ends as an alias such as `@app/common` or `~/lib/a` does."""
        _, _, rest = specifier.partition("/")
        for end in (f"{rest}", f"{rest}/index", f"{rest}/src/index") if rest else ():
            path = self._by_end.get(end)
            if path:
                return path
        return None

    def _file(self, path: str) -> str | None:
        """The source of that path, as it is or without its ending; else a file on disk that left nothing in the bundle."""
        if path in self._sources:
            return path
        stem, extension = posixpath.splitext(path)
        found = self._by_stem.get(path) or (self._by_stem.get(stem) if extension in _SCRIPTS else None)
        return found or (None if is_package(path) or path.startswith("..") else self._disk_file(path))

    def _disk_file(self, path: str) -> str | None:
        folder = posixpath.dirname(path)
        if folder not in self._folders:
            self._folders[folder] = is_folder(self._root, folder)
        if not self._folders[folder]:
            return None
        return next((name for name in _candidates(path) if is_file(self._root, name)), None)


def _stems(sources: Iterable[str]) -> dict[str, str]:
    """Sources by their path without ending, and by their folder where they are its index; scripts before others."""
    ranked = sorted((_rank(posixpath.splitext(path)[1]), path) for path in sources)
    found: dict[str, str] = {}
    for _, path in ranked:
        stem = posixpath.splitext(path)[0]
        found.setdefault(stem, path)
        folder, _, name = stem.rpartition("/")
        if name == "index":
            found.setdefault(folder, path)
    return found


def _rank(extension: str) -> int:
    return _EXTENSIONS.index(extension) if extension in _EXTENSIONS else len(_EXTENSIONS)


def _candidates(path: str) -> Iterator[str]:
    yield path
    stem, extension = posixpath.splitext(path)
    if extension in _SCRIPTS:
        # TypeScript imports its files by the names that they will have when compiled.
        yield stem + extension.replace("j", "t")
        yield f"{stem}.tsx"
    for ending in _EXTENSIONS:
        yield f"{path}{ending}"
    for ending in _EXTENSIONS:
        yield f"{path}/index{ending}"


def _ends(path: str) -> Iterator[str]:
    """The path without its first folder, without its first two, and so on."""
    while path:
        yield path
        _, _, path = path.partition("/")
