"""What bundlers leave beside their output about it: metafiles and stats, looked for in the folder of a file and above."""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from perfgate import reading
from perfgate.analyzers.bundle.sources import is_file
from perfgate.errors import ReportError
from perfgate.javascript import metafile, stats
from perfgate.javascript.parts import Link, Parts, is_package
from perfgate.reading import UnreadableError
from perfgate.report import codec

METAFILES = ("meta.json", "metafile.json", "metafile-esm.json", "metafile-cjs.json", "metafile-iife.json")
STATS = (
    "stats.json",
    "webpack-stats.json",
    "rspack-stats.json",
    "rollup-stats.json",
    "vite-stats.json",
    "bundle-stats.json",
    "stats-raw.json",
    "raw-data.json",
)
_VOTERS = 50


class BundlerOutput:
    """Reads each metafile and stats file of a workspace once; one that is broken becomes a problem, once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, Any] = {}
        self._bases: dict[str, str] = {}
        # All outputs of a metafile share its imports.
        self._links: dict[tuple[str, str], tuple[Link, ...]] = {}
        self.problems: dict[str, str] = {}

    def from_metafile(self, path: str, size: int) -> Parts | None:
        """What the nearest metafile that speaks of this file says."""
        for place, data in self._near(path, METAFILES):
            found = metafile.parts(data, path, size) if metafile.is_metafile(data) else None
            if found:
                parts, base = found
                if (place, base) not in self._links:
                    self._links[place, base] = tuple(metafile.links(data, base))
                return replace(parts, links=self._links[place, base])
        return None

    def from_stats(self, path: str, size: int) -> Parts | None:
        """What the nearest stats that speak of this file say, scaled to its size, with paths from the root."""
        for place, data in self._near(path, STATS):
            parts = stats.parts(data, path, size)
            if parts:
                return self._located(place, parts)
        return None

    def problems_near(self, path: str) -> list[str]:
        """What is wrong with files that were looked at for this one."""
        places = (
            place for folder in _folders(path) for name in (*METAFILES, *STATS) for place in [_join(folder, name)]
        )
        return [self.problems[place] for place in places if place in self.problems]

    def _near(self, path: str, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for folder in _folders(path):
            for name in names:
                place = _join(folder, name)
                if place not in self._read:
                    self._read[place] = self._json(place)
                if self._read[place] is not None:
                    yield place, self._read[place]

    def _json(self, place: str) -> Any:
        try:
            return codec.parse_json(reading.content(self._root, place, codec.MAX_BYTES), place)
        except UnreadableError as error:
            if not error.missing:
                self.problems[place] = f"{place} {error}"
        except ReportError as error:
            self.problems[place] = str(error)
        return None

    @cached_property
    def _real_root(self) -> Path:
        return self._root.resolve()

    def _located(self, place: str, parts: Parts) -> Parts:
        if place not in self._bases:
            self._bases[place] = self._base(posixpath.dirname(place), parts)
        locate = _locator(f"{self._real_root}/", self._bases[place])
        sizes: dict[str, int] = {}
        for name, size in parts.sizes.items():
            sizes[locate(name)] = sizes.get(locate(name), 0) + size
        links = (
            Link(locate(link.importer), link.specifier, locate(link.imported) if link.imported else None)
            for link in parts.links
        )
        exports = {locate(name): used for name, used in parts.exports.items()}
        return Parts(sizes, tuple(links), tuple(map(locate, parts.entries)), exports=exports)

    def _base(self, folder: str, parts: Parts) -> str:
        """The folder that relative names of the stats are relative to: the one where most of them are on disk."""
        voters = [name.lstrip("/") for name in parts.sizes if not is_package(name)][:_VOTERS]
        bases = [*_folders(f"{folder}/x" if folder else "x")]
        counts = [sum(is_file(self._root, _join(base, name)) for name in voters) for base in bases]
        best = max(counts, default=0)
        return bases[counts.index(best)] if best else ""


def _locator(root: str, base: str) -> Callable[[str], str]:
    def locate(name: str) -> str:
        if name.startswith(root):
            return name.removeprefix(root)
        path = posixpath.normpath(posixpath.join(base, name.lstrip("/")))
        while path.startswith("../"):
            path = path.removeprefix("../")
        return path[:1000]

    return locate


def _folders(path: str) -> Iterator[str]:
    """The folder of a file and those above it, up to the root of the workspace."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
