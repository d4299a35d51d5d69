"""Compressed sizes by content: hashing a file is hundreds of times cheaper than compressing it."""

from pathlib import Path

from perfgate.analyzers.content_cache import ContentCache, content_hash

_VERSION = 1
_MAX_ENTRIES = 50_000

SizeCache = ContentCache[int]


def size_cache(path: Path | None) -> SizeCache:
    return ContentCache(path, _VERSION, _MAX_ENTRIES, lambda size: type(size) is int and size >= 0)


def key(content: bytes, encoder: str) -> str:
    return f"{encoder}:{content_hash(content)}"
