"""What the manifest of an installed package says, where it is on disk and inside of the workspace."""

from functools import cache
from pathlib import Path
from typing import Any

from perfgate import reading
from perfgate.errors import ReportError
from perfgate.javascript.parts import readable
from perfgate.reading import UnreadableError
from perfgate.report import codec

_MANIFEST_BYTES = 1_000_000


def version(root: Path, place: str) -> str | None:
    """The version of the package in that folder."""
    found = _manifest(root, place).get("version")
    return readable(found)[:100] if isinstance(found, str) and found else None


def dependencies(root: Path, place: str) -> list[str]:
    """The packages that the one in that folder needs."""
    found = _manifest(root, place).get("dependencies")
    return sorted(found) if isinstance(found, dict) else []


@cache
def _manifest(root: Path, place: str) -> dict[str, Any]:
    try:
        data = codec.parse_json(reading.content(root, f"{place}/package.json", _MANIFEST_BYTES), place)
    except (UnreadableError, ReportError):
        return {}
    return data if isinstance(data, dict) else {}
