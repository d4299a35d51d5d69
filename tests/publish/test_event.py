"""What each event is, and what it allows. The payloads are GitHub's."""

import json
from pathlib import Path

import pytest

from perfgate.errors import ConfigError
from perfgate.publish.event import Event, decide, read

PAYLOADS = Path(__file__).parents[1] / "data" / "github" / "events"
ENVIRONMENT = {"GITHUB_RUN_ID": "42", "GITHUB_SERVER_URL": "https://ghe.example"}


def event(payload: str, **environment: str) -> Event:
    data = json.loads((PAYLOADS / f"{payload}.json").read_text())
    known = {
        "GITHUB_EVENT_NAME": payload.split(".", maxsplit=1)[0],
        "GITHUB_REPOSITORY": data["repository"]["full_name"],
    }
    found = read({**ENVIRONMENT, **known, **environment}, data)
    assert found is not None
    return found


def test_outside_of_github_there_is_no_event() -> None:
    assert read({}, {}) is None


def test_a_pull_request() -> None:
    found = event("pull_request.opened")
    assert found == Event(
        name="pull_request",
        repository="Codertocat/Hello-World",
        pull_number=2,
        head_sha="ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        head_branch="changes",
        head_repository="Codertocat/Hello-World",
        base_sha="f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
        base_branch="master",
        default_branch="master",
        run_id=42,
        run_url="https://ghe.example/Codertocat/Hello-World/actions/runs/42",
    )


@pytest.mark.parametrize(
    ("payload", "fork", "dependabot"),
    [
        ("pull_request.opened", False, False),
        ("pull_request.synchronize", False, False),
        ("pull_request.fork", True, False),
        ("pull_request.deleted-fork", True, False),
        ("pull_request.dependabot", False, True),
    ],
)
def test_who_is_trusted(payload: str, fork: bool, dependabot: bool) -> None:
    found = event(payload)
    assert (found.is_fork, found.is_dependabot) == (fork, dependabot)


def test_a_merge_group_has_its_own_base() -> None:
    found = event("merge_group")
    assert found.base_sha == json.loads((PAYLOADS / "merge_group.json").read_text())["merge_group"]["base_sha"]
    assert found.pull_number is None


def test_the_first_push_of_a_branch_has_no_commit_before() -> None:
    assert event("push").base_sha is None


def test_a_workflow_run_speaks_of_the_run_before_it() -> None:
    found = event("workflow_run.completed")
    assert (found.run_id, found.head_branch) == (1589141559, "main")


@pytest.mark.parametrize("name", ["pull_request", "merge_group", "push", "workflow_run"])
def test_a_payload_that_lacks_what_it_must_have_is_an_error(name: str) -> None:
    with pytest.raises(ConfigError, match=f"the payload of the event {name} lacks"):
        read({"GITHUB_EVENT_NAME": name, "GITHUB_REPOSITORY": "o/r"}, {})


@pytest.mark.parametrize(
    ("payload", "comment", "statuses"),
    [
        ("pull_request.opened", True, True),
        ("pull_request.fork", False, False),
        ("pull_request.deleted-fork", False, False),
        ("pull_request.dependabot", False, False),
        ("merge_group", False, True),
        ("push", False, True),
        ("workflow_dispatch", False, False),
        ("workflow_run.completed", True, True),
    ],
)
def test_what_an_event_allows(payload: str, comment: bool, statuses: bool) -> None:
    plan = decide(event(payload), has_token=True, wants_comment=True, wants_statuses=True)
    assert (plan.comment, plan.statuses) == (comment, statuses)
    assert bool(plan.why) is not comment


@pytest.mark.parametrize(
    ("has_token", "wants_comment", "why"),
    [(False, True, "there is no token"), (True, False, "comments are switched off")],
)
def test_why_there_is_no_comment(has_token: bool, wants_comment: bool, why: str) -> None:
    plan = decide(event("pull_request.opened"), has_token=has_token, wants_comment=wants_comment, wants_statuses=False)
    assert (plan.comment, plan.why) == (False, why)


def test_nothing_is_told_outside_of_github() -> None:
    assert not decide(None, has_token=True, wants_comment=True, wants_statuses=True).comment
