"""What a bundle is made of: from the metafile of esbuild, else its source map, else the stats of its bundler.

The first two are exact; the sizes of stats are from before a bundle was minified, and so only tell proportions.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from perfgate.analyzers.bundle.bundler_output import BundlerOutput
from perfgate.analyzers.bundle.duplicates import duplicates
from perfgate.analyzers.bundle.importers import Importers, Way
from perfgate.analyzers.bundle.resolution import Resolver
from perfgate.javascript import attribution, source_map, written_imports
from perfgate.javascript.parts import Parts, is_package, unit
from perfgate.javascript.source_map import SourceMapError
from perfgate.report.model import Duplicate, Module, PackageFile

MAX_MODULES = 300
MAX_PACKAGE_FILES = 10
OTHERS = "(others)"

Origin = Literal["metafile", "source map", "stats", "mixed"]


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known of one file: its parts and where that is from, and what was wrong with a source of it."""

    size: int
    parts: Parts = field(default_factory=Parts)
    origin: Origin | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """The largest parts of the files of a service, the bytes nobody claims, and what was wrong with a source of them."""

    modules: tuple[Module, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    unmapped: int | None = None
    origin: Origin | None = None
    note: str | None = None


def explain(root: Path, output: BundlerOutput, path: str, content: bytes) -> Explained:
    """What one file is made of, by the best source there is. A broken one is noted and the next one asked."""
    size = len(content)
    found = output.from_metafile(path, size)
    if found:
        return Explained(size, found, "metafile")
    stats = output.from_stats(path, size)
    problems = output.problems_near(path)
    try:
        mapped = source_map.find(root, path, content)
        if mapped is not None:
            sizes = attribution.sizes(content, mapped)
            # Stats know where an import leads to, but of modules that were put together not what they import.
            links = (*(stats.links if stats else ()), *written_imports.of_map(mapped))
            entries = stats.entries if stats else ()
            return Explained(size, Parts(sizes, links, entries), "source map", tuple(problems))
    except SourceMapError as error:
        problems.insert(0, f"{path}: {error}")
    return Explained(size, stats or Parts(), "stats" if stats else None, tuple(problems))


def compose(root: Path, files: Sequence[Explained], packages: Mapping[str, str]) -> Composition:
    """The parts of a service, largest first; the smallest beyond MAX_MODULES are added up as OTHERS.

    `packages` are those of the workspace, name to folder. A package from elsewhere counts as one part.
    """
    note = _note(files)
    sizes: Counter[str] = Counter()
    for file in files:
        sizes.update(file.parts.sizes)
    if not sizes:
        return Composition(note=note)
    units: dict[str, dict[str, int]] = {}
    for path, size in sizes.items():
        units.setdefault(unit(path), {})[path] = size
    ranked = sorted(((name, sum(inner.values())) for name, inner in units.items()), key=_largest_first)
    ways = _ways(root, files, sizes, packages, [name for name, _ in ranked[:MAX_MODULES]])
    modules = [
        Module(
            name=name,
            size=size,
            importer=ways[name].importer,
            chain=ways[name].chain,
            files=_package_files(name, units[name]),
        )
        for name, size in ranked[:MAX_MODULES]
    ]
    rest = sum(size for _, size in ranked[MAX_MODULES:])
    modules += [Module(name=OTHERS, size=rest)] if rest else []
    unmapped = sum(file.size for file in files) - sizes.total()
    return Composition(tuple(modules), duplicates(root, sizes), unmapped, _origin(files), note)


def _largest_first(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


def _package_files(name: str, sizes: Mapping[str, int]) -> tuple[PackageFile, ...]:
    """The largest files of a package, by their paths inside of it; copies of a package add up."""
    if not is_package(name) or len(sizes) == 1:
        return ()
    inner: Counter[str] = Counter()
    for path, size in sizes.items():
        inner[path.rpartition(f"{name}/")[2]] += size
    ranked = sorted(inner.items(), key=_largest_first)[:MAX_PACKAGE_FILES]
    return tuple(PackageFile(path=path, size=size) for path, size in ranked)


def _ways(
    root: Path, files: Sequence[Explained], sizes: Mapping[str, int], packages: Mapping[str, str], names: Sequence[str]
) -> dict[str, Way]:
    resolver = Resolver(root, sizes.keys(), packages)
    # Files of one build share one tuple.
    shared = {id(file.parts.links): file.parts.links for file in files}
    written = dict.fromkeys(link for links in shared.values() for link in links)
    entries = [entry for file in files for entry in file.parts.entries]
    complete = all(file.origin == "metafile" for file in files if file.origin)
    importers = Importers(root, resolver.links(written, complete=complete), entries, map(unit, sizes))
    return {name: importers.way(name) for name in names}


def _origin(files: Sequence[Explained]) -> Origin | None:
    origins = {file.origin for file in files if file.origin}
    return "mixed" if len(origins) > 1 else next(iter(origins), None)


def _note(files: Sequence[Explained]) -> str | None:
    problems = list(dict.fromkeys(problem for file in files for problem in file.problems))
    if not problems:
        return None
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0][:960]}{more}"
