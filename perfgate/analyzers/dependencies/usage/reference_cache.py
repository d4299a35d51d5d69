"""What each file refers to, remembered by the hash of its content: reading and hashing is far cheaper than lexing."""

from pathlib import Path
from typing import get_args

from perfgate.analyzers.content_cache import ContentCache, content_hash
from perfgate.javascript.references import VERSION, Kind, Reference, references

_MAX_ENTRIES = 100_000
Packed = list[int | str]
ReferenceCache = ContentCache[Packed]
_KINDS: tuple[str, ...] = get_args(Kind)


def reference_cache(path: Path | None) -> ReferenceCache:
    return ContentCache(path, VERSION, _MAX_ENTRIES, lambda packed: isinstance(packed, list))


def references_of(cache: ReferenceCache, content: bytes, extension: str) -> list[Reference]:
    """The references of a file with this content and extension."""
    key = content_hash(content) + extension
    packed = cache.get(key)
    found = _unpacked(packed) if packed is not None else None
    if found is None:
        found = references(content.decode("utf-8", errors="replace"), extension)
        cache.put(key, _packed(found))
    return found


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
