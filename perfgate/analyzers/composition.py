"""What a bundle is made of: from the metafile that esbuild leaves beside it, else from its source map."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from perfgate.errors import ReportError
from perfgate.javascript import source_map
from perfgate.javascript.source_map import SourceMapError
from perfgate.report import codec
from perfgate.report.model import File, Module

METAFILES = ("meta.json", "metafile.json")
MAX_MODULES = 300
OTHERS = "(others)"
_MAX_SOURCE_BYTES = 2_000_000
_PACKAGES = "node_modules/"


@dataclass(frozen=True, slots=True)
class Composition:
    """The largest parts of the files of a service, the bytes nobody claims, and what was wrong with a map."""

    modules: tuple[Module, ...] = ()
    unmapped: int | None = None
    note: str | None = None


@dataclass(slots=True)
class _Parts:
    """Bytes by source path, and who imports what: (importing file, imported path, specifier as written)."""

    sizes: dict[str, int] = field(default_factory=dict)
    imports: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, path: str, size: int) -> None:
        self.sizes[path] = self.sizes.get(path, 0) + size


def compose(root: Path, files: Sequence[File], mapped: Mapping[str, "Mapped"]) -> Composition:
    """The modules of a service, largest first; the smallest beyond MAX_MODULES are added up as OTHERS.

    `mapped` holds what the source maps of files without a metafile say, by path. Packages count as one module each.
    """
    parts = _Parts()
    explained, claimed, notes = 0, 0, []
    for file in files:
        found = dict(_from_metafile(root, file)) or None
        mapping = mapped.get(file.path)
        if found is None and mapping is not None:
            found = dict(mapping.sizes)
            parts.imports += mapping.imports
            notes += [mapping.problem] if mapping.problem else []
        if found:
            explained, claimed = explained + file.size, claimed + sum(found.values())
            for path, size in found.items():
                parts.add(path, size)
    for folder in sorted({_folder(file.path) for file in files}):
        parts.imports += _imports(_metafile(root / folder))
    if not parts.sizes:
        return Composition(note=notes[0] if notes else None)
    return Composition(_ranked(root, parts), max(0, explained - claimed), notes[0] if notes else None)


def has_metafile(root: Path, path: str) -> bool:
    """Whether a metafile speaks of the folder of this file, which makes its source map unnecessary."""
    return bool(_metafile(root / _folder(path)))


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the source map of one file says: bytes by source, imports found in the sources, or what is wrong with it."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    imports: tuple[tuple[str, str, str], ...] = ()
    problem: str | None = None


def from_source_map(root: Path, path: str, content: bytes) -> Mapped | None:
    """Read the source map of a file; None when it has none. A broken one is a value with its problem."""
    try:
        found = source_map.find(root, path, content)
        if found is None:
            return None
        data, folder = found
        return Mapped(source_map.sizes(content, data, folder), tuple(_written_imports(data, folder)))
    except SourceMapError as error:
        return Mapped(problem=f"{path}: {error}"[:1000])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _ranked(root: Path, parts: _Parts) -> tuple[Module, ...]:
    sizes: dict[str, int] = {}
    for path, size in parts.sizes.items():
        sizes[unit(path)] = sizes.get(unit(path), 0) + size
    importers: dict[str, tuple[str, str]] = {}
    for importer, imported, specifier in sorted(parts.imports, key=lambda entry: (_PACKAGES in entry[0], entry)):
        if unit(importer) != unit(imported):
            importers.setdefault(unit(imported), (importer, specifier))
    ranked = sorted(((name, size) for name, size in sizes.items() if size), key=lambda item: (-item[1], item[0]))
    places = {name: _place(root, *importers[name]) for name, _ in ranked[:MAX_MODULES] if name in importers}
    largest = [Module(name=name, size=size, importer=places.get(name)) for name, size in ranked[:MAX_MODULES]]
    rest = sum(size for _, size in ranked[MAX_MODULES:])
    return (*largest, Module(name=OTHERS, size=rest)) if rest else tuple(largest)


def unit(path: str) -> str:
    """What a module counts for: its package below node_modules, else itself, cut to what a report may hold."""
    _, found, inner = path.rpartition(_PACKAGES)
    if not found:
        return path[:1000]
    names = inner.split("/")
    return _PACKAGES + "/".join(names[: 2 if inner.startswith("@") else 1])


def _place(root: Path, importer: str, specifier: str) -> str:
    """`file:line` of an import, where the file can be read and the line be found."""
    if _PACKAGES in importer:
        return unit(importer)
    quoted = re.compile(rf"""(['"`]){re.escape(specifier)}\1""")
    for number, line in enumerate(_source(root, importer), start=1):
        if quoted.search(line):
            return f"{importer}:{number}"[:1000]
    return importer[:1000]


@cache
def _source(root: Path, path: str) -> tuple[str, ...]:
    file = root / path
    try:
        inside = file.resolve().is_relative_to(root.resolve())
        if not inside or file.stat().st_size > _MAX_SOURCE_BYTES:
            return ()
        return tuple(file.read_text(encoding="utf-8", errors="replace").splitlines())
    except OSError:
        return ()


# Metafiles


@cache
def _metafile(folder: Path) -> dict[str, Any]:
    """The metafile of a folder; one that is missing or broken explains nothing."""
    for name in METAFILES:
        try:
            data = codec.parse_json((folder / name).read_bytes(), name)
        except (OSError, ReportError):
            continue
        if isinstance(data, dict) and isinstance(data.get("outputs"), dict) and isinstance(data.get("inputs"), dict):
            return data
    return {}


def _from_metafile(root: Path, file: File) -> Iterator[tuple[str, int]]:
    """Input path and bytes of the output that is this file: of the same name and size."""
    for path, output in _metafile(root / _folder(file.path)).get("outputs", {}).items():
        if not isinstance(output, dict) or output.get("bytes") != file.size:
            continue
        if path.rpartition("/")[2] != file.path.rpartition("/")[2]:
            continue
        inputs = output.get("inputs")
        for name, part in inputs.items() if isinstance(inputs, dict) else ():
            size = part.get("bytesInOutput") if isinstance(part, dict) else None
            if type(size) is int and size > 0:
                yield name, size


def _imports(metafile: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for importer, body in metafile.get("inputs", {}).items():
        for entry in (body.get("imports") or ()) if isinstance(body, dict) else ():
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                written = entry.get("original")
                yield importer, entry["path"], written if isinstance(written, str) else entry["path"]


# Imports as they are written in the sources of a map

_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*['"]([^'"\n./][^'"\n]*)['"]""")


def _written_imports(data: Mapping[str, Any], folder: str) -> Iterator[tuple[str, str, str]]:
    """Which of the repository's own sources import which package, where the map carries their text."""
    contents = data.get("sourcesContent")
    if not isinstance(contents, list) or "sections" in data:
        return
    for name, content in zip(source_map.names(data, folder), contents, strict=False):
        if isinstance(content, str) and _PACKAGES not in name:
            for specifier in dict.fromkeys(_packages(_IMPORT.findall(content))):
                yield name, f"{_PACKAGES}{specifier}", specifier


def _packages(specifiers: Iterable[str]) -> Iterator[str]:
    return (specifier for specifier in specifiers if not specifier.startswith(("node:", "#", "~")))
