"""The package.json files of the repository, and which of them are packages of its workspace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perfgate.config import strict_yaml
from perfgate.errors import ReportError
from perfgate.report import codec
from perfgate.workspace.files import match

_MANIFEST_BYTES = 4 * 1024 * 1024


class Manifests:
    """Reads manifests; one that cannot be read becomes a warning and counts as empty."""

    def __init__(self, root: Path, warnings: list[str]) -> None:
        self.root = root
        self.warnings = warnings

    def json(self, path: str) -> dict[str, Any]:
        try:
            content = (self.root / path).read_bytes()
            data = codec.parse_json(content, path, _MANIFEST_BYTES)
        except OSError:
            return {}
        except ReportError as error:
            self.warnings.append(f"{error}; it was passed over")
            return {}
        return data if isinstance(data, dict) else {}

    def workspace_patterns(self) -> list[str]:
        """The package globs of pnpm, npm and yarn."""
        workspaces = self.json("package.json").get("workspaces", [])
        if isinstance(workspaces, dict):
            workspaces = workspaces.get("packages", [])
        patterns = [item for item in workspaces if isinstance(item, str)] if isinstance(workspaces, list) else []
        return [*patterns, *self._pnpm_patterns()]

    def _pnpm_patterns(self) -> list[str]:
        file = "pnpm-workspace.yaml"
        try:
            node, problems = strict_yaml.load((self.root / file).read_bytes(), file)
        except OSError:
            return []
        self.warnings += [f"{problem}; it was passed over" for problem in problems]
        packages = node.entries.get("packages") if isinstance(node, strict_yaml.Mapping) else None
        if packages is None or not isinstance(packages[1], strict_yaml.Sequence):
            return []
        return [item.text for item in packages[1].items if isinstance(item, strict_yaml.Scalar)]

    def workspace_folders(self) -> Iterator[str]:
        """The folders that workspace globs name and that hold a package.json, without the root."""
        patterns = self.workspace_patterns()
        if patterns:
            globs = [f"{pattern.removeprefix('./').rstrip('/')}/package.json" for pattern in patterns]
            for artifact in match(self.root, globs):
                yield artifact.path.removesuffix("/package.json")
