"""Code in other files: the scripts and styles of Vue, Svelte, Astro, MDX and HTML.

Everything around the code becomes spaces, so that the lines of what is found stay right.
"""

import re

_INK = re.compile(r"[^\n]")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_LINKED = re.compile(
    r"""<(?:script|link|template|style)\b[^>]*?\b(?:src|href)\s*=\s*(["'])([^"'\n]+)\1""", re.IGNORECASE
)
_FRONT_MATTER = re.compile(r"\s*---\n(.*?)\n---", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_MDX_STATEMENT = re.compile(r"^(?:import|export)\b[^\n]*(?:\n(?!\s*\n)[^\n]*)*", re.MULTILINE)


def scripts(text: str, extension: str) -> str:
    """Only the code of a file, at its lines."""
    if extension == ".mdx":
        text = _FENCE.sub(lambda fence: _INK.sub(" ", fence[0]), text)
        return _keep(text, [found.span() for found in _MDX_STATEMENT.finditer(text)])
    spans = [found.span(2) for found in _SCRIPT.finditer(text)]
    if extension == ".astro" and (front := _FRONT_MATTER.match(text)):
        spans.insert(0, front.span(1))
    return _keep(text, spans)


def styles(text: str) -> str:
    """Only the styles of a file, at their lines."""
    return _keep(text, [found.span(1) for found in _STYLE.finditer(text)])


def linked(text: str) -> list[tuple[str, int]]:
    """Files that tags name with `src` or `href`, with their offsets."""
    return [(found[2], found.start(2)) for found in _LINKED.finditer(text)]


def _keep(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, position = [], 0
    for start, end in spans:
        if start >= position:
            pieces += [_INK.sub(" ", text[position:start]), text[start:end]]
            position = end
    return "".join([*pieces, _INK.sub(" ", text[position:])])
