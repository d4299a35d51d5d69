"""What a build command is told: the whole environment, as every build needs another part of it, without its secrets."""

import re
from collections.abc import Collection, Mapping

_SECRET = re.compile(
    r"token(?!iz)|secret|passw|passphrase|credential|api_?key|access_?key|private_?key|(^|_)(key|pat|pwd)$|_auth$",
    re.IGNORECASE,
)
# The folder a shell stands in, and no password.
_HARMLESS = frozenset({"PWD"})
# A shorter value would be found in many a word.
_SHORTEST_SECRET = 6


def secrets(environment: Mapping[str, str], inherit: Collection[str] = ()) -> dict[str, str]:
    """The variables whose names look like a secret, without those that are to be handed on all the same."""
    return {
        name: value
        for name, value in environment.items()
        if _SECRET.search(name) and name not in _HARMLESS and name not in inherit
    }


def hidden(text: str, values: Collection[str]) -> str:
    """`text` with every secret value in it replaced: a shell may have put one into the command."""
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, "***")
    return text
