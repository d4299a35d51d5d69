"""perfgate.yaml: how to find services and what they ship. Optional; what it does not say is discovered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from perfgate.config import strict_yaml
from perfgate.config.reader import Reader
from perfgate.config.strict_yaml import Node, Scalar
from perfgate.errors import ConfigError, Source, did_you_mean

FILE = "perfgate.yaml"
ENCODINGS = ("gzip", "brotli")
DATA_BRANCH = "perfgate-data"


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What the project file says about a service; None means: discover it."""

    path: str | None = None
    artifacts: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """The project file as values. `ignore` names discovered folders that are no services."""

    services: Mapping[str, ServiceConfig] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    encodings: tuple[str, ...] = ENCODINGS
    data_branch: str = DATA_BRANCH


_KEYS = ("version", "services", "ignore", "encodings", "data-branch")
_SERVICE_KEYS = ("path", "artifacts")


def parse(content: bytes, file: str = FILE) -> Project:
    """Read a project file. Raises ConfigError with every problem."""
    root, problems = strict_yaml.load(content, file)
    reader = _ProjectReader(file)
    reader.problems += problems
    project = reader.project(root) if root is not None else Project()
    if reader.problems:
        raise ConfigError(problems=reader.problems, hint=f"nothing was measured; correct {file} and run again")
    return project


class _ProjectReader(Reader):
    """Turns nodes into a Project."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def project(self, root: Node) -> Project:
        parts = dict(self.known(root, _KEYS, "a key of the project file"))
        if isinstance(root, strict_yaml.Mapping) and "version" not in parts:
            self.wrong(root.source, "no version", "add `version: 1` as the first line")
        elif "version" in parts and self.text(parts["version"], "version 1") not in ("", "1"):
            self.wrong(parts["version"].source, "unknown version", "this perfgate reads `version: 1`")
        return Project(
            services=self._services(parts["services"]) if "services" in parts else {},
            ignore=frozenset(self.texts(parts["ignore"], "the name of a service"))
            if "ignore" in parts
            else frozenset(),
            encodings=self._encodings(parts["encodings"]) if "encodings" in parts else ENCODINGS,
            data_branch=self.text(parts["data-branch"], "the name of a branch")
            if "data-branch" in parts
            else DATA_BRANCH,
        )

    def _services(self, node: Node) -> dict[str, ServiceConfig]:
        services = {}
        for name, (source, body) in self.mapping(node, "services by name"):
            if isinstance(body, Scalar) and body.empty:
                services[name] = ServiceConfig(source=source)
                continue
            parts = dict(self.known(body, _SERVICE_KEYS, "a part of a service"))
            services[name] = ServiceConfig(
                path=self._inside(parts["path"]) if "path" in parts else None,
                artifacts=self._globs(parts["artifacts"]) if "artifacts" in parts else (),
                source=parts["artifacts"].source if "artifacts" in parts else source,
            )
        return services

    def _globs(self, node: Node) -> tuple[str, ...]:
        globs = self.texts(node, "a pattern such as dist/apps/web/**/*.js")
        items = node.items if isinstance(node, strict_yaml.Sequence) else [node]
        for item in items:
            self._inside(item)
        if globs and all(glob.startswith("!") for glob in globs):
            self.wrong(node.source, "artifacts only excludes", "add a pattern that says what to measure")
        return globs

    def _inside(self, node: Node) -> str:
        """A path of the workspace: relative, and never upwards."""
        text = self.text(node, "a path")
        path = text.removeprefix("!")
        if path.startswith(("/", "~")) or ".." in path.replace("\\", "/").split("/"):
            self.wrong(
                node.source, f"{text!r} leaves the workspace", "paths are relative to the folder of perfgate.yaml"
            )
        return text.removeprefix("./").rstrip("/")

    def _encodings(self, node: Node) -> tuple[str, ...]:
        names = self.texts(node, f"some of {', '.join(ENCODINGS)}") if not _empty_list(node) else ()
        for name in names:
            if name not in ENCODINGS:
                self.wrong(node.source, f"unknown encoding {name!r}", did_you_mean(name, ENCODINGS))
        return names


def _empty_list(node: Node) -> bool:
    return isinstance(node, strict_yaml.Sequence) and not node.items
