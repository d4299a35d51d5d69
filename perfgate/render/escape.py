"""The one place that makes untrusted text inert: in markdown, in the log of a runner, and in workflow commands.

Names, paths and reasons come from the pull request under test. Whatever they hold, they are shown and never obeyed.
"""

import re
import unicodedata

NAME_LIMIT = 60
PROSE_LIMIT = 240
LOG_LIMIT = 4096

_REPLACEMENT = "\ufffd"
_ZERO_WIDTH_SPACE = "\u200b"
_BAR = "\u2223"
# Letters and marks that leave no ink, which the categories below do not tell.
_INKLESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# cmark gives up on fences longer than 80, and then nothing holds the span together.
_LONGEST_RUN = 16

# What perfgate itself says of numbers: no character that markdown or GitHub could act on.
_SENTENCE = re.compile(r"[A-Za-z0-9(+−<](?:[A-Za-z0-9 ,;()%+−≤≥'’…-]|\.(?=[ \d]|$)|: |<(?=\d))*")
# List items, rules, commit hashes and references such as GH-12 or JIRA-7, which need no special character.
_ACTIVE = re.compile(r"^\d+[.)]( |$)|^[+<](?!\d)|--|\b[0-9a-f]{7,}\b|[A-Za-z]-\d")

_NUMBERED = re.compile(r"\d+[.)]( |$)")

# What joins the words between two code spans to them: `): `, ` (`, `, `.
_JOINT = re.compile(r"((?:[.,;)]|:(?= ))* ?)(.*?)((?: ?\()?[.,;:]? ?)")


def line(text: str) -> str:
    """One line of characters that can be seen: white space becomes a space, what hides or reorders text becomes `�`."""
    return " ".join("".join(map(_visible, text)).split())


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    # C: controls, formats (bidirectional, zero-width), surrogates, unassigned. Z: separators.
    if unicodedata.category(character)[0] in "CZ" or character in _INKLESS:
        return _REPLACEMENT
    return character


def shorten(text: str, limit: int = NAME_LIMIT) -> str:
    """At most `limit` characters; what is left out in the middle is marked, since paths differ at both ends."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def code(text: str, limit: int = NAME_LIMIT) -> str:
    """A markdown code span, for table cells and prose.

    Entities would not do: GitHub links mail addresses, mentions and issue numbers after decoding them. Nor would an
    escaped bar: a backslash before it ends the table cell after all.
    """
    inner = _tame_backticks(shorten(line(text), limit).replace("|", _BAR))
    if not inner:
        return "–"
    fence = "`" * (_longest_run(inner) + 1)
    pad = " " if inner[0] == "`" or inner[-1] == "`" else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def code_html(text: str, limit: int = NAME_LIMIT) -> str:
    """A code element, for inside of an HTML block such as `<summary>`, where markdown is not read."""
    import html

    return f"<code>{html.escape(shorten(line(text), limit)) or '–'}</code>"


def prose(text: str, limit: int = PROSE_LIMIT) -> str:
    """Plain words where the text is one of perfgate's sentences about numbers; anything else is a code span."""
    shown = shorten(line(text), limit)
    harmless = _SENTENCE.fullmatch(shown) and not _ACTIVE.search(shown)
    return shown if harmless else code(text, limit)


def marked(text: str, limit: int = PROSE_LIMIT) -> str:
    """A sentence in which names, paths and commands stand between backticks: those are code, the rest is prose."""
    parts = shorten(line(text), limit).split("`")
    if len(parts) % 2 == 0 or _NUMBERED.match(parts[0]):
        return code(text, limit)
    shown = (code(part, limit) if index % 2 else _between(part) for index, part in enumerate(parts))
    return "".join(shown)


def _between(part: str) -> str:
    """Words between code spans, with the blanks and marks at their ends that join them."""
    joint = _JOINT.fullmatch(part)
    before, inner, after = joint.groups() if joint else ("", part, "")
    return f"{before}{prose(inner)}{after}" if inner else part


def fenced(text: str, language: str) -> str:
    """A fenced code block that its own text cannot close."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def log(text: str) -> str:
    """One line for stdout or stderr, in which a runner finds no command. Spacing is kept."""
    shown = "".join(part if part == _ZERO_WIDTH_SPACE else _visible(part) for part in text)
    return re.sub(r":(?=:)|##(?=\[)", lambda found: found[0] + _ZERO_WIDTH_SPACE, shorten(shown, LOG_LIMIT))


def command(name: str, message: str, **properties: str | int | None) -> str:
    """A workflow command such as `::error file=a.yaml,line=3::message`; properties without a value are left out."""
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    lines = re.split(r"\r\n|\r|\n", message)
    data = shorten("\n".join("".join(map(_visible, part)) for part in lines), LOG_LIMIT)
    return f"::{name}{' ' if given else ''}{given}::{_data(data)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(line(text)).replace(":", "%3A").replace(",", "%2C")


def _tame_backticks(text: str) -> str:
    return text if _longest_run(text) <= _LONGEST_RUN else text.replace("`", "\u02cb")


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
