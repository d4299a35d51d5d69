"""The modules of a repository as a graph: each is read once, when it is asked for, and names lead to where they are declared."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from perfgate import reading
from perfgate.javascript import module
from perfgate.javascript.bindings import ALL, DEFAULT, Binding, ModuleUse
from perfgate.javascript.exports import WHOLE, Export
from perfgate.javascript.members import uses
from perfgate.javascript.module import Module
from perfgate.reading import UnreadableError
from perfgate.workspace.resolution import Resolver

MAX_BYTES = 2_000_000
# Nobody passes a name on through more modules than that.
_MOST_STEPS = 200


class Leaf(NamedTuple):
    """Where something that is exported comes from: a file, and the name it has there; ALL: everything of that file."""

    path: str
    name: str


@dataclass(slots=True)
class Graph:
    """Modules by path. `problems` are files that could not be read, each in a sentence."""

    root: Path
    resolver: Resolver
    problems: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, str | None] = field(default_factory=dict)
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _leaves: dict[Leaf, Leaf | None] = field(default_factory=dict)

    def resolving(self, resolver: Resolver) -> "Graph":
        """The same modules, but with what they import found in another way."""
        return Graph(self.root, resolver, self.problems, self._texts, self._modules)

    def text(self, path: str) -> str | None:
        """The text of a file; None, and a problem, where it has none that could be read."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        try:
            content = _content(self.root, path)
        except UnreadableError as error:
            self.problems[path] = f"{path} {error}; what it uses is not known"
        else:
            return content.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
        return None

    def module(self, path: str) -> Module | None:
        if path not in self._modules:
            text = self.text(path)
            self._modules[path] = None if text is None else module.read(text)
        return self._modules[path]

    def target(self, path: str, specifier: str) -> str | None:
        return self.resolver.resolve(specifier, path)

    def leaf(self, path: str, name: str) -> Leaf | None:
        """Where the export `name` of a file is declared; None for types and for what is not there."""
        here = Leaf(path, name)
        if here not in self._leaves:
            self._leaves[here] = self._leaf(here, set())
        return self._leaves[here]

    def _leaf(self, here: Leaf, seen: set[Leaf]) -> Leaf | None:
        """The same; what was `seen` on the way there is passed over, so that a cycle ends."""
        path, name = here
        found = self.module(path)
        if found is None or here in seen or len(seen) > _MOST_STEPS or name == ALL:
            return here if found is not None and name == ALL else None
        seen.add(here)
        for export in found.exports.found:
            if export.name == name:
                return self._declared(path, found, export, seen)
        for export in found.exports.found:
            if export.name == ALL and export.specifier and not export.type_only and name != DEFAULT:
                target = self.target(path, export.specifier)
                if target and (leaf := self._leaf(Leaf(target, name), seen)):
                    return leaf
        return here if not found.exports.complete else None

    def _declared(self, path: str, found: Module, export: Export, seen: set[Leaf]) -> Leaf | None:
        if export.type_only:
            return None
        if export.specifier is not None:
            return self._elsewhere(path, export.name, export.specifier, export.imported or ALL, seen)
        if export.local is None:
            return Leaf(path, export.name)
        for link, binding in bindings(found):
            if binding.local == export.local:
                if binding.type_only:
                    return None
                return self._elsewhere(path, export.local, link.specifier, binding.imported, seen)
        return Leaf(path, export.local)

    def _elsewhere(self, path: str, local: str, specifier: str, imported: str, seen: set[Leaf]) -> Leaf | None:
        target = self.target(path, specifier)
        # What a library passes on from an installed package is an export of its own.
        return self._leaf(Leaf(target, imported), seen) if target else Leaf(path, local)

    def offered(self, path: str) -> Iterator[tuple[str, Leaf]]:
        """The runtime exports of a file with where they are declared, those of `export *` included."""
        pending, names = [path], set[str]()
        for here in pending:
            found = self.module(here)
            for export in found.exports.found if found else ():
                if export.name != ALL:
                    # A name hides the same one of modules further away.
                    leaf = self.leaf(here, export.name) if export.name not in names else None
                    names.add(export.name)
                    if leaf is not None and (here == path or export.name != DEFAULT):
                        yield export.name, leaf
                elif export.specifier and not export.type_only and (target := self.target(here, export.specifier)):
                    pending += [target] if target not in pending else []

    def taken(self, path: str, link: ModuleUse, start: int = 0, end: int | None = None) -> Iterator[tuple[Leaf, int]]:
        """What a use of another module takes between two offsets, each with the offset that shows it (-1: the import)."""
        found, target = self.module(path), self.target(path, link.specifier)
        if found is None or target is None or link.kind in ("type", "type-export"):
            return
        for binding in link.bindings:
            if not binding.type_only:
                yield from self._taken(found, target, binding, start, end)

    def _taken(
        self, found: Module, target: str, binding: Binding, start: int, end: int | None
    ) -> Iterator[tuple[Leaf, int]]:
        if not self.is_namespace(target, binding):
            if leaf := self.leaf(target, binding.imported):
                yield leaf, -1
            return
        if not binding.local:
            yield Leaf(target, ALL), -1
            return
        used = uses(found.source, found.code, binding.local, start, end)
        for name, offset in used.members.items():
            if leaf := self.leaf(target, name):
                yield leaf, offset
        for offset in used.escapes:
            yield Leaf(target, ALL), offset

    def is_namespace(self, target: str, binding: Binding) -> bool:
        """Whether a binding is a module as a whole: also the default import of one that has no default export."""
        if binding.imported != DEFAULT:
            return binding.imported == ALL
        found = self.module(target)
        return (
            found is not None
            and found.exports.commonjs
            and not any(export.name in (DEFAULT, WHOLE) for export in found.exports.found)
        )


def _content(root: Path, path: str) -> bytes:
    """Raises UnreadableError, also for what is no text."""
    content = reading.content(root, path, MAX_BYTES)
    if b"\0" in content[:4096]:
        raise UnreadableError("is not a text")
    return content


def bindings(found: Module) -> Iterator[tuple[ModuleUse, Binding]]:
    """The names that a module gives to what it imports."""
    for link in found.links:
        if link.kind in ("import", "require", "dynamic", "type"):
            for binding in link.bindings:
                yield link, binding
