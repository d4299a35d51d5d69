"""Packages and libraries that are in a bundle as CommonJS, which no bundler can shake, where there is ESM of the same."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perfgate import reading
from perfgate.analyzers.treeshake.module_graph import MAX_BYTES
from perfgate.analyzers.treeshake.shaken_service import Repository, Served
from perfgate.javascript import commonjs
from perfgate.javascript.lexer import blanked, imports
from perfgate.javascript.parts import PACKAGES, package_name
from perfgate.reading import UnreadableError
from perfgate.report.model import Remark

_ESM = re.compile(r"(?:^|[;}])\s*(?:import\b(?!\s*[(.])|export\b)", re.MULTILINE)
_MODULE_OPTION = re.compile(r'"module"\s*:\s*"commonjs"', re.IGNORECASE)
_MAX_DEPTH = 10
_MAX_MANIFEST = 1_000_000


def remarks(repository: Repository, served: Served) -> Iterator[Remark]:
    yield from _packages(repository, served)
    yield from _libraries(repository, served)


def _packages(repository: Repository, served: Served) -> Iterator[Remark]:
    """Installed packages, largest first."""
    sizes: dict[str, dict[str, int]] = defaultdict(dict)
    for path, size in served.output.sizes.items():
        if size and (folder := _folder(path)):
            sizes[folder][path] = size
    ranked = sorted(sizes, key=lambda folder: (-sum(sizes[folder].values()), folder))
    for folder in ranked:
        largest = max(sizes[folder], key=lambda path: (sizes[folder][path], path))
        if not (_is_commonjs(repository.root, served, largest) and _offers_esm(repository.root, folder)):
            continue
        name = folder.rpartition(PACKAGES)[2]
        yield Remark(
            kind="commonjs-package",
            subject=name[:214],
            text="is in the bundle as CommonJS, of which all is kept, and offers ESM",
            advice=f"Import `{name[:214]}` instead of requiring it, and let the bundler choose `module` and the `import` condition.",
            places=tuple(_importers(served, name)),
            size=sum(sizes[folder].values()),
        )


def _folder(path: str) -> str | None:
    """The folder of the installed package that a source belongs to."""
    before, found, inner = path.rpartition(PACKAGES)
    return before + PACKAGES + package_name(inner) if found else None


def _is_commonjs(root: Path, served: Served, path: str) -> bool:
    if known := served.output.formats.get(path):
        return known == "cjs"
    return not path.endswith(".mjs") and is_commonjs(_text(root, path))


def _text(root: Path, path: str) -> str:
    try:
        return reading.content(root, path, MAX_BYTES).decode("utf-8", "replace")
    except UnreadableError:
        return ""


def is_commonjs(text: str) -> bool:
    """Whether a source has exports of CommonJS, and none of ESM."""
    code = blanked(text)
    return commonjs.is_commonjs(code) and not _ESM.search(code)


def _manifest(root: Path, folder: str) -> dict[str, Any]:
    try:
        data = json.loads(reading.content(root, f"{folder}/package.json", _MAX_MANIFEST))
    except (UnreadableError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _offers_esm(root: Path, folder: str) -> bool:
    """Whether a package has a build in ESM, and not only a file in ESM that leads to the CommonJS one."""
    manifest = _manifest(root, folder)
    entry = manifest.get("module") or _import_target(manifest.get("exports"), 0)
    if not isinstance(entry, str):
        return False
    text = _text(root, f"{folder}/{entry.removeprefix('./')}")
    inner = [one.specifier for one in imports(text) if one.specifier.startswith(".")]
    commonjs_ends = (".cjs",) if manifest.get("type") == "module" else (".cjs", ".js")
    return bool(text) and not (entry.endswith(".mjs") and inner and all(one.endswith(commonjs_ends) for one in inner))


def _import_target(value: Any, depth: int) -> str | None:
    """The first file that `exports` gives to those who import."""
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return None
    found = value.get("import")
    if isinstance(found, dict):
        found = found.get("default")
    if isinstance(found, str):
        return found
    return next((target for inner in value.values() if (target := _import_target(inner, depth + 1))), None)


def _importers(served: Served, name: str) -> Iterator[str]:
    """Where the service and its libraries import a package: the first such place."""
    files = [*served.own, *(path for _, shaken in served.shaken for path in shaken.available)]
    for path in files:
        module = served.graph.module(path)
        for link in module.links if module else ():
            if link.specifier == name or link.specifier.startswith(f"{name}/"):
                yield f"{path}:{link.line}"
                return


def _libraries(repository: Repository, served: Served) -> Iterator[Remark]:
    """Shared libraries that a compiler made CommonJS of before they were bundled."""
    assigned = served.output.assigned
    for package, shaken in served.shaken:
        waste = shaken.size
        if not waste or not any(_exports(served, path) & assigned.get(path, set()) for path in shaken.available):
            continue
        yield Remark(
            kind="commonjs",
            subject=package.name,
            text="was compiled to CommonJS before it was bundled, so that nothing of it can be left out",
            advice='Set `"module": "ESNext"` and `"moduleResolution": "Bundler"` for the build.',
            places=tuple(_option(repository.root)),
            size=waste,
        )


def _exports(served: Served, path: str) -> set[str]:
    return {name for name, _ in served.graph.offered(path)}


def _option(root: Path) -> Iterator[str]:
    for name in ("tsconfig.json", "tsconfig.base.json"):
        text = _text(root, name)
        if found := _MODULE_OPTION.search(text):
            yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
            return
