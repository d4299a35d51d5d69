"""What was found out about contents seen before, by their hash, in one file.

A cache that cannot be read, is of another version or was written by somebody else is an empty one: only speed is lost.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from perfgate.errors import ReportError
from perfgate.report.document import write_atomically

_MAX_BYTES = 256 * 1024 * 1024

T = TypeVar("T")


def content_hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=20).hexdigest()


class ContentCache(Generic[T]):
    """Values by key; `is_value` tells what is one. Without a path nothing outlives the run."""

    def __init__(self, path: Path | None, version: int, most: int, is_value: Callable[[Any], bool]) -> None:
        self._path, self._version, self._most, self._is_value = path, version, most, is_value
        self._known: dict[str, T] = self._load() if path else {}
        self.used: dict[str, T] = {}
        self._changed = False

    @property
    def is_empty(self) -> bool:
        return not self._known

    def get(self, key: str) -> T | None:
        value = self._known.get(key, self.used.get(key))
        if value is not None:
            self.used[key] = value
        return value

    def put(self, key: str, value: T) -> None:
        self.used[key] = value
        self._changed = True

    def take(self, found: object) -> None:
        """Add what another process found out, as far as it is that."""
        self._known.update(self._values(found))
        self._changed = True

    def save(self) -> None:
        """Keep what this run used, and as much of the rest as there is room for."""
        if self._path is None or not self._changed:
            return
        room = max(0, self._most - len(self.used))
        others = [key for key in self._known if key not in self.used][:room]
        kept = {**self.used, **{key: self._known[key] for key in others}}
        body = json.dumps({"version": self._version, "values": kept}, separators=(",", ":"))
        try:
            write_atomically(self._path, body.encode())
        except ReportError:
            # The folder may be read-only.
            return

    def _load(self) -> dict[str, T]:
        try:
            if self._path is None or self._path.stat().st_size > _MAX_BYTES:
                return {}
            data = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return (
            self._values(data.get("values")) if isinstance(data, dict) and data.get("version") == self._version else {}
        )

    def _values(self, found: object) -> dict[str, T]:
        entries = found.items() if isinstance(found, dict) else ()
        return {key: value for key, value in entries if self._is_value(value)}
