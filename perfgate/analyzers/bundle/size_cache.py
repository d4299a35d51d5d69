"""Compressed sizes by content hash: hashing a file is hundreds of times cheaper than compressing it."""

import hashlib
import json
from pathlib import Path

from perfgate.errors import ReportError
from perfgate.report import codec
from perfgate.report.document import write_atomically

_MAX_ENTRIES = 50_000


class SizeCache:
    """Sizes of contents seen before, for each encoder. A cache that cannot be read or written is an empty one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known = _load(path) if path else {}
        self._used: dict[str, int] = {}
        self._changed = False

    @staticmethod
    def key(content: bytes, encoder: str) -> str:
        return f"{encoder}:{hashlib.blake2b(content, digest_size=20).hexdigest()}"

    def get(self, key: str) -> int | None:
        size = self._known.get(key)
        if size is not None:
            self._used[key] = size
        return size

    def put(self, key: str, size: int) -> None:
        self._used[key] = size
        self._changed = True

    def save(self) -> None:
        """Keep what this run used, and as much of the rest as there is room for."""
        if self._path is None or not self._changed:
            return
        room = max(0, _MAX_ENTRIES - len(self._used))
        others = [key for key in self._known if key not in self._used][:room]
        kept = {**self._used, **{key: self._known[key] for key in others}}
        try:
            write_atomically(self._path, json.dumps(kept).encode())
        except ReportError:
            # Only speed is lost; the folder may be read-only.
            return


def _load(path: Path) -> dict[str, int]:
    try:
        data = codec.parse_json(path.read_bytes(), str(path))
    except (OSError, ReportError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {key: size for key, size in data.items() if type(size) is int and size >= 0}
