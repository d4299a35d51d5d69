"""perfgate.yaml: how to find services and what they ship. Optional; what it does not say is discovered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perfgate.config import strict_yaml
from perfgate.config.custom import CustomReader
from perfgate.config.reader import Reader
from perfgate.config.strict_yaml import Node, Scalar
from perfgate.errors import ConfigError, Source, did_you_mean
from perfgate.report.model import MetricSpec
from perfgate.units import Unit, UnitError
from perfgate.units import parse as parse_amount

if TYPE_CHECKING:
    from perfgate.config.running import Compare, Load, MemoryLoad, Running

FILE = "perfgate.yaml"
ENCODINGS = ("gzip", "brotli")
DATA_BRANCH = "perfgate-data"
HEAVY = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """What the project file says about a service; None means: discover it, or, for `running`, do not start it."""

    path: str | None = None
    artifacts: tuple[str, ...] = ()
    source: Source | None = None
    running: "Running | None" = None


@dataclass(frozen=True, slots=True)
class IgnoredDependency:
    """A dependency that findings are not counted for, and why; in one workspace only, or in all."""

    package: str
    reason: str
    source: Source
    workspace: str | None = None

    def matches(self, package: str, workspace: str, folder: str) -> bool:
        return self.package == package and self.workspace in (None, workspace, folder or ".")


@dataclass(frozen=True, slots=True)
class DepsConfig:
    """What is asked of the analysis of dependencies. `heavy` are the bytes from which one counts as heavy."""

    ignore: tuple[IgnoredDependency, ...] = ()
    heavy: int = HEAVY


@dataclass(frozen=True, slots=True)
class Project:
    """The project file as values. `ignore` names discovered folders that are no services, `custom` are metrics by id.

    `unmeasured` names what a run leaves out of response and memory.
    """

    services: Mapping[str, ServiceConfig] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    encodings: tuple[str, ...] = ENCODINGS
    data_branch: str = DATA_BRANCH
    deps: DepsConfig = DepsConfig()
    compare: "Compare | None" = None
    unmeasured: frozenset[str] = frozenset()
    custom: Mapping[str, MetricSpec] = field(default_factory=dict)


_KEYS = ("version", "services", "ignore", "encodings", "data-branch", "deps", "response", "memory", "compare", "custom")
_DEPS_KEYS = ("ignore", "heavy")
_IGNORED_KEYS = ("package", "reason", "workspace")
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
        # Where there is no project file, nothing of this is needed: it takes 5 ms of every start.
        from perfgate.config import running
        from perfgate.config.running_reader import START_KEYS, RunningReader

        self.words = running
        self.running = RunningReader(self)
        self.service_keys = (*_SERVICE_KEYS, *START_KEYS)

    def project(self, root: Node) -> Project:
        parts = dict(self.known(root, _KEYS, "a key of the project file"))
        if isinstance(root, strict_yaml.Mapping) and "version" not in parts:
            self.wrong(root.source, "no version", "add `version: 1` as the first line")
        elif "version" in parts and self.text(parts["version"], "version 1") not in ("", "1"):
            self.wrong(parts["version"].source, "unknown version", "this perfgate reads `version: 1`")
        # `memory: ignore` leaves it out of a run.
        unmeasured = frozenset(key for key in ("response", "memory") if _is_ignore(parts.get(key)))
        parts = {key: part for key, part in parts.items() if key not in unmeasured}
        load, memory = self.words.Load(), self.words.MemoryLoad()
        load = self.running.load(parts["response"], load) if "response" in parts else load
        memory = self.running.memory(parts["memory"], memory) if "memory" in parts else memory
        return Project(
            unmeasured=unmeasured,
            services=self._services(parts["services"], load, memory) if "services" in parts else {},
            ignore=frozenset(self.texts(parts["ignore"], "the name of a service"))
            if "ignore" in parts
            else frozenset(),
            encodings=self._encodings(parts["encodings"]) if "encodings" in parts else ENCODINGS,
            data_branch=self.text(parts["data-branch"], "the name of a branch")
            if "data-branch" in parts
            else DATA_BRANCH,
            deps=self._deps(parts["deps"]) if "deps" in parts else DepsConfig(),
            compare=self.running.compare(parts["compare"]) if "compare" in parts else self.words.Compare(),
            custom=CustomReader(self).metrics(parts["custom"]) if "custom" in parts else {},
        )

    def _services(self, node: Node, load: "Load", memory: "MemoryLoad") -> dict[str, ServiceConfig]:
        services = {}
        for name, (source, body) in self.mapping(node, "services by name"):
            if isinstance(body, Scalar) and body.empty:
                services[name] = ServiceConfig(source=source)
                continue
            parts = dict(self.known(body, self.service_keys, "a part of a service"))
            services[name] = ServiceConfig(
                path=self._inside(parts["path"]) if "path" in parts else None,
                artifacts=self._globs(parts["artifacts"]) if "artifacts" in parts else (),
                source=parts["artifacts"].source if "artifacts" in parts else source,
                running=self.running.running(source, parts, load, memory),
            )
        return services

    def _deps(self, node: Node) -> DepsConfig:
        parts = dict(self.known(node, _DEPS_KEYS, "a part of deps"))
        ignored = parts.get("ignore")
        if not isinstance(ignored, strict_yaml.Sequence | None) and not (isinstance(ignored, Scalar) and ignored.empty):
            self.wrong(ignored.source, "expected a list of entries", "write `- {package: x, reason: why}`")
        entries = ignored.items if isinstance(ignored, strict_yaml.Sequence) else []
        return DepsConfig(
            ignore=tuple(entry for item in entries if (entry := self._ignored(item)) is not None),
            heavy=self._size(parts["heavy"]) if "heavy" in parts else HEAVY,
        )

    def _ignored(self, node: Node) -> IgnoredDependency | None:
        parts = dict(self.known(node, _IGNORED_KEYS, "a part of an ignored dependency"))
        for key, hint in (("package", "name the dependency"), ("reason", "say why, for whoever reads this next year")):
            if key not in parts and isinstance(node, strict_yaml.Mapping):
                self.wrong(node.source, f"no {key}", hint)
        if not {"package", "reason"} <= parts.keys():
            return None
        package, reason = self.text(parts["package"], "a package"), self.text(parts["reason"], "a reason")
        workspace = self.text(parts["workspace"], "a package of the workspace") if "workspace" in parts else None
        return IgnoredDependency(package, reason, node.source, workspace) if package and reason else None

    def _size(self, node: Node) -> int:
        try:
            return int(parse_amount(self.text(node, "a size such as 5 MB"), Unit.BYTES))
        except UnitError as error:
            self.wrong(node.source, str(error), error.hint)
            return HEAVY

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


def _is_ignore(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text == "ignore"


def _empty_list(node: Node) -> bool:
    return isinstance(node, strict_yaml.Sequence) and not node.items
