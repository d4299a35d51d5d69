"""Who imports a part of a bundle: the way from it up to the entry point, as `file:line`."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from perfgate.analyzers.bundle.sources import source
from perfgate.javascript.parts import Link, is_package, package_name, unit
from perfgate.javascript.written_imports import imports

_MOST_STEPS = 30
_imports = cache(imports)


@dataclass(frozen=True, slots=True)
class Way:
    """The importer of a part that is nearest to the entry point, and the importers of that, up to there."""

    importer: str | None = None
    chain: tuple[str, ...] = ()


class Importers:
    """The imports of a service, walked from its entry points; packages count as one, as they do in the report."""

    def __init__(self, root: Path, links: Iterable[Link], entries: Sequence[str], units: Iterable[str]) -> None:
        self._root = root
        outgoing: dict[str, list[Link]] = {}
        self._incoming: dict[str, list[Link]] = {}
        for link in links:
            if link.imported is not None and unit(link.importer) != unit(link.imported):
                outgoing.setdefault(unit(link.importer), []).append(link)
                self._incoming.setdefault(unit(link.imported), []).append(link)
        begins = self._begins(entries, {*outgoing, *units})
        self._begins_set = frozenset(begins)
        self._towards = _nearest(outgoing, begins)

    def _begins(self, entries: Sequence[str], units: Iterable[str]) -> list[str]:
        """Where the program begins: entries that nobody imports, since a file that is loaded later is called one too.

        Where no entry is told, the repository's own files that nobody imports.
        """
        told = list(dict.fromkeys(map(unit, entries)))
        first = [name for name in told if name not in self._incoming]
        if told:
            return first or told
        roots = sorted(name for name in units if name not in self._incoming)
        return [name for name in roots if not is_package(name)] or roots

    def way(self, name: str) -> Way:
        """The importers of a part; one that cannot be reached from an entry point still has its own importer."""
        steps = list(self._steps(name))
        if not steps and name not in self._begins_set and name in self._incoming:
            steps = [min(self._incoming[name], key=lambda link: (is_package(link.importer), link.importer))]
            steps += self._steps(unit(steps[0].importer))
        places = [self._place(link) for link in steps[:_MOST_STEPS]]
        return Way(places[0], tuple(places[1:])) if places else Way()

    def _steps(self, name: str) -> Iterator[Link]:
        while (link := self._towards.get(name)) is not None:
            yield link
            name = unit(link.importer)

    def _place(self, link: Link) -> str:
        if is_package(link.importer):
            return unit(link.importer)
        line = _line(self._root, link) or link.line
        return f"{link.importer[:980]}:{line}" if line else link.importer[:1000]


def _nearest(outgoing: Mapping[str, Sequence[Link]], begins: Sequence[str]) -> dict[str, Link]:
    """For each part that can be reached, the import on the shortest way; of two, the one by the repository's own files."""
    found: dict[str, Link] = {}
    seen = set(begins)
    level = list(begins)
    while level:
        following: list[str] = []
        for name in sorted(level, key=is_package):
            for link in outgoing.get(name, ()):
                imported = unit(link.imported or "")
                if imported not in seen:
                    seen.add(imported)
                    found[imported] = link
                    following.append(imported)
        level = following
    return found


@cache
def _line(root: Path, link: Link) -> int | None:
    """The line of an import in a source on disk."""
    text = source(root, link.importer)
    written = _imports(text) if text else ()
    for line in (line for specifier, line in written if specifier == link.specifier):
        return line
    # Some bundlers tell what was imported, not what was written.
    for line in (line for specifier, line in written if _names(specifier, link.imported or "")):
        return line
    # Imports that no import statement makes, such as those of a framework's configuration.
    quoted = [at for quote in "'\"`" if (at := text.find(f"{quote}{link.specifier}{quote}")) >= 0]
    return text.count("\n", 0, min(quoted)) + 1 if quoted else None


def _names(specifier: str, path: str) -> bool:
    """Whether a specifier looks as if it led to that path: the same package, or the same name of a file or folder."""
    if is_package(path):
        return unit(path) == unit(f"node_modules/{package_name(specifier)}")
    name = posixpath.splitext(posixpath.basename(specifier))[0]
    stem = posixpath.splitext(path)[0]
    folder = stem.removesuffix("/index").removesuffix("/src")
    return bool(name.strip(".")) and name in (posixpath.basename(stem), posixpath.basename(folder))
