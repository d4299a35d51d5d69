"""Which names of another module a source takes: from import clauses, destructured `require()` and `import()`, and uses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perfgate.javascript.declarations import NAME, parts
from perfgate.javascript.lexer import Import, Kind, imports

# The name that stands for a module as a whole.
ALL = "*"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Binding:
    """A name of another module and what it is called here; `local` is empty where it is used without a name."""

    imported: str
    local: str = ""
    type_only: bool = False


@dataclass(frozen=True, slots=True)
class ModuleUse:
    """One use of another module, with the names it takes; none of them for an import for its side effects."""

    kind: Kind
    specifier: str
    line: int
    bindings: tuple[Binding, ...] = ()


_STAR = re.compile(rf"\*\s*as\s+({NAME})")
_BRACES = re.compile(r"\{(.*)\}", re.DOTALL)
# A call that gives a module, what its result is assigned to in front of it, and what is done with it behind.
_CALL = re.compile(r"(?<![\w$.])(?:require|import)\s*\(")
_BEFORE = re.compile(
    rf"""(?:(?:\b(?:const|let|var)\b|,)\s*(?P<target>\{{[^{{}}]*\}}|{NAME})(?:\s*:[^=;\n]*)?|\bimport\s+(?P<equals>{NAME}))\s*=\s*"""
    rf"""(?:\(\s*)?(?:await\s+)?(?:(?:[\w$]+\.)?__(?:importStar|importDefault|toESM)\(\s*)?\Z"""
)
_MODULE = re.compile(
    r"""\s*(?:/\*.*?\*/\s*)*(['"`])([^'"`\n]*)\1\s*(?:,\s*[\w$]+\s*)?\)(?:,\s*1\s*)?(?:\s*\))*""", re.DOTALL
)
_AFTER = re.compile(
    rf"""\s*\.\s*(?P<member>{NAME})\s*(?P<then>\(\s*(?:async\s*)?\(?\s*(?P<parameter>\{{[^{{}}]*\}}|{NAME})?"""
    rf"""(?P<body>\s*\)?\s*=>[^;\n]*)?)?"""
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_REACH = 200


def links(source: str, code: str) -> list[ModuleUse]:
    """Every use of another module with the names it takes, in order of appearance."""
    found = imports(source)
    taken = _assigned(source, code) if any(one.kind in ("dynamic", "require") for one in found) else {}
    return [_link(one, taken) for one in found if one.kind != "resolve"]


def _link(one: Import, taken: dict[tuple[str, int], tuple[Binding, ...]]) -> ModuleUse:
    if one.kind in ("dynamic", "require"):
        bindings = taken.get((one.specifier, one.line), (Binding(ALL),))
    else:
        bindings = tuple(clause(one.clause, type_only=one.kind in ("type", "type-export")))
    return ModuleUse(one.kind, one.specifier, one.line, bindings)


def clause(text: str, *, type_only: bool = False) -> Iterator[Binding]:
    """The bindings of an import or export clause, such as `a, { b as c, type D }`, `* as ns` or `*`."""
    text = re.sub(r"^type\b(?!\s*(?:,|$))\s*", "", text) if type_only else text
    text = re.sub(r"^defer\s+(?=\*)", "", text)
    braces = _BRACES.search(text)
    outside = text[: braces.start()] + text[braces.end() :] if braces else text
    if star := _STAR.search(outside):
        yield Binding(ALL, star[1], type_only)
        outside = outside.replace(star[0], "")
    elif outside.strip() == ALL:
        yield Binding(ALL, "", type_only)
        return
    if name := re.search(NAME, outside):
        yield Binding(DEFAULT, name[0], type_only)
    for part in parts(braces[1]) if braces else ():
        yield from _specifier(part, type_only=type_only)


def _specifier(text: str, *, type_only: bool) -> Iterator[Binding]:
    words = [word.strip("'\"") for word in re.findall(r"""'[^']*'|"[^"]*"|[^\s'"]+""", text)]
    # `type` before a name is a modifier, as a name of its own it is none.
    if len(words) in (2, 4) and words[0] == "type":
        words, type_only = words[1:], True
    if len(words) == 3 and words[1] == "as":
        yield Binding(words[0], words[2], type_only)
    elif len(words) == 1:
        yield Binding(words[0], words[0], type_only)


def _assigned(source: str, code: str) -> dict[tuple[str, int], tuple[Binding, ...]]:
    """What calls of `require` and `import` are assigned to, by module and line."""
    found: dict[tuple[str, int], tuple[Binding, ...]] = {}
    line, counted = 1, 0
    for call in _CALL.finditer(code):
        named = _MODULE.match(source, call.end())
        if named:
            line, counted = line + source.count("\n", counted, call.start()), call.start()
            before = _BEFORE.search(source, _start(code, call.start()), call.start())
            bindings = _taken(before, _AFTER.match(source, named.end()))
            found[named[2], line] = (*found.get((named[2], line), ()), *bindings)
    return found


def _start(code: str, call: int) -> int:
    """Where to begin to look for what a call is assigned to: before the pattern, however long, or not far back."""
    brace = code.rfind("{", 0, call)
    return max(0, min(call, brace if code.find("}", brace, call) >= 0 else call) - _REACH)


def _taken(before: re.Match[str] | None, after: re.Match[str] | None) -> Iterator[Binding]:
    target = (before["equals"] or before["target"]) if before else None
    member = after["member"] if after else None
    if after and member == "then" and after["then"]:
        yield from _then(after["parameter"], after["body"])
    elif member in ("catch", "finally"):
        yield Binding(ALL)
    elif member:
        yield Binding(member, target if target and not target.startswith("{") else "")
    elif target is None:
        yield Binding(ALL)
    elif target.startswith("{"):
        yield from destructured(target)
    else:
        yield Binding(ALL, target)


def _then(parameter: str | None, body: str | None) -> Iterator[Binding]:
    """What the function takes that a promised module is handed to."""
    if parameter is None or body is None:
        yield Binding(ALL)
    elif parameter.startswith("{"):
        yield from destructured(parameter)
    else:
        uses = re.findall(rf"(?<![\w$.]){re.escape(parameter)}\b\s*(?:\??\.\s*({NAME}))?", body)
        yield from (Binding(name) for name in uses) if uses and all(uses) else (Binding(ALL),)


def destructured(pattern: str) -> Iterator[Binding]:
    """The names that a pattern such as `{ a, b: c }` takes from an object; all, where it has a rest or a computed key."""
    for part in parts(_COMMENT.sub(" ", pattern).strip()[1:-1]):
        found = re.match(rf"""\s*(?:({NAME})|['"]([\w$-]+)['"])\s*(?::\s*({NAME})?|=|\Z)""", part)
        if found:
            name = found[1] or found[2]
            yield Binding(name, found[3] or name)
        elif part.strip():
            yield Binding(ALL)
