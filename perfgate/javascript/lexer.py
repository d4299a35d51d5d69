"""Imports of a JavaScript or TypeScript source, and the source with everything blanked that is not code.

A lexer, not a parser: it knows comments, strings, templates, regular expressions and JSX text well enough to find the
keywords that are really code, and reads only what follows them. It never fails: what it cannot make sense of, it skips.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["import", "type", "export", "type-export", "dynamic", "require", "resolve"]


@dataclass(frozen=True, slots=True)
class Import:
    """One use of another module.

    `kind`: `import` and `export` (from) as statements, the same for types only, `dynamic` for `import()`, `require`
    (also as `import x =`), `resolve` for `require.resolve()` and `import.meta.resolve()`. `clause` is the text
    between the keyword and the module, such as `{ a, b as c }`; empty for an import for its side effects.
    """

    kind: Kind
    specifier: str
    line: int
    clause: str = ""


# White space and comments, wherever the grammar allows them.
_GAP = r"(?:\s|//[^\n]*\n|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+"
_TEXT = r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")"""
_TEXT_OR_TEMPLATE = rf"(?:{_TEXT}|`([^`$\\]*)`)"
_CALL = re.compile(rf"{_GAP}(?:\?\.)?{_GAP}\({_GAP}{_TEXT_OR_TEMPLATE}{_GAP}[,)]")
_RESOLVE = re.compile(rf"{_GAP}\.{_GAP}(?:meta{_GAP}\.{_GAP})?resolve{_GAP}\({_GAP}{_TEXT_OR_TEMPLATE}")
_SIDE_EFFECT = re.compile(rf"{_GAP}{_TEXT}")
_TYPE = re.compile(r"type(?:\s*[{*]|\s+[\w$])|typeof\b")
_CLAUSE = re.compile(
    rf"""({_GAP}(?:[\w$\s,*{{}}]|'[^'\n]*'|"[^"\n]*"|//[^\n]*\n|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/){{0,5000}}?)\bfrom{_GAP}{_TEXT}"""
)
_EXPORT = re.compile(
    rf"""({_GAP}(?:type\b{_GAP})?(?:\*(?:{_GAP}as{_GAP}(?:[\w$]+|'[^'\n]*'|"[^"\n]*"))?"""
    rf"""|\{{(?:[^{{}}'"/]|'[^'\n]*'|"[^"\n]*"|//[^\n]*\n|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*\}})){_GAP}from{_GAP}{_TEXT}"""
)
_ONLY_TYPES = re.compile(r"\{\s*(?:type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*(?:,\s*|(?=\})))+\}")
_COMMENT = re.compile(r"//[^\n]*|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/")

_KEYWORDS = ("import", "export", "require")
_RE_EXPORT = re.compile(r"export\s*(?:/|type\b|[{*])")
# A comment that is not closed goes on to the end. Every branch begins with a plain character: that makes it fast.
_OPAQUE = (
    r"//[^\n\r]*|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)"
    r"""|'(?:[^'\\\n]|\\(?s:.))*'|"(?:[^"\\\n]|\\(?s:.))*\"|`|/"""
)
_TOKEN = re.compile(_OPAQUE)
# Braces count only inside of `${}`, where the right one ends it.
_TOKEN_IN_TEMPLATE = re.compile(rf"{_OPAQUE}|\{{|\}}")
_MAX_KEYWORDS = 20_000
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\(?s:.)|\$(?!\{))*+")
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
# Words after which a slash begins a regular expression, where after other words it divides.
_BEFORE_REGEX = frozenset(
    [
        "return",
        "typeof",
        "instanceof",
        "in",
        "of",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "do",
        "else",
        "yield",
        "await",
        "extends",
        "default",
    ]
)
_INK = re.compile(r"[^\n]")
_SPACES = " \t\n\r"


def imports(source: str) -> list[Import]:
    """Every import, re-export, `import()`, `require()` and `resolve()` with a fixed module, in order."""
    found = []
    line, counted = 1, 0
    for start, end in _in_code(source, _keywords(source)):
        one = _import_at(source, source[start:end], end)
        if one is not None:
            line, counted = line + source.count("\n", counted, start), start
            found.append(Import(one.kind, one.specifier, line, one.clause))
    return found


def _keywords(source: str) -> list[tuple[int, int]]:
    """Start and end of every word that may begin an import, be it code or not."""
    found: list[tuple[int, int]] = []
    for word in _KEYWORDS:
        start = source.find(word)
        while start >= 0 and len(found) < _MAX_KEYWORDS:
            end = start + len(word)
            if _is_word(source, start, end) and (word != "export" or _RE_EXPORT.match(source, start)):
                found.append((start, end))
            start = source.find(word, end)
    return sorted(found)


def _is_word(source: str, start: int, end: int) -> bool:
    """Whether a keyword stands alone: it is no part of a name and no property, though it may be spread."""
    before, after = source[start - 1 : start], source[end : end + 1]
    if before.isalnum() or before in ("_", "$") or after.isalnum() or after in ("_", "$"):
        return False
    return before != "." or source.startswith("...", max(start - 3, 0))


def _in_code(source: str, words: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Those of the words that are code; reads the source only as far as there are words."""
    index = 0
    for start, end in _opaque(source) if words else ():
        while words[index][0] < start:
            yield words[index]
            index += 1
            if index == len(words):
                return
        while words[index][0] < end:
            index += 1
            if index == len(words):
                return
    yield from words[index:]


def blanked(source: str) -> str:
    """The source with comments, and what is inside of strings, templates and regular expressions, as spaces.

    Offsets and line ends stay; code in `${}` of a template stays too.
    """
    pieces, position = [], 0
    for start, end in _opaque(source):
        pieces += [source[position:start], _INK.sub(" ", source[start:end])]
        position = end
    return "".join([*pieces, source[position:]])


def uncommented(source: str) -> str:
    """The source with comments as spaces; strings, templates and regular expressions stay. Offsets and line ends stay."""
    if "//" not in source and "/*" not in source:
        return source
    pieces, position = [], 0
    for start, end in _opaque(source):
        if source.startswith(("//", "/*"), start):
            # The text of a string may begin like a comment too.
            if start and source[start - 1] in "'\"`" and source[end : end + 1] == source[start - 1]:
                continue
            pieces += [source[position:start], _INK.sub(" ", source[start:end])]
            position = end
    return "".join([*pieces, source[position:]])


def _opaque(source: str) -> Iterator[tuple[int, int]]:
    """Start and end of what is no code: comments, and what is inside of strings, templates and regular expressions."""
    position = _shebang(source)
    open_braces: list[bool] = []  # True for the `${` of a template
    while (token := (_TOKEN_IN_TEMPLATE if open_braces else _TOKEN).search(source, position)) is not None:
        start, position = token.span()
        first = source[start]
        if first in "'\"":
            yield start + 1, position - 1
        elif first == "/":
            if position == start + 1:
                regex = _REGEX.match(source, start) if _begins_regex(source, start) else None
                if regex is None:
                    continue
                position = regex.end()
            yield start, position
        elif first == "{":
            open_braces.append(False)
        elif first == "`" or open_braces.pop():
            begin, position = position, _end(_TEMPLATE_TEXT, source, position)
            yield begin, position
            opens = source.startswith("${", position)
            open_braces += [True] * opens
            position += 1 + opens


def _end(pattern: re.Pattern[str], source: str, position: int) -> int:
    found = pattern.match(source, position)
    return found.end() if found else position


def _shebang(source: str) -> int:
    if not source.startswith("#!"):
        return 0
    end = source.find("\n")
    return len(source) if end < 0 else end


def _begins_regex(source: str, slash: int) -> bool:
    """Whether a slash begins a regular expression: it does where no value stands before it."""
    index = slash - 1
    while index >= 0 and source[index] in _SPACES:
        index -= 1
    if index < 0:
        return True
    before = source[index]
    # The slash of a closing tag of JSX.
    if before == "<":
        return False
    if not (before.isalnum() or before in "_$)]}\"'`"):
        return True
    if not before.isalpha():
        return False
    first = index
    while first >= 0 and (source[first].isalnum() or source[first] in "_$"):
        first -= 1
    return source[first + 1 : index + 1] in _BEFORE_REGEX and (first < 0 or source[first] != ".")


def _import_at(source: str, keyword: str, position: int) -> Import | None:
    """What follows a keyword that ends at `position`, if it names a module; without its line."""
    if keyword == "export":
        return _statement("export", _EXPORT.match(source, position))
    if call := _CALL.match(source, position):
        return Import("dynamic" if keyword == "import" else "require", _named(call), 0)
    if resolve := _RESOLVE.match(source, position):
        return Import("resolve", _named(resolve), 0)
    if keyword == "import":
        bare = _SIDE_EFFECT.match(source, position)
        return Import("import", _named(bare), 0) if bare else _statement("import", _CLAUSE.match(source, position))
    return None


def _statement(kind: Literal["import", "export"], found: re.Match[str] | None) -> Import | None:
    if found is None:
        return None
    clause, specifier = _COMMENT.sub(" ", found[1]).strip(), _named(found)
    if _TYPE.match(clause) or _ONLY_TYPES.fullmatch(clause):
        return Import("type" if kind == "import" else "type-export", specifier, 0, clause)
    return Import(kind, specifier, 0, clause)


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)


def _named(found: re.Match[str]) -> str:
    """The module that a match names, which is its last group."""
    text = found[found.lastindex or 0]
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2] or escape[3]
    if code is None:
        return escape[4]
    number = int(code, 16)
    return chr(number) if number < 0x110000 else ""
