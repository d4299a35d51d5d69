"""Imports as they are written in sources: in the text of one, and, many times faster, in the sources that a map carries."""

import re
from collections.abc import Iterator

from perfgate.javascript.json_scan import Span
from perfgate.javascript.parts import Link, is_package
from perfgate.javascript.source_map import SourceMap

_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"`])([^'"`\n]{1,500})\1""")
# What begins a line that imports nothing at run time.
_IDLE = ("//", "*", "/*", "import type ", "export type ")
_IDLE_BYTES = tuple(map(str.encode, _IDLE))

_KEYWORDS = (b"from", b"import", b"require")
# What may stand behind a keyword, in a JSON string: white space, a bracket, and the specifier in its quotes.
_BEFORE, _SPECIFIED = rb"""(?:[ (]|\\[nrt])*+(?:\\"|['`])""", rb"""([^"'`\\]{1,500}+)(?:\\"|['`])"""
_SPECIFIER = re.compile(_BEFORE + _SPECIFIED)
_PACKAGE_SPECIFIER = re.compile(_BEFORE + rb"(?!\.)" + _SPECIFIED)
_LINE_END = re.compile(rb"(?<!\\)(?:\\\\)*+\\n")


def imports(text: str) -> list[tuple[str, int]]:
    """Specifier and line of each import in the text of a source, in order."""
    found = []
    line, reached = 1, 0
    for match in _IMPORT.finditer(text):
        begin = text.rfind("\n", 0, match.start()) + 1
        if text[begin : match.start()].lstrip().startswith(_IDLE):
            continue
        line += text.count("\n", reached, match.start(2))
        reached = match.start(2)
        found.append((match[2], line))
    return found


def of_map(source_map: SourceMap) -> Iterator[Link]:
    """The imports in the sources that a map carries: with lines in those of the repository, of packages only packages."""
    for name, span in source_map.written():
        if is_package(name):
            for _, specifier in _places(source_map.content, span, _PACKAGE_SPECIFIER):
                yield Link(name, specifier)
        else:
            yield from _with_lines(source_map.content, name, span)


def _with_lines(content: bytes, name: str, span: Span) -> Iterator[Link]:
    line, reached = 1, span[0]
    for at, specifier in sorted(_places(content, span, _SPECIFIER)):
        if not _is_idle(content, span[0], at):
            line += _line_ends(content, reached, at)
            reached = at
            yield Link(name, specifier, line=line)


def _line_ends(content: bytes, start: int, end: int) -> int:
    # Where no backslash stands for itself, every backslash before an n is a line end: counting is many times faster.
    if content.find(rb"\\", start, end) < 0:
        return content.count(rb"\n", start, end)
    return len(_LINE_END.findall(content, start, end))


def _places(content: bytes, span: Span, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, str]]:
    start, end = span
    for keyword in _KEYWORDS:
        at = content.find(keyword, start, end)
        while at >= 0:
            found = pattern.match(content, at + len(keyword), end)
            if found:
                yield found.start(1), found[1].decode("utf-8", "replace")
            at = content.find(keyword, at + len(keyword), end)


def _is_idle(content: bytes, start: int, at: int) -> bool:
    begin = content.rfind(b"\\n", start, at)
    before = content[begin + 2 if begin >= 0 else start + 1 : at].replace(b"\\t", b" ")
    return before.lstrip().startswith(_IDLE_BYTES)
