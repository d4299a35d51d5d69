"""Scalars and flow collections of YAML, from text that is known to hold one."""

import re
from typing import Any

_QUOTED = re.compile(r"""'[^']*(?:''[^']*)*'|"[^"\\]*(?:\\.[^"\\]*)*\"""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPES = dict(zip("0abtnvfre_NLP", "\0\a\b\t\n\v\f\r\x1b\xa0\x85\u2028\u2029", strict=True))
# By far the most frequent flow collection.
_SIMPLE = re.compile(r"\{([A-Za-z]+): ([^\s,:#{}\[\]'\"]+)\}")
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[{}\[\],]|:(?=[\s,{}\[\]'"]|$))|(?P<quoted>'[^']*(?:''[^']*)*'|"[^"\\]*(?:\\.[^"\\]*)*")"""
    r"""|(?P<plain>[^\s{}\[\],'"](?:[^{}\[\],:]|:(?=[^\s,{}\[\]]))*))"""
)
_MAX_DEPTH = 20


def quoted_end(text: str) -> int:
    """Where the quoted scalar at the start of `text` ends; 0 when it does not."""
    match = _QUOTED.match(text)
    return match.end() if match else 0


def unquote(text: str) -> str:
    """The text of a scalar that may stand in quotes."""
    if text[:1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:1] != '"':
        return text
    return _ESCAPE.sub(_unescape, text[1:-1]) if "\\" in text else text[1:-1]


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return chr(min(int(code, 16), 0x10FFFF))
    return _ESCAPES.get(match[4], match[4])


def folded(parts: list[str]) -> str:
    """The lines of a quoted scalar as one: a line end is a blank, an empty line a line end."""
    return re.sub(r" ?(\n+) ?", r"\1", " ".join(part or "\n" for part in parts))


def block(lines: list[str], header: str) -> str:
    """A literal or folded block scalar from its lines."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    texts = [line[margin:].rstrip() for line in lines]
    text = "\n".join(texts) if header[0] == "|" else folded(texts)
    return text if "-" in header else f"{text}\n"


def simple_flow(text: str) -> dict[str, str] | None:
    match = _SIMPLE.fullmatch(text)
    return {match[1]: match[2]} if match else None


def balanced(text: str) -> bool:
    """Whether the brackets that open at the start of `text` are closed in it."""
    depth = position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match["mark"] or "", 0)
        if depth == 0:
            return True
    return False


def flow(text: str) -> tuple[Any, str]:
    """The flow collection at the start of `text`, and what follows it. Raises ValueError."""
    value, end = _value(text, 0, 1)
    return value, text[end:]


def _token(text: str, position: int) -> re.Match[str]:
    match = _TOKEN.match(text, position)
    if match is None:
        raise ValueError("a bracket is not closed")
    return match


def _value(text: str, position: int, depth: int) -> tuple[Any, int]:
    token = _token(text, position)
    if depth > _MAX_DEPTH:
        raise ValueError(f"brackets nested deeper than {_MAX_DEPTH} levels")
    if token["mark"] == "{":
        return _pairs(text, token.end(), depth)
    if token["mark"] == "[":
        return _items(text, token.end(), depth)
    if token["mark"]:
        return "", token.start("mark")
    if (token["plain"] or "")[:1] in tuple("&*!%@`"):
        raise ValueError("anchors, aliases and tags are not allowed")
    return unquote(token["quoted"]) if token["quoted"] else token["plain"].rstrip(), token.end()


def _pairs(text: str, position: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while (token := _token(text, position))["mark"] != "}":
        if token["mark"] == "," and found:
            position = token.end()
            continue
        if token["mark"]:
            raise ValueError(f"expected a key, found {token['mark']!r}")
        key = unquote(token["quoted"]) if token["quoted"] else token["plain"].rstrip()
        colon = _token(text, token.end())
        if colon["mark"] != ":" or key in found:
            raise ValueError(f"expected one value for {key[:214]!r}")
        found[key], position = _value(text, colon.end(), depth + 1)
    return found, token.end()


def _items(text: str, position: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    while (token := _token(text, position))["mark"] != "]":
        if token["mark"] == "," and found:
            position = token.end()
            continue
        if token["mark"] in {",", "}", ":"}:
            raise ValueError(f"unexpected {token['mark']!r}")
        value, position = _value(text, position, depth + 1)
        found.append(value)
    return found, token.end()
