"""Every module that a source file names, whatever its language: statements, calls, comments that count, blocks, styles.

What is found depends on nothing but the text and the extension, so that it can be kept by the hash of the content.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from perfgate.javascript import embedded, jsonc, lexer, stylesheets

# Raised whenever the same text gives other references than before.
VERSION = 3

Kind = Literal[
    "import",
    "type",
    "export",
    "type-export",
    "dynamic",
    "require",
    "resolve",
    "mock",
    "types",
    "ambient",
    "asset",
    "jsx",
]


class Reference(NamedTuple):
    """A module that a file names.

    Beyond the kinds of an import: `mock` for test doubles, `types` for what only the type checker sees in comments,
    `ambient` for a module declared in place, `asset` for styles and linked files, `jsx` for the source of JSX itself.
    `optional` where the file goes on without it, as in `try { require("x") }`.
    """

    kind: Kind
    specifier: str
    line: int
    optional: bool = False


# Stands for the extension of tsconfig.json and its kin.
TSCONFIG = "tsconfig"
_MAX_SPECIFIER = 300
_SCRIPTS = frozenset({".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"})
_EMBEDDING = frozenset({".vue", ".svelte", ".astro", ".mdx", ".html", ".htm"})
_QUOTED = r"""\s*['"`]([^'"`\n$]+)['"`]"""
# Patterns begin with plain characters, which lets the engine skip most of a file.
_MOCK = re.compile(
    r"\.\s*(?:mock|doMock|unmock|dontMock|setMock|deepUnmock|replaceEsm|requireActual|requireMock|importActual|importMock"
    rf"|createMockFromModule|unstable_mockModule)\s*(?:<[^()]*>)?\s*\({_QUOTED}|proxyquire\({_QUOTED}"
)
_MOCKING = ("mock", "Mock", "Actual", "proxyquire")
_URL = re.compile(rf"new\s+URL\({_QUOTED}\s*,\s*import\.meta\.url")
_REGISTERING = ("createRequire", "importScripts", "node:module", "module.register", "Module.register")
_REGISTER = re.compile(
    rf"(?:register(?<![\w.]register)|(?:m|M)odule\.register|createRequire\([^()]*(?:\([^()]*\))?[^()]*\)|importScripts)\s*\({_QUOTED}"
)
_LOADERS = ("require", "resolve", "import(", "import (")
# A module whose path is only known at run time, below a package that is known.
_BELOW = re.compile(r"(?:require(?:\.resolve)?|import(?:\.meta\.resolve)?)\s*\(\s*`((?:@[\w.-]+/)?[\w.-]+)/[^`\n]*\$\{")
_TRIPLE = re.compile(r"""///\s*<reference\s+types\s*=\s*["']([^"'\n]+)["']""")
_AMBIENT = re.compile(r"""declare\s+module\s*['"]([^'"\n]+)['"]""")
_IN_COMMENT = re.compile(r"""\bimport\(\s*['"]([^'"\n]+)['"]\s*\)|@import\b[^'"\n*]*\bfrom\s*['"]([^'"\n]+)['"]""")
_COMMENT = re.compile(r"/\*\*[^*]*(?:\*(?!/)[^*]*)*\*/")
_PRAGMA = re.compile(r"@jsxImportSource\s+([@\w./-]+)|@(?:jest|vitest)-environment\s+([@\w./-]+)")
_LOADING = frozenset({"require", "resolve", "dynamic"})
# What opens a `try` or an `if`, and is not closed before the import.
_MAYBE = re.compile(r"(?:\btry\s*|\bif\s*\([^\n]*\)\s*)\{(?:[^{}]|\{[^{}]*\})*\Z|\bif\s*\([^\n;]*\)\s*\n?[^\n;{}]*\Z")


def references(text: str, extension: str) -> list[Reference]:
    """The references of a file, in the order of their lines."""
    if extension in _SCRIPTS:
        found = list(_of_script(text))
    elif extension == TSCONFIG:
        found = list(_of_tsconfig(text))
    elif extension in _EMBEDDING:
        text = _without_html_comments(text)
        found = [*_of_script(embedded.scripts(text, extension)), *_of_styles(embedded.styles(text)), *_of_links(text)]
    else:
        found = list(_of_styles(text))
    found = [one for one in found if one.specifier and len(one.specifier) <= _MAX_SPECIFIER]
    return sorted(dict.fromkeys(found), key=lambda one: (one.line, one.specifier, one.kind))


def _of_script(text: str) -> Iterator[Reference]:
    lines = text.split("\n") if "try" in text or "if" in text else []
    for one in lexer.imports(text):
        optional = bool(lines) and one.kind in _LOADING and _is_conditional(lines, one.line)
        yield Reference(one.kind, one.specifier, one.line, optional)
    if any(word in text for word in _MOCKING):
        yield from _matches(_MOCK, text, "mock")
    if "(`" in text and "${" in text and any(word in text for word in _LOADERS):
        yield from _matches(_BELOW, text, "require")
    if "import.meta.url" in text:
        yield from _matches(_URL, text, "asset")
    if any(word in text for word in _REGISTERING):
        yield from _matches(_REGISTER, text, "require")
    if "<reference" in text:
        yield from _matches(_TRIPLE, text, "types")
    if "declare" in text and "module" in text:
        yield from _matches(_AMBIENT, _without_blocks(text), "ambient")
    if "/**" in text:
        yield from _of_comments(text)


def _without_html_comments(text: str) -> str:
    return _HTML_COMMENT.sub(lambda comment: _INK.sub(" ", comment[0]), text) if "<!--" in text else text


def _without_blocks(text: str) -> str:
    """The text without its block comments, in the same lines."""
    return _BLOCK.sub(lambda comment: "\n" * comment[0].count("\n"), text) if "/*" in text else text


_BLOCK = re.compile(r"/\*[^*]*(?:\*(?!/)[^*]*)*\*/")
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INK = re.compile(r"[^\n]")


def _of_comments(text: str) -> Iterator[Reference]:
    if not any(word in text for word in ("import(", "@import", "-environment", "@jsxImportSource")):
        return
    for comment in _COMMENT.finditer(text):
        for found in _IN_COMMENT.finditer(comment[0]):
            yield Reference("types", found[1] or found[2], _line(text, comment.start() + found.start()))
        for found in _PRAGMA.finditer(comment[0]):
            yield Reference("jsx" if found[1] else "mock", found[1] or found[2], _line(text, comment.start()))


def _of_styles(text: str) -> Iterator[Reference]:
    for specifier, offset in (
        stylesheets.references(text) if "@" in text or "url(" in text or "composes" in text else ()
    ):
        yield Reference("asset", specifier, _line(text, offset))


_TYPES_LIST = re.compile(r'"types"\s*:\s*\[([^\]]*)')
_STRING = re.compile(r'"([^"\n]+)"')


def _of_tsconfig(text: str) -> Iterator[Reference]:
    """What a tsconfig extends, the types and plugins it lists, and where its JSX comes from."""
    data = jsonc.parse(text)
    if data is None:
        # A template of a tsconfig, with the marks of its language.
        listed = _TYPES_LIST.search(text)
        for name in _STRING.findall(listed[1]) if listed else ():
            yield from _quoted(text, name, "types")
    options = data.get("compilerOptions") if isinstance(data, dict) else None
    options = options if isinstance(options, dict) else {}
    extended = data.get("extends") if isinstance(data, dict) else None
    for name in extended if isinstance(extended, list) else [extended]:
        yield from _quoted(text, name, "require")
    types, plugins = options.get("types"), options.get("plugins")
    for name in types if isinstance(types, list) else ():
        yield from _quoted(text, name, "types")
    for plugin in plugins if isinstance(plugins, list) else ():
        yield from _quoted(text, plugin.get("name") if isinstance(plugin, dict) else None, "types")
    yield from _quoted(text, options.get("jsxImportSource"), "jsx")


def _quoted(text: str, name: object, kind: Kind) -> Iterator[Reference]:
    if isinstance(name, str):
        yield Reference(kind, name, _line(text, max(text.find(f'"{name}"'), 0)))


def _of_links(text: str) -> Iterator[Reference]:
    for target, offset in embedded.linked(text):
        inner = target.partition("node_modules/")[2]
        if inner:
            yield Reference("asset", inner, _line(text, offset))


def _matches(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[Reference]:
    for found in pattern.finditer(text):
        yield Reference(kind, found[found.lastindex or 0], _line(text, found.start()))


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _is_conditional(lines: list[str], line: int) -> bool:
    """Whether the few lines before open a `try` or an `if` that is not closed."""
    before = "\n".join(lines[max(0, line - 6) : line])
    if "try" not in before and "if" not in before:
        return False
    cut = max(before.rfind("require"), before.rfind("import"), 0)
    return bool(_MAYBE.search(before[:cut]))
