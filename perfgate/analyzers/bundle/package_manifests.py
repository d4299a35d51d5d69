"""What the manifest of an installed package says, where it is on disk and inside of the workspace."""

from functools import cache
from pathlib import Path
from typing import Any

from perfgate.errors import ReportError
from perfgate.javascript.parts import readable
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
    file = root / place / "package.json"
    try:
        if file.stat().st_size > _MANIFEST_BYTES or not file.resolve().is_relative_to(root.resolve()):
            return {}
        data = codec.parse_json(file.read_bytes(), place)
    except (OSError, ValueError, ReportError):
        return {}
    return data if isinstance(data, dict) else {}
