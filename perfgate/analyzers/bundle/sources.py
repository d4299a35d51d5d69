"""Sources of the workspace on disk, under names that a bundler or a map gave them and that need not be any good."""

import os
from functools import cache
from pathlib import Path

from perfgate import reading
from perfgate.reading import UnreadableError

_MAX_BYTES = 2_000_000


@cache
def source(root: Path, path: str) -> str:
    """The text of a source of the workspace; nothing where it cannot be read, is too large, or leads out of it."""
    try:
        return reading.content(root, path, _MAX_BYTES).decode("utf-8", "replace")
    except UnreadableError:
        return ""


def is_file(root: Path, path: str) -> bool:
    # Path.is_file() raises for a name that is too long.
    return os.path.isfile(root / path)  # noqa: PTH113


def is_folder(root: Path, path: str) -> bool:
    return os.path.isdir(root / path)  # noqa: PTH112
