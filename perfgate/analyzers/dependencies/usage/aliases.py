"""Names that look like packages and lead into the repository: `paths` of tsconfig, aliases of bundlers and of Jest."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from perfgate.workspace import tsconfig

_TSCONFIG = re.compile(r"(?:.*/)?(?:tsconfig|jsconfig)[\w.-]*\.json")
_BUNDLER = re.compile(
    r"(?:.*/)?(?:\.?(?:vite|vitest|webpack|rollup|rspack|rsbuild|farm|babel|jest|craco|next|nuxt|astro|svelte|metro|esbuild|quasar|vue|umi"
    r"|config-overrides|snowpack|electron|tsup|unbuild|build|storybook|main|modern|ice|taro|gatsby-node|karma|cypress|parcel)"
    r"[\w.-]*\.(?:[cm]?[jt]s|json)|\.babelrc(?:\.\w+)?|\.umirc\.\w+|package\.json)"
)
_BLOCK = re.compile(
    r"""["']?\b(?:alias|moduleNameMapper|aliases|external|externals|globals|modulePathAliases|_moduleAliases)\b["']?\s*[:=(]"""
)
_KEY = re.compile(r"""(?:^|[{,\[(]|\n)\s*(?:\[?\s*["'`]([^"'`\n]+)["'`]\s*\]?|([\w$]+))\s*:""")
_FIND = re.compile(r"""\bfind\s*:\s*(?:["'`]([^"'`\n]+)["'`]|/((?:[^/\\\n]|\\.)+)/)""")
_OPTIONS = frozenset({"find", "replacement", "customResolver"})
_BLOCK_CHARACTERS = 3_000


@dataclass(slots=True)
class Aliases:
    """What is no package here. `exact` and `prefixes` are names that were given away; `stems` are paths without
    extension that a bare name can reach from one of the `bases`.
    """

    exact: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    bases: set[str] = field(default_factory=set)
    stems: frozenset[str] = frozenset()
    _known: dict[str, bool] = field(default_factory=dict)

    def leads_inside(self, specifier: str) -> bool:
        """Whether a bare specifier is one of the repository's own modules. Asked only after everything was added."""
        if specifier not in self._known:
            self._known[specifier] = self._leads_inside(specifier)
        return self._known[specifier]

    def _leads_inside(self, specifier: str) -> bool:
        plain = specifier.partition("?")[0]
        if plain in self.exact or any(plain.startswith(prefix) for prefix in self.prefixes):
            return True
        return any(_stem(posixpath.join(base, plain)) in self.stems for base in self.bases)

    def add(self, pattern: str) -> None:
        """Take in a name as tsconfig, Jest or a bundler writes it: exact, with a `*`, or as a regular expression."""
        text = pattern.removeprefix("^").replace("\\/", "/").replace("\\.", ".")
        head = re.split(r"[*(\[\\.+?|$]", text, maxsplit=1)[0] if re.search(r"[*(\[\\+?|$]", text) else text
        if head == text:
            self.exact.add(text)
            self.prefixes.add(f"{text}/")
        elif text == f"{head}$":
            self.exact.add(head)
        elif head and head != "@":
            self.prefixes.add(head)


def stems(files: Iterable[str]) -> frozenset[str]:
    """Paths of files without extension, and the folders that hold them."""
    found: set[str] = set()
    for path in files:
        found.add(_stem(path))
        folder = posixpath.dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(found)


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    dot = name.find(".", 1)
    plain = name if dot < 0 else name[:dot]
    return f"{folder}/{plain}" if folder else plain


def is_relevant(path: str) -> bool:
    """Whether a file may give names away."""
    return bool(_TSCONFIG.fullmatch(path) or _BUNDLER.fullmatch(path))


def collect(into: Aliases, path: str, read: Callable[[str], str | None]) -> None:
    """Add what the file at `path` gives away; `read` gives the text of a file of the repository, or None."""
    text = read(path)
    if text is None:
        return
    if _TSCONFIG.fullmatch(path):
        for folder, options in tsconfig.options(path, read):
            _from_options(into, folder, options)
    else:
        for name in _given_away(text):
            into.add(name)


def _from_options(into: Aliases, folder: str, options: dict[str, Any]) -> None:
    base = options.get("baseUrl")
    if isinstance(base, str):
        into.bases.add(posixpath.normpath(posixpath.join(folder, base)).removeprefix("./").strip("."))
    paths = options.get("paths")
    for pattern, targets in paths.items() if isinstance(paths, dict) else ():
        if not any(isinstance(target, str) and "node_modules" in target for target in targets or ()):
            _from_pattern(into, folder, pattern, targets)


def _from_pattern(into: Aliases, folder: str, pattern: str, targets: Any) -> None:
    if pattern != "*":
        head, star, _ = pattern.partition("*")
        (into.prefixes if star and head else into.exact).add(head if star else pattern)
        return
    for target in targets if isinstance(targets, list) else ():
        if isinstance(target, str):
            into.bases.add(posixpath.normpath(posixpath.join(folder, target.partition("*")[0])).strip("."))


def _given_away(text: str) -> Iterator[str]:
    for found in _BLOCK.finditer(text):
        block = _balanced(text[found.end() : found.end() + _BLOCK_CHARACTERS])
        for key in _KEY.finditer(block):
            if key[2] not in _OPTIONS:
                yield key[1] or key[2]
        for key in _FIND.finditer(block):
            yield key[1] or key[2]


def _balanced(text: str) -> str:
    """The text up to where the bracket it begins with closes."""
    depth = 0
    for position, character in enumerate(text):
        if character in "{[(":
            depth += 1
        elif character in "}])":
            depth -= 1
            if depth <= 0:
                return text[: position + 1]
    return text
