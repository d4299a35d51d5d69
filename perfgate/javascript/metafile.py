"""The metafile of esbuild: exact bytes of each input in each output, and the imports between the inputs."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from perfgate.javascript.parts import Link, Parts, ends_with, readable


def is_metafile(data: object) -> bool:
    return isinstance(data, dict) and isinstance(data.get("outputs"), dict) and isinstance(data.get("inputs"), dict)


def parts(data: Mapping[str, Any], path: str, size: int) -> tuple[Parts, str] | None:
    """What the metafile says of the output that is this file: of the same name and size, and adding up to no more.

    Paths in a metafile are relative to where esbuild ran; those of the outputs tell where that was, which comes with it.
    """
    for name, output in data["outputs"].items():
        if not isinstance(output, dict) or output.get("bytes") != size:
            continue
        base = _base(path, name)
        if base is None:
            continue
        sizes = dict(_sizes(output, base))
        entry = output.get("entryPoint")
        if sizes and sum(sizes.values()) <= size:
            entries = (located(base, entry),) if isinstance(entry, str) else ()
            return Parts(sizes, (), entries, dict(_formats(data, output, base))), base
    return None


def _base(path: str, name: str) -> str | None:
    """The folder that the names are relative to, from the root; None when the output is another file."""
    if ends_with(path, name):
        return path[: len(path) - len(name.removeprefix("./"))].rstrip("/")
    # A build that ran in a folder beside its output: all that is left to compare is the name of the file.
    return "" if posixpath.basename(name) == posixpath.basename(path) and name.startswith("../") else None


def located(base: str, name: str) -> str:
    """A path of the metafile from the root; what is outside of it keeps the end of its path."""
    path = posixpath.normpath(posixpath.join(base, name.removeprefix("(disabled):")))
    while path.startswith("../"):
        path = path.removeprefix("../")
    return readable(path.lstrip("/") or name)


def _sizes(output: Mapping[str, Any], base: str) -> Iterator[tuple[str, int]]:
    inputs = output.get("inputs")
    for name, part in inputs.items() if isinstance(inputs, dict) else ():
        size = part.get("bytesInOutput") if isinstance(part, dict) else None
        if type(size) is int and size > 0:
            yield located(base, name), size


def _formats(data: Mapping[str, Any], output: Mapping[str, Any], base: str) -> Iterator[tuple[str, str]]:
    """The module format of each input of an output, empty where it has none, such as JSON."""
    inputs = output.get("inputs")
    for name in inputs if isinstance(inputs, dict) else ():
        body = data["inputs"].get(name)
        kind = body.get("format") if isinstance(body, dict) else None
        yield located(base, name), kind if isinstance(kind, str) else ""


def links(data: Mapping[str, Any], base: str) -> Iterator[Link]:
    """All imports between inputs, also of those that left nothing in any output."""
    for importer, body in data["inputs"].items():
        imports = body.get("imports") if isinstance(body, dict) else None
        for entry in imports if isinstance(imports, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("path"), str) and not entry.get("external"):
                written = entry.get("original")
                specifier = written if isinstance(written, str) else entry["path"]
                yield Link(located(base, importer), specifier, located(base, entry["path"]))
