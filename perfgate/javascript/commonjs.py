"""What a CommonJS module offers: assignments to `exports` and `module.exports` in the shapes that people and compilers write."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from perfgate.javascript.declarations import NAME, parts
from perfgate.javascript.statements import closing


class Offer(NamedTuple):
    """A name on `exports`, the offset that shows it, the local name or the module and name it comes from."""

    name: str
    offset: int
    local: str | None = None
    specifier: str | None = None
    imported: str | None = None


_IS_COMMONJS = re.compile(r"(?<![\w$.])(?:exports\s*[.\[]|module\s*\.\s*exports\b)|\(\s*exports\s*,|\brequire\s*\(")
_ASSIGNED = re.compile(rf"(?<![\w$.])(?:module\s*\.\s*)?exports\s*\.\s*({NAME})\s*=(?!=)\s*({NAME}\s*(?=[;,\n]|\Z))?")
_DEFINED = re.compile(
    r"""Object\s*\.\s*defineProperty\s*\(\s*(?:module\s*\.\s*)?exports\s*,\s*(['"])([^'"\n]+)\1\s*,\s*\{"""
)
_GETTER = re.compile(rf"return\s+({NAME})\s*(?:\.\s*({NAME}))?\s*;?\s*\}}")
_WHOLE = re.compile(r"(?<![\w$.])module\s*\.\s*exports\s*=(?!=)\s*")
_REQUIRE = re.compile(r"""require\s*\(\s*(['"])([^'"\n]+)\1\s*\)\s*(?=[;,\n]|\Z)""")
_STAR = re.compile(
    r"""(?:__exportStar|__export|__reExport|Object\s*\.\s*assign)\s*\(\s*(?:(?:module\s*\.\s*)?exports\s*,\s*)?"""
    r"""(?:\w+\s*,\s*)?require\s*\(\s*(['"])([^'"\n]+)\1\s*\)"""
)
_COMPUTED = re.compile(r"(?<![\w$.])(?:module\s*\.\s*)?exports\s*\[(?!\s*['\"])")
_REQUIRED = re.compile(r"""\brequire\s*\(\s*(['"])([^'"\n]+)\1\s*\)""")
_TARGET = re.compile(rf"(?<![\w$.])({NAME})\s*=\s*(?:[\w$.]*\(\s*)?\Z")
_REACH = 200


def is_commonjs(code: str) -> bool:
    """Whether a module without `import` and `export` statements is of this kind."""
    return bool(_IS_COMMONJS.search(code))


def offers(source: str, code: str) -> tuple[list[Offer], bool]:
    """What the module offers, and whether that is all of it: an object that is put together elsewhere cannot be told."""
    required = dict(_required(source, code))
    found: dict[str, Offer] = {}
    complete = not _COMPUTED.search(code)
    for offer in _every(source, code, required):
        if offer is None:
            complete = False
        elif offer.name != "__esModule" and (offer.name not in found or found[offer.name].local is None):
            found[f"* {offer.specifier}" if offer.name == "*" else offer.name] = offer
    return sorted(found.values(), key=lambda offer: offer.offset), complete


def _required(source: str, code: str) -> Iterator[tuple[str, str]]:
    """The names that required modules are assigned to."""
    for call in _REQUIRED.finditer(source):
        target = _TARGET.search(code, max(0, call.start() - _REACH), call.start())
        if target:
            yield target[1], call[2]


def _every(source: str, code: str, required: dict[str, str]) -> Iterator[Offer | None]:
    for one in _ASSIGNED.finditer(code):
        local = one[2].strip() if one[2] else None
        yield Offer(one[1], one.start(), local if local not in ("exports", "void") else None)
    for one in _DEFINED.finditer(source):
        if code[one.start()] == "O":
            yield _defined(code, one, required)
    for one in _STAR.finditer(source):
        if code[one.start()] != " ":
            yield Offer("*", one.start(), specifier=one[2], imported="*")
    for one in _WHOLE.finditer(code):
        yield from _whole(source, code, one)


def _defined(code: str, one: re.Match[str], required: dict[str, str]) -> Offer:
    getter = _GETTER.search(code, one.end(), closing(code, one.end() - 1))
    if getter and getter[1] in required and getter[2]:
        return Offer(one[2], one.start(), specifier=required[getter[1]], imported=getter[2])
    return Offer(one[2], one.start(), getter[1] if getter else None)


def _whole(source: str, code: str, one: re.Match[str]) -> Iterator[Offer | None]:
    """What follows `module.exports =`."""
    if code.startswith("{", one.end()):
        yield from _object(source, code, one.end())
    elif required := _REQUIRE.match(source, one.end()):
        yield Offer("*", one.start(), specifier=required[2], imported="*")
    elif name := re.match(rf"({NAME})\s*(?=[;\n]|\Z)", code[one.end() :]):
        yield Offer("export=", one.start(), name[1])
        yield None
    elif not re.match(r"(?:module\s*\.\s*)?exports\b|void 0", code[one.end() :]):
        yield Offer("export=", one.start())
        yield None


def _object(source: str, code: str, opening: int) -> Iterator[Offer | None]:
    position = opening + 1
    for part in parts(code[position : closing(code, opening) - 1]):
        text = source[position : position + len(part)]
        start = position + len(part) - len(part.lstrip())
        position += len(part) + 1
        yield from _property(part.strip(), text, start)


def _property(code: str, source: str, offset: int) -> Iterator[Offer | None]:
    key = re.match(rf"(?:(?:async\s+|get\s+)?\*?\s*({NAME})|['\"])\s*", code)
    quoted = re.search(r"""(['"])([^'"\n]+)\1""", source)
    if code.startswith("..."):
        spread = re.search(r"""\.\.\.\s*require\s*\(\s*(['"])([^'"\n]+)\1""", source)
        yield Offer("*", offset, specifier=spread[2], imported="*") if spread else None
    elif key and key[1]:
        value = re.fullmatch(rf":\s*({NAME})", code[key.end() :].strip())
        plain = key.end() == len(code)
        yield Offer(key[1], offset, value[1] if value else key[1] if plain else None)
    elif quoted and code[:1] in "'\"":
        yield Offer(quoted[2], offset)
    elif code:
        yield None
