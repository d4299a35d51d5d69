"""What the build output of a service says about the sources in it: which lines survived, or at least which files and exports."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from perfgate.analyzers.bundle.bundler_output import METAFILES, STATS
from perfgate.errors import ReportError
from perfgate.javascript import attribution, source_map
from perfgate.javascript.source_map import SourceMapError
from perfgate.javascript.survival import Survival, survival
from perfgate.report import codec
from perfgate.workspace.files import EscapeError, match
from perfgate.workspace.services import Service

Method = Literal["source map", "metafile", "stats", "none"]
_MAX_BYTES = 256 * 1024 * 1024
_MAX_DEPTH = 20
_PACKAGES = "node_modules/"
# What TypeScript writes for an export; minifying makes a letter of `exports`.
_ASSIGNED = re.compile(rb"(?<![\w$.])(?:exports|[A-Za-z_$])\.([\w$]{1,200}) ?=(?!=)")


@dataclass(slots=True)
class Bundled:
    """The sources of one service's artifacts, by the best of what lies beside them.

    `lines` are bytes by line of the repository's own sources, from maps, `sizes` bytes by source. `formats` are the module formats a metafile
    names. `exports` are the exports of each module that stats say are used; None: all. `texts` are the repository's own
    sources that maps carry, `assigned` the names that the artifacts assign to `exports`. `problems` are artifacts and maps
    that could not be read; `broken`: so `lines` lacks some of what is there.
    """

    method: Method = "none"
    lines: Survival = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    exports: dict[str, frozenset[str] | None] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    built: bool = False
    broken: bool = False


def read(root: Path, service: Service, locate: Callable[[str], str]) -> Bundled:
    """Read the artifacts of a service; `locate` turns the name of a source in a map into a path from the root."""
    found = Bundled()
    for path in scripts(root, service, found.problems):
        try:
            content = (root / path).read_bytes()
        except OSError as error:
            found.problems.append(f"{path} cannot be read: {error.strerror}")
            found.broken = True
            continue
        found.built = True
        _add_map(root, path, content, locate, found)
    folders = {path.rpartition("/")[0] for path in scripts(root, service, [])}
    for folder in sorted(folders):
        _add_metafile(root, folder, locate, found)
        _add_stats(root, folder, locate, found)
    return found


def scripts(root: Path, service: Service, problems: list[str]) -> list[str]:
    """The artifacts of a service that are code."""
    errors: list[OSError] = []
    try:
        artifacts = match(root, service.artifacts, errors.append)
    except EscapeError as error:
        problems.append(f"{error} is a link to a place outside of the workspace")
        return []
    problems += [f"{str(error.filename).removeprefix(f'{root}/')} cannot be read: {error.strerror}" for error in errors]
    return [artifact.path for artifact in artifacts if artifact.path.endswith((".js", ".mjs", ".cjs"))]


def _add_map(root: Path, path: str, content: bytes, locate: Callable[[str], str], found: Bundled) -> None:
    def own(name: str) -> str | None:
        # The lines of packages from elsewhere, most of a bundle, are never asked for.
        return None if _PACKAGES in locate(name) else locate(name)

    try:
        mapped = source_map.find(root, path, content)
        if mapped is None:
            return
        sizes = attribution.sizes(content, mapped)
        for source, lines in survival(content, mapped, own).items():
            of_source = found.lines.setdefault(source, {})
            for line, size in lines.items():
                of_source[line] = of_source.get(line, 0) + size
        found.texts |= {locate(name): mapped.text(span) for name, span in mapped.written() if _PACKAGES not in name}
    except SourceMapError as error:
        found.problems.append(f"{path}: {error}"[:1000])
        found.broken = True
        return
    found.method = "source map"
    if b"__esModule" in content:
        found.assigned.update(name.decode("ascii") for name in _ASSIGNED.findall(content))
    for name, size in sizes.items():
        found.sizes[locate(name)] = found.sizes.get(locate(name), 0) + size


def _json(root: Path, path: str, problems: list[str]) -> dict[str, Any]:
    try:
        if not (root / path).resolve().is_relative_to(root.resolve()):
            return {}
        data = codec.parse_json((root / path).read_bytes(), path, _MAX_BYTES)
    except OSError:
        return {}
    except ReportError as error:
        problems.append(str(error))
        return {}
    return data if isinstance(data, dict) else {}


def _add_metafile(root: Path, folder: str, locate: Callable[[str], str], found: Bundled) -> None:
    for name in METAFILES:
        data = _json(root, f"{folder}/{name}".lstrip("/"), found.problems)
        inputs, outputs = data.get("inputs"), data.get("outputs")
        if not isinstance(inputs, dict) or not isinstance(outputs, dict):
            continue
        for path, body in inputs.items():
            kind = body.get("format") if isinstance(body, dict) else None
            found.formats[locate(path)] = kind if isinstance(kind, str) else ""
        if found.method == "none":
            found.method = "metafile"
            for source, size in _shares(outputs):
                located = locate(source)
                found.sizes[located] = found.sizes.get(located, 0) + size


def _shares(outputs: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The sources of each output with the bytes they take there."""
    for body in outputs.values():
        inputs = body.get("inputs") if isinstance(body, dict) else None
        for source, share in inputs.items() if isinstance(inputs, dict) else ():
            size = share.get("bytesInOutput") if isinstance(share, dict) else None
            if type(size) is int and size >= 0:
                yield source, size


def _add_stats(root: Path, folder: str, locate: Callable[[str], str], found: Bundled) -> None:
    for name in STATS if found.method == "none" else ():
        data = _json(root, f"{folder}/{name}".lstrip("/"), found.problems)
        modules = [one for one in _modules(data, 0) if isinstance(one.get("name"), str)]
        if any("usedExports" in one for one in modules):
            found.method = "stats"
            for one in modules:
                # A module that was put together from others stands for the first of them, which is listed below it.
                path = locate(one["name"].split(" + ")[0].split("!")[-1].split("?")[0].removeprefix("./"))
                found.exports[path] = _used(one)
                size = one.get("size")
                found.sizes[path] = size if type(size) is int and size >= 0 else 0


def _modules(data: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    for key in ("modules", "children"):
        listed = data.get(key)
        for one in listed if isinstance(listed, list) and depth < _MAX_DEPTH else ():
            if isinstance(one, dict):
                # Of a module that was put together from others, the parts say more than the whole.
                if key == "modules" and not one.get("modules") and one.get("orphan") is not True:
                    yield one
                yield from _modules(one, depth + 1)


def _used(one: Mapping[str, Any]) -> frozenset[str] | None:
    """The exports of a module that are used; None: all of them, or it cannot be told."""
    used, provided = one.get("usedExports"), one.get("providedExports")
    if isinstance(used, list) and isinstance(provided, list):
        return frozenset(name for name in used if isinstance(name, str))
    return frozenset() if used is False else None
