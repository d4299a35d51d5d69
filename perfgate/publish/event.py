"""What started this run, and what it therefore may tell GitHub. Decided from plain values; nothing is sent here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from perfgate.errors import ConfigError

_NO_COMMIT = "0" * 40
_PULL_REQUEST = ("pull_request", "pull_request_target")
_DEPENDABOT = "dependabot[bot]"


@dataclass(frozen=True, slots=True)
class Event:
    """The event of a run. For `workflow_run` the head and the run are those of the run that triggered it.

    `head_repository` is None when the fork of a pull request has been deleted.
    """

    name: str
    repository: str
    pull_number: int | None = None
    head_sha: str | None = None
    head_branch: str | None = None
    head_repository: str | None = None
    base_sha: str | None = None
    base_branch: str | None = None
    default_branch: str | None = None
    is_fork: bool = False
    is_dependabot: bool = False
    run_id: int | None = None
    run_url: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to tell GitHub. `why` says in a sentence why no comment is made."""

    comment: bool = False
    statuses: bool = False
    why: str = ""


def read(environment: Mapping[str, str], payload: Mapping[str, Any]) -> Event | None:
    """The event of this run; None where no GitHub runner set one.

    The payload decides, never GITHUB_SHA: for a pull request that is a merge commit nobody wrote. Raises ConfigError
    when the payload lacks what its event must have.
    """
    name, repository = environment.get("GITHUB_EVENT_NAME"), environment.get("GITHUB_REPOSITORY")
    if not name or not repository:
        return None
    event = Event(
        name=name,
        repository=repository,
        default_branch=_at(payload, "repository", "default_branch"),
        is_dependabot=_DEPENDABOT in (environment.get("GITHUB_ACTOR"), _at(payload, "sender", "login")),
        run_id=_number(environment.get("GITHUB_RUN_ID")),
        run_url=_run_url(environment, repository),
    )
    try:
        return _of_kind(event, payload)
    except (KeyError, TypeError) as error:
        raise ConfigError(
            f"the payload of the event {name} lacks {error}", hint="is GITHUB_EVENT_PATH the file the runner wrote?"
        ) from error


def _of_kind(event: Event, payload: Mapping[str, Any]) -> Event:
    """`event` with what only its kind of payload knows."""
    if event.name in _PULL_REQUEST:
        pull = payload["pull_request"]
        head = _at(pull, "head", "repo", "full_name")
        return replace(
            event,
            pull_number=pull["number"],
            head_sha=pull["head"]["sha"],
            head_branch=pull["head"]["ref"],
            head_repository=head,
            base_sha=pull["base"]["sha"],
            base_branch=pull["base"]["ref"],
            is_fork=head != event.repository,
            is_dependabot=event.is_dependabot or _at(pull, "user", "login") == _DEPENDABOT,
        )
    if event.name == "merge_group":
        group = payload["merge_group"]
        return replace(
            event,
            head_sha=group["head_sha"],
            head_branch=group["head_ref"].removeprefix("refs/heads/"),
            base_sha=group["base_sha"],
            base_branch=group["base_ref"].removeprefix("refs/heads/"),
        )
    if event.name == "push":
        before = payload["before"]
        branch = payload["ref"].removeprefix("refs/heads/")
        return replace(
            event, head_sha=payload["after"], head_branch=branch, base_sha=None if before == _NO_COMMIT else before
        )
    if event.name == "workflow_run":
        run = payload["workflow_run"]
        head = _at(run, "head_repository", "full_name")
        return replace(
            event,
            head_sha=run["head_sha"],
            head_branch=run["head_branch"],
            head_repository=head,
            is_fork=head != event.repository,
            run_id=run["id"],
            run_url=run["html_url"],
        )
    return event


def decide(event: Event | None, *, has_token: bool, wants_comment: bool, wants_statuses: bool) -> Plan:
    """What this event allows, given what the user wants."""
    if event is None:
        return Plan(why="this is not a GitHub run")
    if not has_token:
        return Plan(why="there is no token")
    if (event.is_fork or event.is_dependabot) and event.name == "pull_request":
        whose = "a fork" if event.is_fork else "Dependabot"
        return Plan(why=f"runs for {whose} may not write; a workflow_run job comments from the artifact")
    has_pull = event.pull_number is not None or event.name == "workflow_run"
    statuses = wants_statuses and event.head_sha is not None
    if not has_pull:
        return Plan(statuses=statuses, why=f"the event {event.name} has no pull request")
    return Plan(comment=wants_comment, statuses=statuses, why="" if wants_comment else "comments are switched off")


def workflow_file(environment: Mapping[str, str]) -> str | None:
    """The file name of the workflow of this run; None where it is not one of this repository, or not known."""
    path, _, _ref = environment.get("GITHUB_WORKFLOW_REF", "").partition("@")
    folder, _, name = path.rpartition("/")
    own = f"{environment.get('GITHUB_REPOSITORY', '')}/.github/workflows"
    return name if name and folder.lower() == own.lower() else None


def _at(value: Any, *keys: str) -> Any:
    """The value at a path of keys; None where the path ends early."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _run_url(environment: Mapping[str, str], repository: str) -> str | None:
    run, server = environment.get("GITHUB_RUN_ID"), environment.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{repository}/actions/runs/{run}" if run else None
