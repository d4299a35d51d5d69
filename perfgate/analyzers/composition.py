"""What a bundle is made of, from the metafile that esbuild leaves beside it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from perfgate.errors import ReportError
from perfgate.report import codec
from perfgate.report.model import File, Module

METAFILES = ("meta.json", "metafile.json")
MAX_MODULES = 300
OTHERS = "(others)"


def modules(root: Path, files: Sequence[File]) -> tuple[Module, ...]:
    """The largest inputs of the files of a service, by size; empty without a metafile that speaks of them.

    The smallest beyond MAX_MODULES are added up as OTHERS.
    """
    sizes: dict[str, int] = {}
    importers: dict[str, str] = {}
    for folder in sorted({file.path.rpartition("/")[0] for file in files}):
        metafile = _read(root / folder)
        for path, size in _inputs(metafile, [file for file in files if file.path.rpartition("/")[0] == folder]):
            sizes[_unit(path)] = sizes.get(_unit(path), 0) + size
        for importer, imported in _imports(metafile):
            if _unit(importer) != _unit(imported):
                importers.setdefault(_unit(imported), importer)
    ranked = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(size for _, size in ranked[MAX_MODULES:])
    largest = [Module(name=name, size=size, importer=importers.get(name)) for name, size in ranked[:MAX_MODULES]]
    return (*largest, Module(name=OTHERS, size=rest)) if rest else tuple(largest)


def _read(folder: Path) -> dict[str, Any]:
    """The metafile of a folder; one that is missing or broken explains nothing."""
    for name in METAFILES:
        try:
            data = codec.parse_json((folder / name).read_bytes(), name)
        except (OSError, ReportError):
            continue
        if isinstance(data, dict) and isinstance(data.get("outputs"), dict) and isinstance(data.get("inputs"), dict):
            return data
    return {}


def _inputs(metafile: dict[str, Any], files: Sequence[File]) -> Iterator[tuple[str, int]]:
    """Input path and bytes for each output that is one of `files`: of the same name and size."""
    known = {(file.path.rpartition("/")[2], file.size) for file in files}
    for path, output in metafile.get("outputs", {}).items():
        if not isinstance(output, dict) or (path.rpartition("/")[2], output.get("bytes")) not in known:
            continue
        inputs = output.get("inputs")
        for name, part in inputs.items() if isinstance(inputs, dict) else ():
            size = part.get("bytesInOutput") if isinstance(part, dict) else None
            if type(size) is int and size > 0:
                yield name, size


def _imports(metafile: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Pairs of importing and imported file; the repository's own files first, as they are who can change it."""
    inputs = metafile.get("inputs", {})
    for importer in sorted(inputs, key=lambda path: ("node_modules/" in path, path)):
        body = inputs[importer]
        for entry in (body.get("imports") or ()) if isinstance(body, dict) else ():
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                yield importer, entry["path"]


def _unit(path: str) -> str:
    """What a module counts for: its package below node_modules, else itself, cut to what a report may hold."""
    _, found, inner = path.rpartition("node_modules/")
    if not found:
        return path[:1000]
    parts = inner.split("/")
    return "node_modules/" + "/".join(parts[: 2 if inner.startswith("@") else 1])
