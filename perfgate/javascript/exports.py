"""What a module offers to others: its exports, with those of types told apart and re-exports with where they come from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfgate.javascript import commonjs
from perfgate.javascript.bindings import ALL, DEFAULT, clause
from perfgate.javascript.declarations import NAME, Declaration
from perfgate.javascript.statements import Statement

# `export =` of TypeScript and `module.exports =`: the module as a whole is that value.
WHOLE = "export="


@dataclass(frozen=True, slots=True)
class Export:
    """One name that a module offers; ALL for what `export *` passes on.

    It is a name of this module (`local`), or the name `imported` of the module `specifier`, ALL meaning that module as a
    namespace; with neither it is an expression.
    """

    name: str
    line: int
    local: str | None = None
    specifier: str | None = None
    imported: str | None = None
    type_only: bool = False


@dataclass(frozen=True, slots=True)
class Exports:
    """All exports of a module. Not `complete`: it is CommonJS of a shape that cannot be told, and may offer more."""

    found: tuple[Export, ...] = ()
    commonjs: bool = False
    complete: bool = True


_FROM = re.compile(r"\bfrom\s*['\"]")
_TEXT = re.compile(r"""from\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")""")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_EQUALS = re.compile(rf"export\s*=\s*({NAME})?\s*;?")
_ALIAS = re.compile(rf"export\s+import\s+(type\s+)?({NAME})\s*=")
_NAMED = re.compile(rf"\s*({NAME})\s*;?\s*\Z")


def exports(source: str, code: str, found: Sequence[Statement], declared: Sequence[Declaration]) -> Exports:
    """The exports of a module whose statements and declarations have been found."""
    every = [
        export
        for statement, declaration in zip(found, declared, strict=True)
        for export in _of(source, code, statement, declaration)
    ]
    is_module = any(statement.kind in ("import", "export") or statement.exported for statement in found)
    if not is_module and commonjs.is_commonjs(code):
        return _commonjs(source, code)
    types = _types(declared)
    return Exports(tuple(_settled(every, types)), commonjs=any(export.name == WHOLE for export in every))


def _commonjs(source: str, code: str) -> Exports:
    offers, complete = commonjs.offers(source, code)
    line, counted, found = 1, 0, []
    for offer in offers:
        line, counted = line + code.count("\n", counted, offer.offset), offer.offset
        found.append(Export(offer.name, line, offer.local, offer.specifier, offer.imported))
    return Exports(tuple(found), commonjs=True, complete=complete)


def _types(declared: Sequence[Declaration]) -> frozenset[str]:
    """The names that are declared, and only as types."""
    values = {name for one in declared if one.is_value for name in one.names}
    return frozenset(name for one in declared if not one.is_value for name in one.names if name not in values)


def _settled(every: Sequence[Export], types: frozenset[str]) -> Iterator[Export]:
    """One export for each name: what is a value and a type under one name is a value."""
    seen: dict[tuple[str, str | None], Export] = {}
    for export in every:
        is_type = export.type_only or (export.specifier is None and export.local in types)
        one = Export(export.name, export.line, export.local, export.specifier, export.imported, is_type)
        key = (one.name, one.specifier if one.name == ALL else None)
        if key not in seen or (seen[key].type_only and not is_type):
            seen[key] = one
    yield from seen.values()


def _of(source: str, code: str, statement: Statement, declaration: Declaration) -> Iterator[Export]:
    line = declaration.first + code.count("\n", statement.start, statement.head)
    if alias := _ALIAS.match(code, statement.head):
        yield Export(alias[2], line, alias[2], type_only=bool(alias[1]))
    elif statement.kind == "export":
        yield from _listed(source, code, statement, line)
    elif statement.default:
        yield _default(code, statement, declaration, line)
    elif statement.exported:
        is_type = not declaration.is_value
        for name in declaration.names:
            yield Export(name, line + _lines_before(code, statement, name), name, type_only=is_type)


def _lines_before(code: str, statement: Statement, name: str) -> int:
    """How far below the `export` a name is declared."""
    if statement.kind != "variable":
        return 0
    found = re.compile(rf"(?<![\w$.]){re.escape(name)}(?![\w$])").search(code, statement.head + 6, statement.end)
    return code.count("\n", statement.head, found.start()) if found else 0


def _default(code: str, statement: Statement, declaration: Declaration, line: int) -> Export:
    if declaration.names:
        return Export(DEFAULT, line, declaration.names[0], type_only=not declaration.is_value)
    head = re.compile(r"export\s+default\b").match(code, statement.head)
    named = _NAMED.match(code[: statement.end], head.end()) if head else None
    return Export(DEFAULT, line, named[1] if named else None, type_only=declaration.kind == "type")


def _listed(source: str, code: str, statement: Statement, line: int) -> Iterator[Export]:
    """`export { ... }`, `export * ...` and `export =`."""
    if equals := _EQUALS.match(code, statement.head):
        yield Export(WHOLE, line, equals[1])
        return
    text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source[statement.head : statement.end])
    origin = _TEXT.search(text) if _FROM.search(code, statement.head, statement.end) else None
    specifier = (origin[1] or origin[2]) if origin else None
    listed = re.sub(r"^export\s*", "", text[: origin.start()] if origin else text).rstrip("; \n\t\r")
    type_only = bool(re.match(r"type\s*[{*]", listed))
    for binding in clause(re.sub(r"^type\s*(?=[{*])", "", listed)):
        is_type = type_only or binding.type_only
        place = line + _line_of(text, binding.imported if binding.imported != ALL else "*")
        name = binding.local or binding.imported
        if specifier is not None:
            yield Export(name, place, None, specifier, binding.imported, is_type)
        elif listed.startswith("{") or type_only:
            yield Export(name, place, binding.imported, type_only=is_type)


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)
    return text.count("\n", 0, found.start()) if found else 0
