"""Reads files that a pull request can put anywhere: only regular ones, inside of the workspace, and not without end."""

import os
import stat
from pathlib import Path


class UnreadableError(Exception):
    """A file that is not read; `str()` says why, to stand behind its path. `missing`: it is not there at all."""

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


def content(root: Path, path: str, most: int) -> bytes:
    """The bytes of the file at `path` below `root`, links resolved; at most `most` of them.

    Raises UnreadableError. A pipe is never waited for.
    """
    try:
        # Opened first and asked then: what is asked is what is read.
        handle = os.open(root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise UnreadableError("is not there", missing=True) from error
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error
    try:
        size = os.fstat(handle).st_size
        reason = _refused(root, path, os.fstat(handle).st_mode) or (
            f"is larger than {most:,} bytes" if size > most else ""
        )
        if reason:
            raise UnreadableError(reason)
        with os.fdopen(handle, "rb", closefd=False) as stream:
            return stream.read(size)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {_reason(error)}") from error
    finally:
        os.close(handle)


def _refused(root: Path, path: str, mode: int) -> str:
    """Why a file of that kind at that place is not read; empty when it is."""
    if stat.S_ISDIR(mode):
        return "cannot be read: Is a directory"
    if not Path(os.path.realpath(root / path)).is_relative_to(os.path.realpath(root)):
        return "is a link to a place outside of the workspace"
    return "" if stat.S_ISREG(mode) else "is no regular file"


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
