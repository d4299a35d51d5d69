"""A port of how GitHub's runner finds commands in what a step prints, to hold perfgate's output against."""

import re

_COMMANDS = frozenset(
    [
        "stop-commands",
        "set-env",
        "set-output",
        "save-state",
        "add-mask",
        "add-path",
        "add-matcher",
        "remove-matcher",
        "debug",
        "warning",
        "error",
        "notice",
        "group",
        "endgroup",
        "echo",
    ]
)
_LEADING_SPACE = re.compile(r"^\s+")


def commands(output: str) -> list[str]:
    """The names of the commands the runner would carry out, in order. Both streams count, and a lone CR ends a line."""
    return [name for line in re.split(r"\r\n|\r|\n", output) if (name := _command(line))]


def _command(line: str) -> str | None:
    trimmed = _LEADING_SPACE.sub("", line)
    if trimmed.startswith("::") and (end := trimmed.find("::", 2)) >= 0:
        name = trimmed[2:end].split(" ", 1)[0]
        if name.lower() in _COMMANDS:
            return name
    # The older form counts wherever it stands in a line.
    start = line.find("##[")
    end = line.find("]", start)
    if 0 <= start < end:
        name = line[start + 3 : end].split(" ", 1)[0]
        if name.lower() in _COMMANDS:
            return name
    return None
