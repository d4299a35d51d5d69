"""Imports as they are written in sources: in the text of one, and in the sources that a map carries."""

import re
from collections.abc import Iterator

from perfgate.javascript import lexer
from perfgate.javascript.json_scan import Span
from perfgate.javascript.parts import Link, is_package
from perfgate.javascript.source_map import SourceMap

_RUNNING = frozenset({"import", "export", "dynamic", "require"})
_KEYWORDS = (b"from", b"import", b"require")
# What may stand behind a keyword, in a JSON string: white space, a bracket, and the package in its quotes.
_SPECIFIER = re.compile(rb"""(?:[ (]|\\[nrt])*+(?:\\"|['`])(?!\.)([^"'`\\]{1,500}+)(?:\\"|['`])""")


def imports(text: str) -> list[tuple[str, int]]:
    """Specifier and line of each import at run time in the text of a source, in order."""
    return [(found.specifier, found.line) for found in lexer.imports(text) if found.kind in _RUNNING]


def of_map(source_map: SourceMap) -> Iterator[Link]:
    """The imports in the sources that a map carries: with lines in those of the repository, of packages only packages."""
    for name, span in source_map.written():
        if is_package(name):
            yield from (Link(name, specifier) for specifier in _packages(source_map.content, span))
        else:
            yield from (Link(name, specifier, line=line) for specifier, line in imports(source_map.text(span)))


def _packages(content: bytes, span: Span) -> Iterator[str]:
    """What a package may import, seen without decoding its text: most of a map is that, and a guess does for it."""
    start, end = span
    for keyword in _KEYWORDS:
        at = content.find(keyword, start, end)
        while at >= 0:
            found = _SPECIFIER.match(content, at + len(keyword), end)
            if found:
                yield found[1].decode("utf-8", "replace")
            at = content.find(keyword, at + len(keyword), end)
