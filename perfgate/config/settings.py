"""The inputs of a run: the environment, read once into one object. Options of the command line go before them."""

import datetime as dt
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from perfgate.errors import ConfigError

PREFIX = "PERFGATE_"
TOKENS = ("PERFGATE_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


def _input(default: str, about: str) -> str:
    """A field that is also an input of the action, named like it in kebab-case."""
    value: str = field(default=default, metadata={"about": about})
    return value


@dataclass(frozen=True)
class Settings:
    """Inputs as given; an empty text is an input that was not set."""

    report: str = _input("performance-reports/latest.json", "the report file")
    budgets: str = _input("budgets", "the folder with the budgets")
    baseline: str = _input("", "a report file or a revision to compare with, instead of looking for the base commit")
    base: str = _input("", "the revision this change starts from, outside of a pull request")
    comment: str = _input("true", "whether to comment on the pull request: true or false")
    comment_key: str = _input("default", "tells several comments on one pull request apart")
    base_dir: str = _input("", "a folder with the built base to run beside the change, instead of a checkout of it")
    time_budget: str = _input(
        "", "end measuring running services after this time, such as 5min, with what is there by then"
    )
    statuses: str = _input("false", "whether to set a commit status for each service: true or false")
    run_url: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    now: str = ""
    cache_dir: str = ""

    @property
    def wants_comment(self) -> bool:
        return _flag("comment", self.comment)

    @property
    def wants_statuses(self) -> bool:
        return _flag("statuses", self.statuses)

    @property
    def clock(self) -> dt.datetime:
        """The time of this run. PERFGATE_NOW sets it, so that a run can be repeated."""
        if not self.now:
            return dt.datetime.now(dt.UTC)
        try:
            moment = dt.datetime.fromisoformat(self.now)
        except ValueError as error:
            raise ConfigError(f"PERFGATE_NOW={self.now!r} is not a time", hint="write 2026-01-31T12:00:00Z") from error
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


INPUTS = {part.name: part for part in fields(Settings) if "about" in part.metadata}


def take(environment: MutableMapping[str, str]) -> Settings:
    """Read the inputs and remove every token from `environment`, so that no child process can inherit one."""
    tokens = [environment.pop(name, "") for name in TOKENS]
    given = {
        name: environment.get(f"{PREFIX}{name.upper()}", "").strip() for name in (f.name for f in fields(Settings))
    }
    given["token"] = next((token for token in tokens[:3] if token), "")
    return Settings(**{name: value for name, value in given.items() if value})


def cache_folder(settings: Settings, environment: Mapping[str, str]) -> Path:
    """Where sizes are remembered between runs."""
    if settings.cache_dir:
        return Path(settings.cache_dir)
    base = environment.get("XDG_CACHE_HOME") or f"{environment.get('HOME', '/tmp')}/.cache"  # noqa: S108  # last resort
    return Path(base) / "perfgate"


def _flag(name: str, text: str) -> bool:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise ConfigError(f"{name}: {text!r} is neither true nor false", hint=f"set {name} to true or false")
