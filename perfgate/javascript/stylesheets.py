"""What style sheets load: `@import`, `@use`, `@forward`, `@plugin`, `@config`, `@reference`, `composes`, `url()`."""

import re
from collections.abc import Iterator

_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/|(?<![:\w])//[^\n]*")
_AT = re.compile(
    r"""@(?:import|use|forward|plugin|config|reference|require|source|value[^;{}]*?\bfrom)\b\s*(?:\([^)\n]*\)\s*)?([^;{}\n]+)"""
)
_TEXT = re.compile(r"""["']([^"'\n]+)["']""")
_URL = re.compile(r"""\burl\(\s*["']?([^"')\s]+)""")
_COMPOSES = re.compile(r"""\bcomposes\s*:[^;{}]*?\bfrom\s+["']([^"'\n]+)["']""")
_INK = re.compile(r"[^\n]")


def references(text: str) -> Iterator[tuple[str, int]]:
    """Each specifier with its offset; `~name` and plain `name` both come as the name."""
    plain = _COMMENT.sub(lambda comment: _INK.sub(" ", comment[0]), text) if "/" in text else text
    for rule in _AT.finditer(plain):
        for found in _TEXT.finditer(rule[1]):
            yield _bare(found[1]), rule.start()
        for found in _URL.finditer(rule[1]):
            yield _bare(found[1]), rule.start()
    for found in _COMPOSES.finditer(plain):
        yield _bare(found[1]), found.start()
    for found in _URL.finditer(plain):
        if found[1].startswith("~") or "node_modules/" in found[1]:
            yield _bare(found[1]), found.start()


def _bare(specifier: str) -> str:
    specifier = specifier.partition("node_modules/")[2] or specifier
    return specifier[1:] if specifier.startswith("~") and not specifier.startswith("~/") else specifier
