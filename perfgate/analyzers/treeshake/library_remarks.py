"""What the shared libraries themselves could do better: barrels, `sideEffects`, and exports that nobody uses."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from perfgate.analyzers.treeshake.library_use import Offer, Use
from perfgate.analyzers.treeshake.module_graph import Graph, Leaf
from perfgate.analyzers.treeshake.reachability import Reach
from perfgate.analyzers.treeshake.shaken_service import Repository, Served
from perfgate.analyzers.treeshake.shaking import Shaken
from perfgate.javascript.bindings import ALL
from perfgate.report.model import Remark
from perfgate.workspace.resolution import Importable

# A library of which more modules do something is not made to be shaken.
_MOST_ACTING = 5


def of_service(repository: Repository, served: Served) -> Iterator[Remark]:
    """Where the libraries of a service keep code in its bundle that it does not need."""
    for package, shaken in served.shaken:
        yield from _barrels(repository, package, shaken)
        if served.output.method != "none" and shaken.counts[-1]:
            yield from _missing_side_effects(repository, package, shaken.size)


def of_library(
    repository: Repository, package: Importable, offers: Sequence[Offer], used: Use, served: Sequence[Served]
) -> Iterator[Remark]:
    """What is to say of a library, whoever bundles it; of `sideEffects` only as long as no bundle shows what they do."""
    shaken = [
        one
        for service in served
        for library, one in service.shaken
        if library is package and service.output.method != "none"
    ]
    if not shaken:
        yield from _missing_side_effects(repository, package, 0)
    yield from _unused(repository, package, offers, used, shaken)


def _barrels(repository: Repository, package: Importable, shaken: Shaken) -> Iterator[Remark]:
    graph = repository.written
    for entry in graph.resolver.entries(package):
        module = graph.module(entry)
        for export in module.exports.found if module else ():
            target = graph.target(entry, export.specifier) if export.name == ALL and export.specifier else None
            if target is None:
                continue
            size = sum(map(shaken.wasted_bytes, _behind(graph, target)))
            if size:
                yield Remark(
                    kind="barrel",
                    subject=target[:214],
                    text="`export *` keeps code of it in bundles that do not need it",
                    advice=_unbarrel(package, target),
                    places=(f"{entry}:{export.line}",),
                    size=size,
                )


def _unbarrel(package: Importable, path: str) -> str:
    if package.manifest and "sideEffects" not in package.manifest:
        manifest = f"{package.folder}/package.json"
        return f'Say `"sideEffects": false` in `{manifest}`, or offer `{path[:400]}` under a path of its own.'
    return f"Offer `{path[:400]}` under a path of its own, so that only who needs it imports it."


def _behind(graph: Graph, path: str) -> set[str]:
    """A file and what it passes on by `export *`."""
    pending, found = [path], set[str]()
    while pending:
        here = pending.pop()
        module = graph.module(here) if here not in found else None
        if module is not None:
            found.add(here)
            targets = (
                graph.target(here, one.specifier) for one in module.exports.found if one.name == ALL and one.specifier
            )
            pending += [target for target in targets if target]
    return found


def _missing_side_effects(repository: Repository, package: Importable, size: int) -> Iterator[Remark]:
    if not package.manifest or "sideEffects" in package.manifest or package.name not in repository.libraries.packages:
        return
    acting, calling = _effects(repository, package)
    if len(acting) > _MOST_ACTING:
        return
    listed = json.dumps([f"./{path.removeprefix(f'{package.folder}/')}" for path, _ in acting]) if acting else "false"
    only = "only the modules named here do" if acting else "no module does"
    doubt = ", if the calls that make its values do not" if calling else ""
    yield Remark(
        kind="missing-side-effects",
        subject=package.name,
        text=f"its `package.json` does not say `sideEffects`, and {only} anything when loaded{doubt}",
        advice=f'Add `"sideEffects": {listed}` to `{package.folder}/package.json`.'[:1000],
        places=(f"{package.folder}/package.json", *(f"{path}:{line}" for path, line in [*acting, *calling[:1]])),
        size=size or None,
        certain=not calling,
    )


def _effects(repository: Repository, package: Importable) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """The modules that do something when they are loaded, and those that make values by calls, each with the first line."""
    acting, calling = [], []
    for path in repository.sources(package, built=False):
        module = repository.written.module(path)
        declared = module.declarations if module else ()
        acts = next((one.first for one in declared if one.acts), None)
        calls = next((one.first for one in declared if one.calls), None)
        if acts is not None:
            acting.append((path, acts))
        elif calls is not None:
            calling.append((path, calls))
    return acting, calling


def _unused(
    repository: Repository, package: Importable, offers: Sequence[Offer], used: Use, shaken: Sequence[Shaken]
) -> Iterator[Remark]:
    """Exports that nobody uses, those with most lines first."""
    graph = repository.written
    unused = [offer for offer in offers if not offer.used]
    inside = _used_inside(graph, package, offers) if unused else set()
    blind = min(graph.problems, default=None)
    ranked = sorted(
        ((offer, _lines(graph, offer.leaf)) for offer in unused), key=lambda pair: (-len(pair[1]), pair[0].leaf)
    )
    for offer, lines in ranked:
        size = sum(one.sizes.get(offer.leaf.path, {}).get(line, 0) for one in shaken for line in lines)
        found = _unused_export(package, offer, lines, used, size=size or None, inside=offer.leaf in inside)
        yield found if blind is None else _doubted(found, blind)


def _doubted(remark: Remark, path: str) -> Remark:
    """The same of a repository of which something could not be read, which may use the export."""
    return replace(remark, text=f"{remark.text}, but `{path[:400] or '.'}` could not be read", certain=False)


def _unused_export(
    package: Importable, offer: Offer, lines: set[int], used: Use, *, size: int | None, inside: bool
) -> Remark:
    name = offer.name[:150]
    if offer.leaf in used.tested:
        who, advice = "only tests use it", f"Remove `{name}` with its tests, or move it to the tests"
    elif offer.leaf in used.typed:
        who, advice = "others use only its type", f"Export the type of `{name}` alone"
    elif inside:
        who, advice = "only its own library uses it", f"Do not export `{name}`"
    else:
        who, advice = "nobody uses it", f"Remove `{name}`"
    mentioned = offer.name in used.mentioned
    count = f"{len(lines)} line{'' if len(lines) == 1 else 's'} of code"
    doubt = ", but its name stands in a text of a file that imports the library" if mentioned else ""
    return Remark(
        kind="unused-export",
        subject=offer.name[:214],
        text=f"is exported by `{package.name}` ({count}), and {who}{doubt}",
        advice=f"{advice} (`{offer.leaf.path[:400]}`).",
        places=(f"{offer.leaf.path}:{min(lines, default=1)}",),
        size=size,
        certain=not mentioned
        and offer.leaf not in used.tested | used.typed
        and package.manifest.get("private", True) is True,
    )


def _lines(graph: Graph, leaf: Leaf) -> set[int]:
    """The lines of code of one export, without what it uses."""
    module = graph.module(leaf.path)
    if module is None:
        return set()
    own = [one for one in module.declarations if leaf.name in one.names and one.is_value]
    lines = {line for one in own for line in range(one.first, one.last + 1)} & module.lines
    return lines or {one.line for one in module.exports.found if leaf.name in (one.name, one.local)}


def _used_inside(graph: Graph, package: Importable, offers: Sequence[Offer]) -> set[Leaf]:
    """Which declarations the used exports need themselves."""
    reach = Reach(graph, lambda _: True, lambda path: path.startswith(f"{package.folder}/"))
    reach.need(offer.leaf for offer in offers if offer.used)
    found = set()
    for path, marked in reach.marked.items():
        module = graph.module(path)
        if module is not None:
            found |= {Leaf(path, name) for index in marked for name in module.declarations[index].names}
    return found
