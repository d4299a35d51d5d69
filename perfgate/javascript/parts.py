"""What somebody says one file of a bundle is made of: a bundler in its own output, or a source map."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

PACKAGES = "node_modules/"
_UNREADABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Link(NamedTuple):
    """An import: who imports, the specifier as written, what it leads to and the line, where these are known."""

    importer: str
    specifier: str
    imported: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Bytes by source path, who imports what, and the sources at which the program begins.

    `formats` are the module formats of all sources, those without bytes included; `exports` are the exports of a source
    that are used, None: all of them. Both are empty where nobody tells.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    entries: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, frozenset[str] | None] = field(default_factory=dict)


def readable(path: str) -> str:
    """A path as a report can hold it: without control characters and halves of characters, and not too long."""
    return _UNREADABLE.sub("\ufffd", path)[:1000]


def unit(path: str) -> str:
    """What a module counts for: its package below node_modules, else itself, cut to what a report may hold."""
    _, found, inner = path.rpartition(PACKAGES)
    return f"{PACKAGES}{package_name(inner)}"[:1000] if found else path[:1000]


def is_package(path: str) -> bool:
    return PACKAGES in path


def package_name(specifier: str) -> str:
    """The package of a specifier such as `@scope/name/sub/path`."""
    return "/".join(specifier.split("/", 2)[: 2 if specifier.startswith("@") else 1])


def ends_with(path: str, name: str) -> bool:
    """Whether `name`, as a bundler wrote it, is the end of `path` in whole folders."""
    name = name.removeprefix("./")
    return bool(name) and (path == name or path.endswith(f"/{name}"))
