"""The real things a command works with, built once: settings, clock, git, the event that started the run."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from perfgate import __version__, process, reading
from perfgate.analyzers import METRICS
from perfgate.config import project
from perfgate.config.project import Project
from perfgate.config.settings import Settings, cache_folder, take
from perfgate.errors import ConfigError, Problem, ProcessError, Source
from perfgate.history.git import Git, Head, token_credentials
from perfgate.reading import UnreadableError
from perfgate.report.model import FORMAT_VERSION, Encoders, Environment, MetricSpec, Report, Tool
from perfgate.workspace.services import Workspace, discover

if TYPE_CHECKING:
    from perfgate.config.limits import Budgets
    from perfgate.history.store import DataBranch
    from perfgate.publish.event import Event, Plan
    from perfgate.publish.github import Client

_MAX_CONFIG_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class World:
    """One run: where, when, and what it was told."""

    root: Path
    settings: Settings

    @cached_property
    def git(self) -> Git:
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        credentials = token_credentials(self.settings.token, server) if self.settings.token else {}
        return Git(self.root, process.run, credentials, disposable=os.environ.get("GITHUB_ACTIONS") == "true")

    @cached_property
    def head(self) -> Head:
        return self.git.head()

    @cached_property
    def project(self) -> Project:
        file = self.root / project.FILE
        return project.parse(self._read(file)) if file.exists() else Project()

    @cached_property
    def metrics(self) -> dict[str, MetricSpec]:
        """Every metric there is here: those of perfgate, and those that the team declares."""
        return {**METRICS, **self.project.custom}

    @cached_property
    def warned(self) -> set[str]:
        """The warnings that this run has said."""
        return set()

    @cached_property
    def workspace(self) -> Workspace:
        return discover(self.root, self.project)

    @cached_property
    def store(self) -> "DataBranch":
        from perfgate.history.store import DataBranch

        return DataBranch(self.git, self.project.data_branch)

    @cached_property
    def event(self) -> "Event | None":
        """What started this run, where GitHub did."""
        if "GITHUB_EVENT_NAME" not in os.environ:
            return None
        from perfgate.publish import event

        path = os.environ.get("GITHUB_EVENT_PATH")
        payload = json.loads(Path(path).read_bytes()) if path else {}
        return event.read(os.environ, payload)

    @cached_property
    def plan(self) -> "Plan":
        """What this event allows perfgate to tell GitHub."""
        from perfgate.publish import event

        return event.decide(
            self.event,
            has_token=bool(self.settings.token),
            wants_comment=self.settings.wants_comment,
            wants_statuses=self.settings.wants_statuses,
        )

    @cached_property
    def client(self) -> "Client | None":
        """GitHub, where this run has a token and a repository."""
        if not self.settings.token or self.event is None:
            return None
        from perfgate.publish.github import Client

        api_url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
        return Client(self.settings.token, self.event.repository, api_url)

    def cache_file(self, name: str) -> Path:
        return cache_folder(self.settings, os.environ) / f"{name}.json"

    @property
    def timestamp(self) -> str:
        return self.settings.clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def budget_files(self) -> dict[str, bytes]:
        """The budgets folder of the work tree, path -> content."""
        folder = self.root / self.settings.budgets
        files = sorted(path for path in folder.rglob("*.y*ml") if path.suffix in (".yaml", ".yml"))
        deeper = [Source(os.path.relpath(path, self.root)) for path in files if path.parent != folder]
        if deeper:
            hint = f"put it into {self.settings.budgets} itself: files below it are not read"
            raise ConfigError(problems=[Problem(source, "stands in a folder of its own", hint) for source in deeper])
        return {f"{self.settings.budgets}/{path.name}": self._read(path) for path in files}

    def budgets(self, files: dict[str, bytes], metrics: Mapping[str, MetricSpec] | None = None) -> "Budgets":
        """What these files say of `metrics`, which are those that are declared here unless others are given."""
        from perfgate.config import budgets

        return budgets.parse_files(files, self.metrics if metrics is None else metrics)

    def _read(self, path: Path) -> bytes:
        """A configuration file of the work tree. Raises ConfigError, also when it is a link that leads out of it."""
        source = Source(os.path.relpath(path, self.root))
        try:
            return reading.content(self.root, os.path.relpath(path, self.root), _MAX_CONFIG_BYTES)
        except UnreadableError as error:
            raise ConfigError(str(error), source=source) from error

    def output(self, path: Path) -> Path:
        """A path to write to. Raises ConfigError where a relative one leads out of the workspace, over a link."""
        if not path.is_absolute() and not (self.root / path).parent.resolve().is_relative_to(self.root.resolve()):
            raise ConfigError("leads to a place outside of the workspace", source=Source(str(path)))
        return path

    @cached_property
    def node(self) -> str | None:
        """The version of the Node that services run on; asked only where one is started."""
        try:
            return process.run(("node", "--version"), cwd=self.root, timeout=20).text.removeprefix("v") or None
        except ProcessError:
            return None

    @cached_property
    def load(self) -> float | None:
        """The load average of the minute before services were first started."""
        return round(os.getloadavg()[0], 2)

    @property
    def runs_services(self) -> bool:
        """Whether the project file says of any service how it is started."""
        return any(service.running for service in self.project.services.values())

    def new_report(self, encoders: Encoders) -> Report:
        """An empty report of this commit on this machine."""
        return Report(
            format_version=FORMAT_VERSION,
            timestamp=self.timestamp,
            tool=Tool(version=__version__),
            commit=self.head.commit,
            base_commit=self.event.base_sha if self.event else None,
            branch=self.head.branch or os.environ.get("GITHUB_REF_NAME"),
            dirty=self.head.dirty,
            environment=replace(_environment(encoders), node=self.node, load=self.load)
            if self.runs_services
            else _environment(encoders),
            deployed=tuple(service.name[:214] for service in self.workspace.services if service.name),
        )


def build(**options: str) -> World:
    """The world of this process, with options of the command line over its inputs. Tokens leave the environment here."""
    return World(Path.cwd(), replace(take(os.environ), **options))


def _environment(encoders: Encoders) -> Environment:
    system = os.uname()
    return Environment(
        os=system.sysname.lower(),
        arch=system.machine,
        cpu_model=_cpu_model(),
        cores=os.cpu_count(),
        python=platform.python_version(),
        encoders=encoders,
        runner_class=os.environ.get("RUNNER_ENVIRONMENT"),
    )


def _cpu_model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)
