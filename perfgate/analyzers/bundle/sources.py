"""Sources of the workspace on disk, under names that a bundler or a map gave them and that need not be any good."""

import os
from functools import cache
from pathlib import Path

_MAX_BYTES = 2_000_000


@cache
def source(root: Path, path: str) -> str:
    """The text of a source of the workspace; nothing where it cannot be read, is too large, or leads out of it."""
    file = root / path
    try:
        # Most names lead nowhere; asking is cheaper than following links.
        if file.stat().st_size > _MAX_BYTES or not file.resolve().is_relative_to(root.resolve()):
            return ""
        return file.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""


def is_file(root: Path, path: str) -> bool:
    # Path.is_file() raises for a name that is too long.
    return os.path.isfile(root / path)  # noqa: PTH113


def is_folder(root: Path, path: str) -> bool:
    return os.path.isdir(root / path)  # noqa: PTH112
