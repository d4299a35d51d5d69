"""Which top-level declarations of which modules are needed, starting from what is imported, through everything they mention."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from perfgate.analyzers.treeshake.module_graph import Graph, Leaf, bindings
from perfgate.javascript.bindings import ALL, Binding, ModuleUse
from perfgate.javascript.module import Module


@dataclass(slots=True)
class Reach:
    """The declarations that are needed, as indices by path; grows with every `need` and `load`.

    `has_effects` says whether loading a file counts when nothing is imported from it, as `sideEffects` of its package
    decides. Files for which `inside` is false are not entered.
    """

    graph: Graph
    has_effects: Callable[[str], bool]
    inside: Callable[[str], bool]
    marked: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _loaded: set[str] = field(default_factory=set)
    _seen: set[Leaf] = field(default_factory=set)
    _pending: list[Leaf] = field(default_factory=list)
    _names: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _imports: dict[str, dict[str, list[tuple[ModuleUse, Binding]]]] = field(default_factory=dict)

    def need(self, leaves: Iterable[Leaf]) -> None:
        """Mark what these leaves are, and everything that takes."""
        self._pending += leaves
        while self._pending:
            leaf = self._pending.pop()
            if leaf not in self._seen and self.inside(leaf.path):
                self._seen.add(leaf)
                self._enter(leaf)

    def load(self, path: str) -> None:
        """A module is loaded for its side effects: what it does when loaded is needed, and so is what it imports."""
        self._load(path)
        self.need(())

    def lines(self, path: str) -> set[int]:
        """The lines of code of the declarations of a file that are needed."""
        found = self.graph.module(path)
        if found is None:
            return set()
        marked = (found.declarations[index] for index in self.marked.get(path, ()))
        return {line for one in marked for line in range(one.first, one.last + 1)} & found.lines

    def _enter(self, leaf: Leaf) -> None:
        found = self.graph.module(leaf.path)
        if found is None:
            return
        if leaf.name == ALL:
            self._pending += [declared for _, declared in self.graph.offered(leaf.path)]
            self._load(leaf.path)
            return
        indices = self._declaring(leaf.path, found).get(leaf.name)
        if indices is None:
            indices = self._expression(found, leaf.name)
        for index in indices:
            self._mark(leaf.path, found, index)
        self._load(leaf.path)

    def _expression(self, found: Module, name: str) -> list[int]:
        """The statement of an export that is no declaration: `export default ...` or `exports.name = ...`."""
        lines = {export.line for export in found.exports.found if name in (export.name, export.local)}
        return [index for index, one in enumerate(found.declarations) if any(one.first <= n <= one.last for n in lines)]

    def _declaring(self, path: str, found: Module) -> dict[str, list[int]]:
        if path not in self._names:
            names: dict[str, list[int]] = defaultdict(list)
            for index, one in enumerate(found.declarations):
                for name in one.names if one.kind not in ("type", "ambient") else ():
                    names[name].append(index)
            self._names[path] = names
        return self._names[path]

    def _imported(self, path: str, found: Module) -> dict[str, list[tuple[ModuleUse, Binding]]]:
        if path not in self._imports:
            names: dict[str, list[tuple[ModuleUse, Binding]]] = defaultdict(list)
            for link, binding in bindings(found):
                names[binding.local].append((link, binding))
            self._imports[path] = names
        return self._imports[path]

    def _mark(self, path: str, found: Module, index: int) -> None:
        if index in self.marked[path]:
            return
        self.marked[path].add(index)
        one = found.declarations[index]
        names, imported = self._declaring(path, found), self._imported(path, found)
        for mention in one.mentions:
            if mention in names:
                self._pending.append(Leaf(path, mention))
            for link, binding in imported.get(mention, ()):
                narrowed = ModuleUse(link.kind, link.specifier, link.line, (binding,))
                self._pending += [leaf for leaf, _ in self.graph.taken(path, narrowed, one.start, one.end)]
        first, last = one.first, one.last
        for link, binding in imported.get("", ()):
            if first <= link.line <= last:
                self._pending += [
                    leaf for leaf, _ in self.graph.taken(path, ModuleUse(link.kind, link.specifier, 0, (binding,)))
                ]

    def _load(self, path: str) -> None:
        pending = [path]
        while pending:
            here = pending.pop()
            found = self.graph.module(here) if here not in self._loaded and self.inside(here) else None
            if found is None:
                continue
            self._loaded.add(here)
            for index, one in enumerate(found.declarations):
                if one.acts:
                    self._mark(here, found, index)
            for link in found.links:
                target = (
                    self.graph.target(here, link.specifier) if link.kind in ("import", "export", "require") else None
                )
                if target and self.has_effects(target):
                    pending.append(target)
