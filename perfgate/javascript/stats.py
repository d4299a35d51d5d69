"""The stats of bundlers: of webpack, rspack and what writes the same shape for vite and rollup, and the raw data of
rollup-plugin-visualizer.

Their sizes are of the modules before they were minified, so that what they say of a file is an estimate.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from perfgate.javascript.parts import Link, Parts, ends_with, readable

_MORE_MODULES = re.compile(r" \+ \d+ modules?$")
_QUERY = re.compile(r"\?[^/]*$")
_MAX_DEPTH = 50


def parts(data: Any, path: str, size: int) -> Parts | None:
    """What stats say of this file, scaled to its size; None when they do not speak of it.

    They do when they name it and, where they know its size, it has that. Paths are as the bundler wrote them.
    """
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("nodeParts"), dict) and isinstance(data.get("nodeMetas"), dict):
        found = _of_visualizer(data, path)
    else:
        found = _of_webpack(data, path, size)
    sizes = _scaled(found.sizes, size) if found else {}
    return replace(found, sizes=sizes) if found and sizes else None


def _scaled(sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """The sizes, made smaller in proportion where they add up to more than the file has; what has no name is left out."""
    total = max(size, sum(sizes.values()))
    return {name: scaled for name, part in sizes.items() if name and (scaled := part * size // total)}


# webpack


def _of_webpack(data: Mapping[str, Any], path: str, size: int) -> Parts | None:
    for compilation in _compilations(data, 0):
        chunks = _chunks(compilation, path, size)
        if chunks is not None:
            return _modules(compilation, chunks)
    return None


def _compilations(data: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """The stats themselves, and those of each configuration where there are several."""
    yield data
    if depth < _MAX_DEPTH:
        for child in _dicts(data.get("children")):
            yield from _compilations(child, depth + 1)


def _chunks(data: Mapping[str, Any], path: str, size: int) -> frozenset[Any] | None:
    """The ids of the chunks that are in this file; None when it is no asset of this compilation."""
    for asset in _dicts(data.get("assets")):
        name, known = asset.get("name"), asset.get("size")
        if isinstance(name, str) and ends_with(path, _QUERY.sub("", name)) and known in (None, size):
            ids = frozenset(_ids(asset.get("chunks")))
            return ids or frozenset(
                chunk["id"]
                for chunk in _dicts(data.get("chunks"))
                if name in _ids(chunk.get("files")) and _is_id(chunk.get("id"))
            )
    return None


def _modules(data: Mapping[str, Any], chunks: frozenset[Any]) -> Parts:
    sizes: dict[str, int] = {}
    links: list[Link] = []
    entries: list[str] = []
    exports: dict[str, frozenset[str] | None] = {}
    for module, size in _flat(data, chunks):
        name = _name(module)
        if "usedExports" in module:
            exports[name] = _used(module)
        sizes[name] = sizes.get(name, 0) + size
        for reason in _dicts(module.get("reasons")):
            importer = reason.get("resolvedModule") or reason.get("moduleName")
            if isinstance(importer, str):
                specifier = reason.get("userRequest")
                links.append(Link(_clean(importer), specifier if isinstance(specifier, str) else name, name))
            elif "entry" in str(reason.get("type")):
                entries.append(name)
    return Parts(sizes, tuple(links), tuple(dict.fromkeys(entries)), exports=exports)


def _used(module: Mapping[str, Any]) -> frozenset[str] | None:
    """The exports of a module that are used; None: all of them, or it cannot be told."""
    used, provided = module.get("usedExports"), module.get("providedExports")
    if isinstance(used, list) and isinstance(provided, list):
        return frozenset(name for name in used if isinstance(name, str))
    return frozenset() if used is False else None


def _flat(data: Mapping[str, Any], chunks: frozenset[Any]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Each module of these chunks with its size; of modules that were put together, each of them."""
    listed = _dicts(data.get("modules")) or [
        {**module, "chunks": [chunk.get("id")]}
        for chunk in _dicts(data.get("chunks"))
        for module in _dicts(chunk.get("modules"))
    ]
    pending = [module for module in listed if chunks.intersection(_ids(module.get("chunks")))]
    while pending:
        module = pending.pop()
        inner = _dicts(module.get("modules"))
        size = module.get("size")
        if inner:
            # The reasons of the whole are those of the first of them, its root.
            first = {**inner[0], "reasons": [*_dicts(inner[0].get("reasons")), *_dicts(module.get("reasons"))]}
            pending += [first, *inner[1:]]
        elif isinstance(size, int | float) and size >= 0:
            yield module, int(size)


def _name(module: Mapping[str, Any]) -> str:
    """The path of a module: the absolute one where it is told, else the name that is shown to people.

    A bundler that is told to be brief puts modules together without a name; their bytes count in proportion all the same.
    """
    for key in ("nameForCondition", "name", "identifier"):
        name = module.get(key)
        if isinstance(name, str) and name:
            return _clean(name)
    return ""


def _clean(name: str) -> str:
    """The path in a name such as `css-loader!./a.css?x + 3 modules`."""
    path = _MORE_MODULES.sub("", name).rpartition("!")[2].partition("|")[2 if name.startswith("javascript/") else 0]
    return readable(_QUERY.sub("", path or name).replace("\\", "/").replace("\0", "") or name)


# rollup-plugin-visualizer


def _of_visualizer(data: Mapping[str, Any], path: str) -> Parts | None:
    metas = {uid: meta for uid, meta in data["nodeMetas"].items() if isinstance(meta, dict) and _text(meta.get("id"))}
    sizes: dict[str, int] = {}
    spoken_of = False
    for meta in metas.values():
        inside = meta.get("moduleParts")
        for bundle, uid in inside.items() if isinstance(inside, dict) else ():
            if ends_with(path, bundle):
                spoken_of = True
                part = data["nodeParts"].get(uid) if isinstance(uid, str) else None
                length = part.get("renderedLength") if isinstance(part, dict) else None
                if type(length) is int and length > 0:
                    name = _clean(meta["id"])
                    sizes[name] = sizes.get(name, 0) + length
    if not spoken_of:
        return None
    entries = tuple(_clean(meta["id"]) for meta in metas.values() if meta.get("isEntry") is True)
    return Parts(sizes, tuple(_visualizer_links(metas)), entries)


def _visualizer_links(metas: Mapping[str, Mapping[str, Any]]) -> Iterator[Link]:
    for meta in metas.values():
        for entry in _dicts(meta.get("imported")):
            imported = metas.get(uid) if isinstance(uid := entry.get("uid"), str) else None
            if imported and not imported.get("isExternal"):
                name = _clean(imported["id"])
                yield Link(_clean(meta["id"]), name, name)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _dicts(value: Any) -> list[Any]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _ids(value: Any) -> list[Any]:
    return [entry for entry in value if _is_id(entry)] if isinstance(value, list) else []


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str)
