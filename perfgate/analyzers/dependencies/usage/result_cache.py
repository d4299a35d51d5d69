"""Results of whole analyses, remembered by the fingerprint of what they were made from.

A cache that cannot be read, or that is not what was written, is an empty one.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from perfgate.analyzers.dependencies.usage.fingerprint import Contents, fingerprint
from perfgate.errors import ReportError
from perfgate.report.document import write_atomically

_VERSION = 1
_MAX_RESULTS = 4
_MAX_FILES = 200_000
_MAX_BYTES = 128 * 1024 * 1024


class ResultCache:
    """What is known of `root` under `settings`; without a file nothing is."""

    def __init__(self, path: Path | None, root: Path, settings: object) -> None:
        self._path = path
        self._results: dict[str, str] = {}
        if path is None:
            return
        kept = _load(path)
        self._results = kept.get("results", {})
        self._contents = Contents(kept.get("contents", {}))
        self._key = fingerprint(root, settings, self._contents)

    def get(self) -> Any:
        """The result of the same inputs, or None."""
        if self._path is None or self._key not in self._results:
            return None
        result = json.loads(self._results[self._key])
        if self._contents.changed:
            self._write()
        return result

    def put(self, result: Any) -> None:
        """Remember the result, and drop the oldest ones."""
        if self._path is None:
            return
        self._results.pop(self._key, None)
        self._results[self._key] = json.dumps(result, separators=(",", ":"))
        for key in list(self._results)[:-_MAX_RESULTS]:
            del self._results[key]
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        contents = dict(list(self._contents.used.items())[:_MAX_FILES])
        body = json.dumps({"results": self._results, "contents": contents}, separators=(",", ":")).encode()
        try:
            write_atomically(self._path, _head(body) + body)
        except ReportError:
            # Only speed is lost; the folder may be read-only.
            return


def _head(body: bytes) -> bytes:
    return f"{_VERSION} {hashlib.blake2b(body, digest_size=16).hexdigest()}\n".encode()


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return {}
        head, _, body = path.read_bytes().partition(b"\n")
        if head + b"\n" != _head(body):
            return {}
        found = json.loads(body)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
