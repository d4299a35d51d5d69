"""Reads what files refer to in two processes where there are many: lexing is what a first run spends its time with.

What the second process does not deliver is read by the first; nothing else depends on it.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress

# Below this, starting a process takes longer than it saves.
_FEWEST = 800


def share(items: Sequence[tuple[str, str]], work: Callable[[Sequence[tuple[str, str]]], object]) -> object | None:
    """What a child process makes of every second of `items` while this one does the others; None where it cannot."""
    if len(items) < _FEWEST or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        return None
    receiving, sending = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(receiving)
        os.close(sending)
        return None
    if child == 0:
        _deliver(items[1::2], work, sending)
    os.close(sending)
    work(items[::2])
    with os.fdopen(receiving, "rb") as stream:
        delivered = stream.read()
    os.waitpid(child, 0)
    with suppress(ValueError, RecursionError):
        found: object = json.loads(delivered)
        return found
    return None


def _deliver(
    items: Sequence[tuple[str, str]], work: Callable[[Sequence[tuple[str, str]]], object], sending: int
) -> None:
    """The life of the child: whatever happens, it ends here and prints nothing."""
    with suppress(BaseException):
        content = json.dumps(work(items), separators=(",", ":")).encode()
        with os.fdopen(sending, "wb") as stream:
            stream.write(content)
    os._exit(0)
