"""A JavaScript or TypeScript module as far as shaking it out of a bundle is concerned: exports, imports, declarations, lines."""

import re
from dataclasses import dataclass

from perfgate.javascript.bindings import ModuleUse, links
from perfgate.javascript.declarations import Declaration, declarations
from perfgate.javascript.exports import Exports, exports
from perfgate.javascript.lexer import blanked
from perfgate.javascript.statements import statements


@dataclass(frozen=True, slots=True)
class Module:
    """What one source says. `code` is its text blanked; `lines` are the numbers of the lines that hold code that runs."""

    source: str
    code: str
    declarations: tuple[Declaration, ...]
    exports: Exports
    links: tuple[ModuleUse, ...]
    lines: frozenset[int]

    def line(self, offset: int) -> int:
        return self.code.count("\n", 0, offset) + 1


# A line of code has a word or a text in it that is more than a bare keyword between brackets.
_WORDS = re.compile(r"[\w$'\"`]+")
_BARE = frozenset(["else", "try", "finally", "do", "return", "default"])


def read(source: str) -> Module:
    """Read a module. Never fails: what cannot be understood counts as code that runs."""
    source = source.removeprefix("\ufeff")
    code = blanked(source)
    found = list(statements(source, code))
    declared = declarations(source, code, found)
    offered = exports(source, code, found, declared)
    return Module(source, code, tuple(declared), offered, tuple(links(source, code)), _code_lines(code, declared))


def _code_lines(code: str, declared: list[Declaration]) -> frozenset[int]:
    """The lines of statements that are more than brackets, without imports, lists of exports and types."""
    texts = code.split("\n")
    numbers = {
        number
        for one in declared
        if one.kind not in ("import", "export", "type", "ambient")
        for number in range(one.first, one.last + 1)
    }
    return frozenset(number for number in numbers if not _BARE.issuperset(_WORDS.findall(texts[number - 1])))
