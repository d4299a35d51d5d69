"""How much of the shared libraries a service keeps that it does not need: one formula for each kind of build output."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from perfgate.analyzers.treeshake.bundled import Bundled
from perfgate.analyzers.treeshake.module_graph import Graph, Leaf
from perfgate.analyzers.treeshake.reachability import Reach
from perfgate.javascript.bindings import ALL
from perfgate.javascript.module import Module
from perfgate.workspace.libraries import is_test


@dataclass(slots=True)
class Shaken:
    """Lines of one library in one service, by file. With a source map `kept` is exact; `size` are bytes by line there.

    Without a map `kept` holds the lines that the bundler is told or estimated to keep.
    """

    available: dict[str, frozenset[int]] = field(default_factory=dict)
    kept: dict[str, set[int]] = field(default_factory=dict)
    needed: dict[str, set[int]] = field(default_factory=dict)
    sizes: dict[str, Mapping[int, int]] = field(default_factory=dict)
    # Lines of a file that are kept without it being known which ones they are.
    estimated: dict[str, float] = field(default_factory=dict)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Lines that are available, kept, needed, and kept without need."""
        available = sum(map(len, self.available.values()))
        needed = sum(map(len, self.needed.values()))
        kept = sum(len(lines) for path, lines in self.kept.items() if path not in self.estimated)
        waste = sum(map(len, self.waste.values()))
        for path, lines in self.estimated.items():
            kept += round(lines)
            waste += max(0, round(lines) - len(self.needed.get(path, ())))
        return available, kept, needed, waste

    @property
    def waste(self) -> dict[str, set[int]]:
        """The lines that are kept without need, by file."""
        found = {path: lines - self.needed.get(path, set()) for path, lines in self.kept.items()}
        return {path: lines for path, lines in found.items() if lines}

    def wasted_bytes(self, path: str, lines: set[int] | None = None) -> int:
        """Bytes in the bundle of the lines of a file that are kept without need; of only those among `lines`."""
        of_path = self.sizes.get(path, {})
        waste = self.waste.get(path, set())
        return sum(of_path.get(line, 0) for line in (waste if lines is None else waste & lines))

    @property
    def size(self) -> int:
        """The same for all files."""
        return sum(self.wasted_bytes(path) for path in self.waste)


def effectiveness(counts: tuple[int, int, int, int]) -> float:
    """Of the lines that are not needed, the percentage that was left out; 100 when all are needed."""
    available, _, needed, waste = counts
    unneeded = available - needed
    return 100.0 if unneeded <= 0 else round(100 * (1 - min(1.0, waste / unneeded)), 1)


def retained(counts: tuple[int, int, int, int]) -> float:
    """Of the lines that the libraries have, the percentage that is in the bundle."""
    available, kept, _, _ = counts
    return round(100 * min(1.0, kept / available), 1) if available else 0.0


def needed(
    graph: Graph, own: list[str], inside: Callable[[str], bool], has_effects: Callable[[str], bool]
) -> tuple[Reach, set[str]]:
    """What the modules of a service take from libraries, and the library files that they import."""
    reach = Reach(graph, has_effects, inside)
    entered: set[str] = set()
    for path in own:
        module = graph.module(path)
        for link in module.links if module else ():
            target = graph.target(path, link.specifier)
            if target is None or not inside(target) or link.kind in ("type", "type-export"):
                continue
            entered.add(target)
            reach.need(leaf for leaf, _ in graph.taken(path, link))
            if link.kind in ("dynamic", "require") and not link.bindings:
                reach.need([Leaf(target, ALL)])
            if has_effects(target):
                reach.load(target)
    return reach, entered


def shaken(graph: Graph, paths: list[str], bundled: Bundled, reach: Reach, scale: float) -> Shaken:
    """Compare what is needed of the files of one library with what is in the bundle."""
    found = Shaken()
    for path in paths:
        module = graph.module(path)
        if module is None or is_test(path):
            continue
        found.available[path] = module.lines
        found.needed[path] = reach.lines(path)
        found.sizes[path] = bundled.lines.get(path, {})
        if bundled.method == "source map":
            found.kept[path] = _surviving(module, found.sizes[path])
        elif bundled.method == "stats":
            found.kept[path] = _told(graph, path, bundled)
        elif bundled.sizes.get(path):
            if bundled.formats.get(path) == "cjs":
                found.kept[path] = set(module.lines)
            else:
                share = bundled.sizes[path] / max(1.0, scale * code_bytes(graph, path))
                found.estimated[path] = min(1.0, share) * len(module.lines)
    return found


def _surviving(module: Module, lines: Mapping[int, int]) -> set[int]:
    """The lines of code of the declarations of which anything survives.

    Bundlers leave out declarations, not lines, and maps differ in how many lines of a declaration they speak of.
    """
    kept = (one for one in module.declarations if any(line in lines for line in range(one.first, one.last + 1)))
    return {line for one in kept for line in range(one.first, one.last + 1)} & module.lines


def _told(graph: Graph, path: str, bundled: Bundled) -> set[int]:
    """The lines a bundler keeps of a module by its statistics: what the used exports need in it, and what it does."""
    module = graph.module(path)
    if path not in bundled.exports or module is None:
        return set()
    used = bundled.exports[path]
    if used is None:
        return set(module.lines)
    reach = Reach(graph, lambda _: False, lambda other: other == path)
    reach.need(leaf for name in used if (leaf := graph.leaf(path, name)))
    reach.load(path)
    return reach.lines(path)


_BLANKS = re.compile(r"[ \t]+")


def code_bytes(graph: Graph, path: str) -> int:
    """About how many bytes the code of a file would take that is neither minified nor shaken."""
    module = graph.module(path)
    if module is None:
        return 0
    texts = module.source.split("\n")
    return sum(len(_BLANKS.sub(" ", texts[line - 1].strip())) + 1 for line in module.lines if line <= len(texts))


def scale(graph: Graph, own: list[str], bundled: Bundled) -> float:
    """How much smaller the service's own modules, which are kept as they are, became in the bundle: what minifying does."""
    pairs = [(bundled.sizes[path], code_bytes(graph, path)) for path in own if bundled.sizes.get(path)]
    code = sum(after for _, after in pairs)
    return min(2.0, max(0.1, sum(before for before, _ in pairs) / code)) if code else 1.0
