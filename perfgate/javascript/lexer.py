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
_GAP = r"(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*+"
_TEXT = r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")"""
_TEXT_OR_TEMPLATE = rf"(?:{_TEXT}|`([^`$\\]*)`)"
_CALL = re.compile(rf"{_GAP}(?:\?\.)?{_GAP}\({_GAP}{_TEXT_OR_TEMPLATE}{_GAP}[,)]")
_RESOLVE = re.compile(rf"{_GAP}\.{_GAP}(?:meta{_GAP}\.{_GAP})?resolve{_GAP}\({_GAP}{_TEXT_OR_TEMPLATE}")
_SIDE_EFFECT = re.compile(rf"{_GAP}{_TEXT}")
_TYPE = re.compile(r"type(?:\s*[{*]|\s+[\w$])|typeof\b")
_CLAUSE = re.compile(
    rf"""({_GAP}(?:[\w$\s,*{{}}]|'[^'\n]*'|"[^"\n]*"|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*?)\bfrom{_GAP}{_TEXT}"""
)
_EXPORT = re.compile(
    rf"""({_GAP}(?:type\b{_GAP})?(?:\*(?:{_GAP}as{_GAP}(?:[\w$]+|'[^'\n]*'|"[^"\n]*"))?"""
    rf"""|\{{(?:[^{{}}'"/]|'[^'\n]*'|"[^"\n]*"|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*\}})){_GAP}from{_GAP}{_TEXT}"""
)
_ONLY_TYPES = re.compile(r"\{\s*(?:type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*(?:,\s*|(?=\})))+\}")
_COMMENT = re.compile(r"//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")

_KEYWORD = re.compile(r"(?<![\w$])(?:import|export|require)(?![\w$])")
_TOKEN = re.compile(
    r"""//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/"""
    r"""|'(?:[^'\\\n]|\\(?s:.))*'|"(?:[^"\\\n]|\\(?s:.))*"|[`/{}]"""
    r"""|(?:(?<![\w$.])|(?<=\.\.\.))(?:import|export|require)(?![\w$])"""
)
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
    if not _KEYWORD.search(source):
        return []
    found = []
    line, counted = 1, 0
    for start, end, is_code in _spans(source):
        one = _import_at(source, source[start:end], end) if is_code else None
        if one is not None:
            line, counted = line + source.count("\n", counted, start), start
            found.append(Import(one.kind, one.specifier, line, one.clause))
    return found


def blanked(source: str) -> str:
    """The source with comments, and what is inside of strings, templates and regular expressions, as spaces.

    Offsets and line ends stay; code in `${}` of a template stays too.
    """
    pieces, position = [], 0
    for start, end, is_code in _spans(source):
        if not is_code:
            pieces += [source[position:start], _INK.sub(" ", source[start:end])]
            position = end
    return "".join([*pieces, source[position:]])


def uncommented(source: str) -> str:
    """The source with comments as spaces; strings, templates and regular expressions stay. Offsets and line ends stay."""
    if "//" not in source and "/*" not in source:
        return source
    pieces, position = [], 0
    for start, end, is_code in _spans(source):
        if not is_code and source.startswith(("//", "/*"), start):
            # The text of a string may begin like a comment too.
            if start and source[start - 1] in "'\"`" and source[end : end + 1] == source[start - 1]:
                continue
            pieces += [source[position:start], _INK.sub(" ", source[start:end])]
            position = end
    return "".join([*pieces, source[position:]])


def _spans(source: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of what is no code (False), and of the keywords that are (True). Quotes count as code."""
    position = _shebang(source)
    open_braces: list[bool] = []  # True for the `${` of a template
    while (token := _TOKEN.search(source, position)) is not None:
        start, position = token.span()
        first = source[start]
        if first == "{":
            open_braces.append(False)
        elif first == "`" or (first == "}" and open_braces and open_braces.pop()):
            begin, position = position, _end(_TEMPLATE_TEXT, source, position)
            yield begin, position, False
            opens = source.startswith("${", position)
            open_braces += [True] * opens
            position += 1 + opens
        elif first == "/":
            if position == start + 1:
                regex = _REGEX.match(source, start) if _begins_regex(source, start) else None
                if regex is None:
                    continue
                position = regex.end()
            yield start, position, False
        elif first in "'\"":
            yield start + 1, position - 1, False
        elif first != "}":
            yield start, position, True


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
