"""What each file refers to, remembered by the hash of its content: reading and hashing is far cheaper than lexing."""

import hashlib
import json
from pathlib import Path
from typing import get_args

from perfgate.errors import ReportError
from perfgate.javascript.references import VERSION, Kind, Reference, references
from perfgate.report.document import write_atomically

_MAX_ENTRIES = 100_000
_MAX_BYTES = 256 * 1024 * 1024
Packed = list[int | str]
_KINDS: tuple[str, ...] = get_args(Kind)


class ReferenceCache:
    """References of contents seen before. A cache that cannot be read or written is an empty one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known = _load(path) if path else {}
        self._used: dict[str, Packed] = {}
        self._changed = False

    def references(self, content: bytes, extension: str) -> list[Reference]:
        """The references of a file with this content and extension."""
        key = hashlib.blake2b(content, digest_size=16).hexdigest() + extension
        packed = self._known.get(key, self._used.get(key))
        found = _unpacked(packed) if packed is not None else None
        if found is None:
            found = references(content.decode("utf-8", errors="replace"), extension)
            packed, self._changed = _packed(found), True
        self._used[key] = packed or []
        return found

    @property
    def is_empty(self) -> bool:
        return not self._known

    @property
    def used(self) -> dict[str, Packed]:
        """What this run asked for, by content."""
        return self._used

    def take(self, read: object) -> None:
        """Add what another process read."""
        if isinstance(read, dict):
            self._known.update({key: packed for key, packed in read.items() if isinstance(packed, list)})
            self._changed = True

    def save(self) -> None:
        """Keep what this run used, and as much of the rest as there is room for."""
        if self._path is None or not self._changed:
            return
        room = max(0, _MAX_ENTRIES - len(self._used))
        others = [key for key in self._known if key not in self._used][:room]
        kept = {**self._used, **{key: self._known[key] for key in others}}
        try:
            write_atomically(
                self._path, json.dumps({"version": VERSION, "references": kept}, separators=(",", ":")).encode()
            )
        except ReportError:
            # Only speed is lost; the folder may be read-only.
            return


def _packed(found: list[Reference]) -> Packed:
    """Four values for each reference: kind, line, whether it is optional, specifier."""
    return [part for one in found for part in (_KINDS.index(one.kind), one.line, int(one.optional), one.specifier)]


def _unpacked(packed: Packed) -> list[Reference] | None:
    """The references in `packed`; None where somebody else wrote it."""
    parts = iter(packed)
    try:
        found = [
            Reference(_KINDS[kind], specifier, line, optional == 1)  # type: ignore[index,arg-type]
            for kind, line, optional, specifier in zip(parts, parts, parts, parts, strict=True)
        ]
    except (TypeError, ValueError, IndexError):
        return None
    fits = all(type(one.specifier) is str and type(one.line) is int for one in found)
    return found if fits else None


def _load(path: Path) -> dict[str, Packed]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return {}
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or data.get("version") != VERSION or not isinstance(data.get("references"), dict):
        return {}
    return {key: packed for key, packed in data["references"].items() if isinstance(packed, list)}
