"""Reads the files of every package and keeps, for each, which modules they name and where."""

import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple

from perfgate.analyzers.dependencies.usage import aliases, reading_ahead, roles
from perfgate.analyzers.dependencies.usage.aliases import Aliases
from perfgate.analyzers.dependencies.usage.reference_cache import ReferenceCache, references_of
from perfgate.analyzers.dependencies.usage.roles import Role
from perfgate.javascript.references import Kind
from perfgate.javascript.specifiers import chain, is_builtin, package_of
from perfgate.workspace.manifest import is_package_name
from perfgate.workspace.packages import Package, Packages
from perfgate.workspace.sources import MAX_BYTES, Sources, is_code, language, sources, suffix

_PLATFORMS = (".native.", ".ios.", ".android.", ".windows.", ".macos.")
# What a bundler of CommonJS wraps each module in.
_WRAPPERS = (b"(require,module,exports)", b"(require, module, exports)")
_MAX_KEPT = 96 * 1024 * 1024
_MAX_LARGE = 256 * 1024 * 1024
_LONG_LINES = 1_500
# A zero among the first bytes marks what is no text.
_BEGIN = 1_000
_TYPE_ONLY: frozenset[Kind] = frozenset({"type", "type-export", "types"})


class Use(NamedTuple):
    """One place that names a package as a module. `inside` where the name leads to the repository's own files."""

    path: str
    line: int
    kind: Kind
    role: Role
    optional: bool = False
    inside: bool = False

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def on_one_platform(self) -> bool:
        """Whether the file stands for one platform, such as `x.native.js`."""
        return any(part in self.path for part in _PLATFORMS)

    @property
    def only_types(self) -> bool:
        return self.kind in _TYPE_ONLY


@dataclass
class Usage:
    """What the files of one package name. `uses` are by package; `ambient` are modules that they declare themselves.

    `packed` are minified files, `scripts` counts the others. `elsewhere` are packages named below a package.json of its own, with one place each; `unread` are sentences about
    files that were not searched.
    """

    package: Package
    sources: Sources
    aliases: Aliases = field(default_factory=Aliases)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    ambient: set[str] = field(default_factory=set)
    builtins: set[str] = field(default_factory=set)
    searched: int = 0
    large: list[str] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)
    scripts: int = 0
    unread: list[str] = field(default_factory=list)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its files, in lower case."""
        return frozenset(path.rpartition("/")[2].lower() for path in self.sources.files)

    @cached_property
    def inner_paths(self) -> tuple[str, ...]:
        """The paths of its files from its own folder."""
        skip = len(self.package.folder) + 1 if self.package.folder else 0
        return tuple(path[skip:] for path in self.sources.files)


class Files:
    """The texts of a repository, read when asked for and kept while there is room; what is too large is no text."""

    def __init__(self, root: Path) -> None:
        self._kept: dict[str, bytes] = {}
        self._room = _MAX_KEPT
        self._root = f"{root}/"

    def content(self, path: str) -> bytes | None:
        """The bytes of a file of the repository, at most MAX_BYTES + 1 of them; None where it cannot be read."""
        known = self._kept.get(path)
        if known is not None:
            return known
        content = _begin(self._root + path)
        if content is None:
            return None
        if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            content = content.decode("utf-16", errors="replace").encode("utf-8", errors="replace")
        if len(content) <= self._room:
            self._kept[path] = content
            self._room -= len(content)
        return content

    def text(self, path: str) -> str | None:
        content = self.content(path)
        if content is None or len(content) > MAX_BYTES or b"\0" in content[:_BEGIN]:
            return None
        return content.decode("utf-8", errors="replace")

    def names_in(self, path: str, names: Iterable[str]) -> Iterator[str]:
        """Which names stand in quotes in a file that may be large."""
        try:
            with (
                (Path(self._root) / path).open("rb") as stream,
                mmap(stream.fileno(), 0, access=ACCESS_READ) as content,
            ):
                if len(content) > _MAX_LARGE:
                    yield from names
                    return
                for name in names:
                    forms = (f"{quote}{name}{end}".encode() for quote in "\"'`" for end in (quote, "/"))
                    if any(content.find(form) >= 0 for form in forms):
                        yield name
        except (OSError, ValueError):
            yield from names


def _begin(path: str) -> bytes | None:
    """At most MAX_BYTES + 1 bytes of a regular file. Asked for thousands of times, so nothing is buffered or too large."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(handle)
        return os.read(handle, min(found.st_size, MAX_BYTES) + 1) if stat.S_ISREG(found.st_mode) else None
    except OSError:
        return None
    finally:
        os.close(handle)


def collect(root: Path, files: Files, packages: Packages, cache: ReferenceCache) -> dict[str, Usage]:
    """What every package of the workspace names, by folder."""
    own = sources(root, packages.manifests)
    found = {package.folder: Usage(package, own[package.folder]) for package in packages.all}
    for usage in found.values():
        usage.unread += usage.sources.unreadable
        _find_aliases(usage, found, files)
    if cache.is_empty:
        _read_ahead(found.values(), files, cache)
    for usage in found.values():
        _read(usage, files, cache)
    return found


def _read_ahead(usages: Iterable[Usage], files: Files, cache: ReferenceCache) -> None:
    paths = [(path, extension) for usage in usages for path in usage.sources.files if (extension := language(path))]

    def read(items: Sequence[tuple[str, str]]) -> object:
        for path, extension in items:
            content = files.content(path)
            if content is not None and len(content) <= MAX_BYTES and not _is_generated(content):
                references_of(cache, content, extension)
        return cache.used

    cache.take(reading_ahead.share(paths, read))


def _find_aliases(usage: Usage, everything: Mapping[str, Usage], files: Files) -> None:
    folder = usage.package.folder
    own = usage.aliases
    own.stems = aliases.stems(usage.sources.files)
    own.bases |= {f"{folder}/{base}".strip("/") for base in ("", "src", "app", "lib")}
    above = [path for path in everything[""].sources.files if "/" not in path] if folder and "" in everything else []
    for path in [*usage.sources.files, *above]:
        if aliases.is_relevant(path):
            aliases.collect(own, path, files.text)
    for name in _subpath_imports(usage.package):
        own.add(name)


def _subpath_imports(package: Package) -> Iterator[str]:
    inner = package.manifest.data.get("imports")
    yield from inner if isinstance(inner, dict) else ()


def _read(usage: Usage, files: Files, cache: ReferenceCache) -> None:
    for path in usage.sources.files:
        usage.searched += 1
        if extension := language(path):
            _take(usage, path, extension, files, cache)
    for path in usage.sources.foreign:
        extension = language(path)
        content = files.content(path) if extension else None
        for one in references_of(cache, content, extension or "") if content and len(content) <= MAX_BYTES else ():
            for name in _packages(one.specifier):
                usage.elsewhere.setdefault(name, f"{path}:{one.line}")
    if usage.package.manifest.name:
        usage.uses.pop(usage.package.manifest.name, None)


def _take(usage: Usage, path: str, extension: str, files: Files, cache: ReferenceCache) -> None:
    """Note what one file names."""
    content = files.content(path)
    if content is None:
        # What cannot be read may use anything: no number of this package would be right.
        usage.sources.unreadable.append(f"{path} cannot be read"[:1000])
        return
    if len(content) > MAX_BYTES:
        usage.large.append(path)
        return
    if b"\0" in content[:_BEGIN]:
        # A binary file without an extension is no command for Node.
        if suffix(path):
            usage.unread.append(f"{path} is no text: what it uses is not known"[:1000])
        return
    if _is_generated(content):
        usage.packed.append(path)
        return
    usage.scripts += is_code(path)
    references = references_of(cache, content, extension)
    role = roles.role(path, usage.package.folder) if references else "source"
    for one in references:
        if one.kind == "ambient":
            usage.ambient.add(one.specifier)
            continue
        names = _packages(one.specifier)
        if not names and is_builtin(one.specifier):
            usage.builtins.add(one.specifier.partition("/")[0])
        for name in names:
            inside = usage.aliases.leads_inside(one.specifier)
            usage.uses.setdefault(name, []).append(Use(path, one.line, one.kind, role, one.optional, inside))


@cache
def _packages(specifier: str) -> tuple[str, ...]:
    """The packages that a specifier names: several in a chain of loaders."""
    names = map(package_of, chain(specifier))
    return tuple(name for name in names if name is not None and is_package_name(name))


def _is_generated(content: bytes) -> bool:
    """Whether these are the long lines of a minifier, or no text at all."""
    if any(wrapper in content for wrapper in _WRAPPERS):
        return True
    return b"\0" in content[:_BEGIN] or (
        len(content) > 20_000 and len(content) > _LONG_LINES * (content.count(b"\n") + 1)
    )
