"""What the build output of a service says about the sources in it: which lines survived, or at least which files and exports."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from perfgate import reading
from perfgate.analyzers.bundle.analysis import MAX_ARTIFACT_BYTES
from perfgate.analyzers.bundle.bundler_output import BundlerOutput
from perfgate.javascript import attribution, source_map
from perfgate.javascript.parts import Parts, is_package
from perfgate.javascript.source_map import SourceMap, SourceMapError
from perfgate.javascript.survival import Survival, survival, texts
from perfgate.reading import UnreadableError
from perfgate.workspace.files import EscapeError, match
from perfgate.workspace.resolution import EXTENSIONS
from perfgate.workspace.services import Service

Method = Literal["source map", "metafile", "stats", "none"]
_METHODS: tuple[Method, ...] = ("source map", "metafile", "stats")
# What TypeScript writes for an export; minifying makes a letter of `exports`.
_ASSIGNED = re.compile(r"(?<![\w$.])(?:exports|[A-Za-z_$])\.([\w$]{1,200}) ?=(?!=)")


@dataclass(slots=True)
class Bundled:
    """The sources of one service's artifacts, by the best of what lies beside them.

    `lines` are bytes by line of the repository's own sources, from maps; `sizes` bytes by source, from metafiles before
    maps before stats. `formats` are the module formats a metafile names. `exports` are the exports of each module that
    stats say are used; None: all. `texts` are the repository's own sources that maps carry, `assigned` the names that the
    code of each of them assigns to `exports`, `strangers` sources that maps name and that lead to no file. `problems` are
    artifacts and what lies beside them that could not be read; `broken`: so what the method tells lacks some of what is
    there.
    """

    method: Method = "none"
    lines: Survival = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    exports: dict[str, frozenset[str] | None] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    assigned: dict[str, set[str]] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    built: bool = False
    broken: bool = False

    @property
    def sources(self) -> set[str]:
        """The repository's own sources, and others, that the method names, those without bytes included."""
        if self.method == "source map":
            return {*self.lines}
        return {*self.sizes, *self.formats, *self.exports}


def read(root: Path, beside: BundlerOutput, service: Service, locate: Callable[[str], str | None]) -> Bundled:
    """Read the artifacts of a service; `locate` gives the file, from the root, that the name of a source stands for."""
    found = Bundled()
    told: dict[Method, set[str]] = {method: set() for method in _METHODS}
    unread: set[str] = set()
    paths = scripts(root, service, found.problems)
    is_closed = bool(found.problems)
    for path in paths:
        try:
            content = reading.content(root, path, MAX_ARTIFACT_BYTES)
        except UnreadableError as error:
            found.problems.append(f"{path} {error}")
            unread.add(path)
            continue
        found.built = True
        mapped = _add_map(root, path, content, locate, found)
        unread |= {path} if mapped is None else set()
        for method in _add_beside(beside, path, len(content), mapped or {}, locate, found):
            told[method].add(path)
    found.problems += dict.fromkeys(text for path in paths for text in beside.problems_near(path))
    found.method = _best(told, paths)
    _judge(found, set(paths) - told.get(found.method, set()), unread)
    found.broken |= is_closed
    return found


def _judge(found: Bundled, silent: set[str], unread: set[str]) -> None:
    """Whether the numbers would lack something: `silent` are the artifacts that the method does not speak of."""
    if found.method in ("metafile", "stats"):
        name = "metafile" if found.method == "metafile" else "statistics"
        found.problems += [f"{path} is in no {name} with this size: build again" for path in sorted(silent - unread)]
        found.broken = bool(silent)
    else:
        # Not everything that ships is bundled, and so has a map.
        found.broken = bool(silent & unread)


def _best(told: Mapping[Method, set[str]], paths: list[str]) -> Method:
    """What tells of all artifacts, or else of any; the most exact first."""
    spoken = [method for method in _METHODS if told[method]]
    complete = [method for method in spoken if told[method].issuperset(paths)]
    return next(iter([*complete, *spoken]), "none")


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


def _add_map(
    root: Path, path: str, content: bytes, locate: Callable[[str], str | None], found: Bundled
) -> dict[str, int] | None:
    """The bytes of all sources by the map of an artifact, nothing where it has none, and None where it is broken."""
    try:
        mapped = source_map.find(root, path, content)
        if mapped is None:
            return {}
        sizes = attribution.sizes(content, mapped)
        _add_lines(content, mapped, sizes, locate, found)
    except SourceMapError as error:
        found.problems.append(f"{path}: {error}"[:1000])
        return None
    return sizes


def _add_lines(
    content: bytes, mapped: SourceMap, sizes: Mapping[str, int], locate: Callable[[str], str | None], found: Bundled
) -> None:
    """Add what a map says of the repository's own sources."""

    def own(name: str) -> str | None:
        # The lines of packages from elsewhere, most of a bundle, are never asked for.
        place = locate(name) or name
        return None if is_package(place) else place

    for source, lines in survival(content, mapped, own).items():
        of_source = found.lines.setdefault(source, {})
        for line, size in lines.items():
            of_source[line] = of_source.get(line, 0) + size
    found.texts |= {own(name) or "": mapped.text(span) for name, span in mapped.written() if own(name)}
    found.strangers += [
        name for name in sizes if not is_package(name) and name.endswith(EXTENSIONS) and locate(name) is None
    ]
    if b"__esModule" in content:
        for source, text in texts(content, mapped, own).items():
            found.assigned.setdefault(source, set()).update(_ASSIGNED.findall(text))


def _add_beside(
    beside: BundlerOutput,
    path: str,
    size: int,
    mapped: Mapping[str, int],
    locate: Callable[[str], str | None],
    found: Bundled,
) -> list[Method]:
    """Add what metafiles and stats say of an artifact, and its bytes by source; returns which of them speak of it."""
    metafile = beside.from_metafile(path, size)
    stats = None if metafile or mapped else beside.from_stats(path, size)
    known: list[Method] = ["source map"] if mapped else []
    if metafile:
        known.append("metafile")
        found.formats |= {locate(name) or name: kind for name, kind in metafile.formats.items()}
    if stats and stats.exports:
        known.append("stats")
        found.exports |= {locate(name) or name: used for name, used in stats.exports.items()}
    sizes = (metafile or stats or Parts()).sizes or mapped
    for name, part in sizes.items():
        source = locate(name) or name
        found.sizes[source] = found.sizes.get(source, 0) + part
    return known
