"""Which exports of shared libraries are used, by whom: every import of every other package is followed to the declaration."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from perfgate.analyzers.treeshake.module_graph import Graph, Leaf
from perfgate.javascript.bindings import ALL, ModuleUse
from perfgate.workspace.libraries import Libraries, is_test
from perfgate.workspace.resolution import Importable

_QUOTED = re.compile(r"""(['"`])([\w$]{2,80})\1""")


@dataclass(slots=True)
class Use:
    """What is used of all libraries. `importers` are the files that import from the library in each folder.

    `mentioned` are the words that stand in texts or behind a dot in those files, and so could name an export; `tested` are
    leaves that tests use, `typed` those of which only the type may be used.
    """

    leaves: set[Leaf] = field(default_factory=set)
    tested: set[Leaf] = field(default_factory=set)
    typed: set[Leaf] = field(default_factory=set)
    importers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    mentioned: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Offer:
    """One export of a library: the name it is offered under, where it is declared, and whether somebody uses it."""

    name: str
    leaf: Leaf
    used: bool


def use(graph: Graph, libraries: Libraries, files: Iterable[str]) -> Use:
    """Follow the imports of all files that mention a library, their own library left out."""
    found = Use()
    mention = _mention(libraries)
    for path in files:
        text = graph.text(path)
        if text is None or not mention.search(text):
            continue
        owner = libraries.owner(path)
        module = graph.module(path)
        for link in module.links if module else ():
            target = graph.target(path, link.specifier)
            reached = libraries.owner(target) if target else owner
            if target is None or reached == owner:
                continue
            tested = is_test(path)
            if not tested:
                found.importers[reached].add(path)
                found.mentioned.update(name for _, name in _QUOTED.findall(text))
            # What a library passes on is used when somebody uses it there.
            if link.kind == "export" and any(owner == package.folder for package in libraries.shared):
                continue
            found.typed.update(_typed(graph, link, target))
            leaves = found.tested if tested else found.leaves
            leaves.update(leaf for leaf, _ in graph.taken(path, link) if libraries.owner(leaf.path) != owner)
    return found


def _typed(graph: Graph, link: ModuleUse, target: str) -> Iterator[Leaf]:
    """The values that are imported for their types: a class, or a schema that shares its name with a type."""
    for binding in link.bindings:
        if binding.type_only and binding.imported != ALL and (leaf := graph.leaf(target, binding.imported)):
            yield leaf


def _mention(libraries: Libraries) -> re.Pattern[str]:
    """A quick check: the name of a library, or the last part of its folder, as a relative import would have it."""
    words = {package.name for package in libraries.shared}
    words |= {f"/{package.folder.rpartition('/')[2]}" for package in libraries.shared}
    words |= {key.partition("*")[0] for key in libraries.paths if key.partition("*")[0].strip("@~/")}
    return re.compile("|".join(map(re.escape, sorted(words))) or r"(?!)")


def offers(graph: Graph, package: Importable, used: Use) -> list[Offer]:
    """The runtime exports of a library, each declaration once, under the shortest name it has."""
    found: dict[Leaf, str] = {}
    for entry in graph.resolver.entries(package):
        for name, leaf in graph.offered(entry):
            known = found.get(leaf)
            if known is None or (name != "default", -len(name)) > (known != "default", -len(known)):
                found[leaf] = name
    wholes = {leaf.path for leaf in used.leaves if leaf.name == ALL}
    everything = used.leaves | {leaf for path in wholes for _, leaf in graph.offered(path)}
    return [Offer(name, leaf, leaf in everything or leaf.path in wholes) for leaf, name in sorted(found.items())]


def shared(graph: Graph, libraries: Libraries, used: Use) -> list[Importable]:
    """The packages that are shared libraries: somebody imports them, or depends on them when running."""
    wanted = {
        name
        for package in libraries.packages.values()
        for name in (package.manifest.get("dependencies") or {})
        if isinstance(package.manifest.get("dependencies"), dict)
    }
    return [
        package
        for package in libraries.shared
        if (used.importers.get(package.folder) or package.name in wanted or package.name not in libraries.packages)
        and graph.resolver.entries(package)
    ]


def sources(graph: Graph, package: Importable) -> list[str]:
    """The modules of a library that its entry points lead to, sorted; those that cannot be read are among them."""
    inside = f"{package.folder}/"
    pending, found = graph.resolver.entries(package), set()
    while pending:
        path = pending.pop()
        if path in found or not path.startswith(inside):
            continue
        found.add(path)
        module = graph.module(path)
        for link in module.links if module else ():
            target = graph.target(path, link.specifier) if link.kind not in ("type", "type-export") else None
            if target:
                pending.append(target)
    return sorted(found)
