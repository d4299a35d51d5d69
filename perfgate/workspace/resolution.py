"""Which file of the repository an import means: relative paths, package entry points, tsconfig `paths`; nothing is run.

Where a package offers both, the source that people wrote is preferred to what was built from it, because that is where
a finding can be acted upon; `built` turns that around.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXTENSIONS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_OUTPUT = re.compile(r"(?:dist|build|out|lib|es|esm|cjs)(?:/(?:es|esm|cjs|src|module|commonjs))?/")
_SUFFIX = re.compile(r"\.d\.[cm]?ts$|\.[cm]?[jt]sx?$")
# From what leads to a source to what leads anywhere.
_CONDITIONS = ("source", "development", "import", "module", "browser", "node", "default", "require", "types")
_FIELDS = ("source", "module", "main", "types", "typings")
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Importable:
    """A package or library of the repository: what it is called in imports, its folder, its package.json."""

    name: str
    folder: str
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Resolver:
    """Resolves specifiers to paths from `root`. `paths` are those of tsconfig, already relative to it."""

    root: Path
    packages: Mapping[str, Importable]
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    built: bool = False
    _files: dict[str, bool] = field(default_factory=dict)
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def resolve(self, specifier: str, importer: str) -> str | None:
        """The file that `importer` means, or None: it belongs to no package of the repository, or is not there."""
        folder = posixpath.dirname(importer)
        if specifier.startswith("."):
            return self._file(posixpath.normpath(posixpath.join(folder, specifier)))
        key = ("", specifier)
        if key not in self._known:
            self._known[key] = self._bare(specifier)
        return self._known[key]

    def _bare(self, specifier: str) -> str | None:
        for target in self._mapped(specifier):
            if found := self._file(target):
                return found
        for name in _names(specifier):
            if package := self.packages.get(name):
                return self._inside(package, specifier[len(name) :].lstrip("/"))
        return None

    def _mapped(self, specifier: str) -> Iterator[str]:
        """Where the `paths` of tsconfig lead; an exact key first, then the longest."""
        if specifier in self.paths:
            yield from self.paths[specifier]
        for key in sorted((key for key in self.paths if "*" in key), key=len, reverse=True):
            before, _, after = key.partition("*")
            if specifier.startswith(before) and specifier.endswith(after) and before.strip("/"):
                middle = specifier[len(before) : len(specifier) - len(after)]
                yield from (target.replace("*", middle, 1) for target in self.paths[key])

    def _inside(self, package: Importable, subpath: str) -> str | None:
        """The file of a package that an import with this subpath means."""
        for key, targets in self._offered(package):
            before, star, after = key.partition("*")
            if key == subpath:
                middle = ""
            elif star and subpath.startswith(before) and subpath.endswith(after):
                middle = subpath[len(before) : len(subpath) - len(after)]
            else:
                continue
            for target in targets:
                if found := self.source(package.folder, target.replace("*", middle)):
                    return found
        if not subpath:
            return self.source(package.folder, "index") or self.source(package.folder, "src/index")
        return self.source(package.folder, subpath) or self.source(package.folder, f"src/{subpath}")

    def _offered(self, package: Importable) -> Iterator[tuple[str, list[str]]]:
        """Subpaths without the leading `./`, the main one empty, and the targets they may lead to, best first."""
        offered = package.manifest.get("exports")
        if isinstance(offered, dict) and any(key.startswith(".") for key in offered):
            for key, value in offered.items():
                yield key.removeprefix(".").removeprefix("/"), list(_targets(value))
        else:
            fields = [package.manifest.get(name) for name in _FIELDS]
            yield "", [*_targets(offered), *(value for value in fields if isinstance(value, str))]

    def entries(self, package: Importable) -> list[str]:
        """The files through which others reach into a package."""
        found: dict[str, None] = {}
        for key, targets in self._offered(package):
            if "*" in key:
                found.update(dict.fromkeys(self._starred(package.folder, targets)))
            elif file := self._inside(package, key):
                found[file] = None
        for mapped in self.paths.values():
            for target in mapped:
                if "*" not in target and target.startswith(f"{package.folder}/") and (file := self._file(target)):
                    found[file] = None
        return [file for file in found if not file.endswith(".json")]

    def _starred(self, folder: str, targets: Iterable[str]) -> Iterator[str]:
        """The files that a pattern such as `./src/*.ts` names."""
        for target in targets:
            pattern = target.removeprefix("./").replace("*", "**/*", 1)
            if ".." in pattern or pattern.startswith("/"):
                continue
            listed = (self.root / folder).glob(pattern)
            paths = sorted(
                path.relative_to(self.root).as_posix() for path, _ in zip(listed, range(_MOST), strict=False)
            )
            files = [file for path in paths if "node_modules" not in path and (file := self.source("", path))]
            if files:
                yield from files
                return

    def source(self, folder: str, target: str) -> str | None:
        """The source behind a target of a manifest: itself, or what `dist/x.js` was probably built from."""
        path = posixpath.normpath(posixpath.join(folder, target))
        inside = path[len(folder) + 1 :] if folder else path
        sources = []
        if output := _OUTPUT.match(inside):
            stem = _SUFFIX.sub("", inside[output.end() :])
            sources = [posixpath.join(folder, "src", stem), posixpath.join(folder, stem)]
        candidates = [path, *sources] if self.built else [*sources, path]
        return next((found for one in candidates if (found := self._file(one))), None)

    def _file(self, path: str) -> str | None:
        """The file a path without or with another extension, or a folder, stands for."""
        if path.startswith(("../", "/")) or path == "..":
            return None
        stem, extension = posixpath.splitext(path)
        tries = [path] if extension in EXTENSIONS and not path.endswith(".d.ts") else []
        tries += [stem + other for other in _COMPILED.get(extension, ())]
        tries += [path + other for other in EXTENSIONS]
        tries += [f"{path}/index{other}" for other in EXTENSIONS]
        return next((one for one in tries if self._is_file(one)), None)

    def _is_file(self, path: str) -> bool:
        if path not in self._files:
            try:
                self._files[path] = (self.root / path).is_file()
            except (OSError, ValueError):
                self._files[path] = False
        return self._files[path]


def _names(specifier: str) -> Iterator[str]:
    """What could be the name of the package in a specifier: the whole of it, then less and less."""
    while specifier:
        yield specifier
        specifier = specifier.rpartition("/")[0]


def _targets(value: Any) -> Iterator[str]:
    """The paths in a value of `exports`, the best conditions first."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value[:20]:
            yield from _targets(one)
    elif isinstance(value, dict):
        known = [name for name in _CONDITIONS if name in value]
        for name in [*known, *(name for name in value if name not in known and not name.startswith("."))]:
            yield from _targets(value[name])
