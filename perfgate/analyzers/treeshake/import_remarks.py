"""Imports of a service that keep more in its bundle than it needs: of whole packages, of namespaces, for side effects."""

from collections.abc import Iterator

from perfgate.analyzers.treeshake.shaken_service import Repository, Served
from perfgate.analyzers.treeshake.whole_packages import WHOLE_PACKAGES
from perfgate.javascript.bindings import ALL, DEFAULT, Binding, ModuleUse
from perfgate.javascript.members import uses
from perfgate.javascript.module import Module
from perfgate.report.model import Remark
from perfgate.workspace.resolution import Importable

_RUNNING = ("import", "require", "dynamic")


def remarks(repository: Repository, served: Served) -> Iterator[Remark]:
    """Everything that the imports of the service's own modules, and of its libraries, give reason to say."""
    files = [*served.own, *(path for _, shaken in served.shaken for path in shaken.available)]
    for path in dict.fromkeys(files):
        module = served.graph.module(path)
        for link in module.links if module else ():
            if module is None or link.kind not in _RUNNING:
                continue
            target = served.graph.target(path, link.specifier)
            package = _library(served, target)
            if target is None:
                yield from _whole_package(served, path, module, link)
            elif package is not None and link.kind == "import" and not link.bindings:
                yield _side_effect(repository, served, path, link, target)
            elif package is not None:
                yield from _namespace(served, path, module, link, target, package)


def _library(served: Served, path: str | None) -> Importable | None:
    return next((package for package, shaken in served.shaken if path in shaken.available), None)


def _side_effect(repository: Repository, served: Served, path: str, link: ModuleUse, target: str) -> Remark:
    dropped = not repository.has_effects(target)
    size = served.output.sizes.get(target)
    text = "is imported for its side effects only, but its package says that it has none, so bundlers drop it"
    kept = "is imported for its side effects, which keeps it in the bundle whatever is used of it"
    advice = (
        f"List `{target[:400]}` in `sideEffects` of its `package.json`."
        if dropped
        else f"Export a function from `{target[:400]}` and call it where it is needed, or remove the import."
    )
    return Remark(
        kind="dropped-import" if dropped else "side-effect-import",
        subject=target[:214],
        text=text if dropped else kept,
        advice=advice,
        places=(f"{path}:{link.line}",),
        size=size if not dropped else None,
    )


def _namespace(
    served: Served, path: str, module: Module, link: ModuleUse, target: str, package: Importable
) -> Iterator[Remark]:
    found = served.graph.module(target)
    for binding in link.bindings:
        if binding.type_only or not binding.local or not served.graph.is_namespace(target, binding):
            continue
        escapes = uses(module.source, module.code, binding.local).escapes
        is_commonjs_library = found is not None and found.exports.commonjs
        if not escapes and not is_commonjs_library:
            continue
        places = [f"{path}:{module.line(offset)}" for offset in escapes[:5]]
        why = "is handed on as a whole" if escapes else "is a CommonJS module, of which all is kept"
        yield Remark(
            kind="namespace-import",
            subject=link.specifier[:214],
            text=f"its namespace `{binding.local[:100]}` {why}, so that nothing can be left out",
            advice=f'Import what is used by name: `import {{ ... }} from "{link.specifier[:200]}"`.',
            places=(f"{path}:{link.line}", *places),
            size=_bytes(served, package),
        )


def _bytes(served: Served, package: Importable) -> int | None:
    """What the library takes in the bundle."""
    sizes = [
        served.output.sizes.get(path, 0) for one, shaken in served.shaken if one is package for path in shaken.available
    ]
    return sum(sizes) or None


def _whole_package(served: Served, path: str, module: Module, link: ModuleUse) -> Iterator[Remark]:
    better = WHOLE_PACKAGES.get(link.specifier)
    if better is None:
        return
    values = [binding for binding in link.bindings if not binding.type_only]
    whole = [binding for binding in values if _takes_all(module, link, binding)]
    if not (whole or (better.when == "always" and (values or not link.bindings))):
        return
    name = "/".join(link.specifier.split("/")[: 2 if link.specifier.startswith("@") else 1])
    sizes = [size for source, size in served.output.sizes.items() if f"node_modules/{name}/" in source]
    if served.output.sizes and not sizes:
        return
    yield Remark(
        kind="whole-package-import",
        subject=link.specifier[:214],
        text="comes into the bundle as a whole",
        advice=f"Instead of all of `{link.specifier[:214]}`, {better.advice}.",
        places=(f"{path}:{link.line}",),
        size=sum(sizes) or None,
    )


def _takes_all(module: Module, link: ModuleUse, binding: Binding) -> bool:
    """Whether a binding is the whole package: its default export, or a namespace that is not only asked for members."""
    if binding.imported == DEFAULT:
        return True
    if binding.imported != ALL:
        return False
    return not binding.local or link.kind == "require" or bool(uses(module.source, module.code, binding.local).escapes)
