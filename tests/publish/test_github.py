"""The comment and everything else GitHub is told, against a GitHub that can fail in every way."""

import pytest

from perfgate.errors import GitHubError
from perfgate.publish.github import Client, Posted
from tests.github_server import BOT, WORKFLOW_ID, Fault, GitHub

MARKER = "<!-- perfgate:comment:v1 key=default -->"
TOKEN = "ghs_canary_token_0123456789"


def client(hub: GitHub) -> Client:
    return Client(TOKEN, "octo/shop", hub.url, wait=lambda _seconds: None, backoff=0)


def body(text: str) -> str:
    return f"{MARKER}\n{text}"


def upsert(hub: GitHub, text: str, *, create: bool = True) -> Posted | None:
    return client(hub).upsert_comment(1, MARKER, body(text), create=create)


# One comment


def test_the_first_run_creates_it(hub: GitHub) -> None:
    posted = upsert(hub, "one")
    assert posted is not None
    assert posted.action == "created"
    assert posted.url.startswith("https://github.com/octo/shop/pull/1#issuecomment-")
    assert hub.state.requests == ["GET /repos/octo/shop/issues/1/comments", "POST /repos/octo/shop/issues/1/comments"]


def test_the_next_run_updates_it(hub: GitHub) -> None:
    upsert(hub, "one")
    posted = upsert(hub, "two")
    assert posted is not None
    assert posted.action == "updated"
    assert hub.state.bodies() == [body("two")]


def test_the_same_text_is_not_written_again(hub: GitHub) -> None:
    upsert(hub, "one")
    posted = upsert(hub, "one")
    assert posted is not None
    assert posted.action == "unchanged"
    assert len(hub.state.writes()) == 1


def test_a_hundred_and_twenty_older_comments_do_not_hide_it(hub: GitHub) -> None:
    for number in range(120):
        hub.state.comment(1, f"comment {number}", "octocat")
    upsert(hub, "one")
    upsert(hub, "two")
    assert [text for text in hub.state.bodies() if text.startswith(MARKER)] == [body("two")]


def test_our_older_comment_behind_many_pages_is_found(hub: GitHub) -> None:
    for number in range(250):
        hub.state.comment(1, f"comment {number}", "octocat")
    hub.state.comment(1, body("old"))
    assert upsert(hub, "new") is not None
    assert hub.state.bodies()[250:] == [body("new")]


def test_a_forged_marker_of_somebody_else_is_left_alone(hub: GitHub) -> None:
    hub.state.comment(1, body("all green, trust me"), "mallory")
    upsert(hub, "one")
    assert hub.state.bodies() == [body("all green, trust me"), body("one")]


def test_a_marker_that_is_quoted_does_not_count(hub: GitHub) -> None:
    hub.state.comment(1, f"> {body('one')}", BOT)
    upsert(hub, "two")
    assert len(hub.state.bodies()) == 2


def test_another_key_is_another_comment(hub: GitHub) -> None:
    hub.state.comment(1, "<!-- perfgate:comment:v1 key=default2 -->\nother")
    upsert(hub, "one")
    assert len(hub.state.bodies()) == 2


def test_our_second_comment_is_removed(hub: GitHub) -> None:
    hub.state.comment(1, body("a"))
    hub.state.comment(1, body("b"))
    upsert(hub, "c")
    assert hub.state.bodies() == [body("c")]


def test_a_person_runs_it_with_their_own_token(hub: GitHub) -> None:
    hub.state.token_user = "octocat"
    hub.state.comment(1, body("of the bot"), BOT)
    upsert(hub, "one")
    upsert(hub, "two")
    assert hub.state.bodies() == [body("of the bot"), body("two")]


def test_a_quiet_policy_updates_but_does_not_create(hub: GitHub) -> None:
    assert upsert(hub, "one", create=False) is None
    hub.state.comment(1, body("old"))
    assert upsert(hub, "new", create=False) is not None
    assert hub.state.bodies() == [body("new")]


# Faults


@pytest.mark.parametrize("after", [False, True], ids=["not carried out", "carried out"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", status=502),
        Fault("POST", status=500),
        Fault("POST", drop=True),
        Fault("POST", status=403, headers={"retry-after": "1"}, message="You have exceeded a secondary rate limit"),
    ],
    ids=["502", "500", "dropped", "rate limit"],
)
def test_a_failed_create_leaves_exactly_one_comment(hub: GitHub, fault: Fault, after: bool) -> None:
    fault.after = after
    hub.state.faults = [fault]
    fault.times = 1
    posted = upsert(hub, "one")
    assert posted is not None
    assert hub.state.bodies() == [body("one")]


def test_a_create_that_keeps_failing_gives_up(hub: GitHub) -> None:
    hub.state.faults = [Fault("POST", status=502, times=99)]
    with pytest.raises(GitHubError) as failed:
        upsert(hub, "one")
    assert failed.value.http_status == 502
    assert len(hub.state.writes()) == 2


def test_a_failing_read_is_tried_again(hub: GitHub) -> None:
    hub.state.faults = [Fault("GET", "comments", status=502, times=2)]
    assert upsert(hub, "one") is not None


def test_a_comment_deleted_meanwhile_is_created_again(hub: GitHub) -> None:
    hub.state.comment(1, body("old"))
    hub.state.faults = [Fault("PATCH", status=404, message="Not Found")]
    posted = upsert(hub, "new")
    assert posted is not None
    assert posted.action == "created"


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (
            Fault("POST", status=403, message="Resource not accessible by integration"),
            "cannot comment on the pull request: GitHub answered 403, Resource not accessible by integration",
            "give the job the permission, such as `pull-requests: write`; runs for forks and Dependabot never have it",
        ),
        (
            Fault("GET", status=401, message="Bad credentials"),
            "cannot read the comments of the pull request: GitHub answered 401, Bad credentials",
            "the token is not valid, or has expired",
        ),
        (
            Fault("POST", status=410, message="Issues are disabled for this repo"),
            "cannot comment on the pull request: GitHub answered 410, Issues are disabled for this repo",
            "it has been deleted, or issues are switched off",
        ),
        (
            Fault("POST", status=422, message="Validation Failed"),
            "cannot comment on the pull request: GitHub answered 422, Validation Failed",
            "GitHub refused the content",
        ),
    ],
    ids=["403", "401", "410", "422"],
)
def test_a_refusal_says_what_was_tried_and_what_to_do(hub: GitHub, fault: Fault, message: str, hint: str) -> None:
    fault.times = 99
    hub.state.faults = [fault]
    with pytest.raises(GitHubError) as refused:
        upsert(hub, "one")
    assert (refused.value.message, refused.value.hint) == (message, hint)
    assert len(hub.state.writes()) <= 1, "a refusal is not sent again"


def test_a_body_that_is_too_long_is_refused_by_github(hub: GitHub) -> None:
    with pytest.raises(GitHubError, match="Body is too long"):
        upsert(hub, "x" * 65_536)


def test_a_server_that_is_not_there(hub: GitHub) -> None:
    nowhere = Client(TOKEN, "octo/shop", "http://127.0.0.1:9", backoff=0)
    with pytest.raises(GitHubError) as failed:
        nowhere.set_status("a" * 40, "perfgate/web", "success", "x", None)
    assert failed.value.hint == "GitHub could not be reached; try again"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422, 500])
def test_the_token_is_in_no_error(hub: GitHub, status: int) -> None:
    hub.state.faults = [Fault(status=status, times=99)]
    with pytest.raises(GitHubError) as failed:
        upsert(hub, "one")
    shown = "".join([str(failed.value), repr(failed.value), failed.value.hint, repr(client(hub))])
    assert "canary" not in shown
    assert failed.value.__cause__ is None


# Everything else


def test_a_status_fits_what_github_takes(hub: GitHub) -> None:
    client(hub).set_status("a" * 40, "perfgate/web", "failure", "x" * 200, "https://example.com")
    (status,) = hub.state.statuses
    assert (status["state"], status["context"], len(status["description"])) == ("failure", "perfgate/web", 140)


def test_the_pull_request_of_a_commit(hub: GitHub) -> None:
    hub.state.pull(7, "b" * 40)
    hub.state.pull(8, "c" * 40)
    found = [client(hub).pull_for_head("octo", "change", sha * 40) for sha in "bcd"]
    assert found == [7, 8, None]
    assert client(hub).pull_for_head("mallory", "change", "b" * 40) is None


# Runs of a workflow


def test_the_conclusions_of_a_workflow_newest_first(hub: GitHub) -> None:
    for conclusion in ("failure", "success", None):
        hub.state.workflow_run(conclusion)
    hub.state.workflow_run("failure", branch="other")
    hub.state.workflow_run("failure", workflow="nightly.yml")
    repeated = hub.state.workflow_run("success", attempt=2)
    ours = hub.state.workflow_run("cancelled")
    found = client(hub)
    assert list(found.conclusions("ci.yml", "main", other_than=ours["id"])) == ["success", "success", "failure"]
    assert next(found.conclusions(WORKFLOW_ID, "main", other_than=repeated["id"])) == "cancelled"
    assert list(found.conclusions("nightly.yml", "main")) == ["failure"]


def test_runs_of_pull_requests_and_forks_do_not_count_though_their_branch_has_the_name(hub: GitHub) -> None:
    hub.state.workflow_run("success")
    hub.state.workflow_run("failure", event="pull_request", **{"from": "mallory/shop"})
    hub.state.workflow_run("failure", event="pull_request_target")
    hub.state.workflow_run("failure", event="workflow_run", **{"from": "mallory/shop"})
    hub.state.workflow_run("success", event="schedule", **{"from": "Octo/Shop"})
    assert list(client(hub).conclusions("ci.yml", "main")) == ["success", "success"]


def test_conclusions_are_asked_for_page_by_page(hub: GitHub) -> None:
    for number in range(250):
        hub.state.workflow_run("failure" if number < 10 else "success")
    conclusions = client(hub).conclusions("ci.yml", "main")
    assert [next(conclusions) for _ in range(50)] == ["success"] * 50
    assert hub.state.requests == ["GET /repos/octo/shop/actions/workflows/ci.yml/runs"]
    for _ in range(60):
        next(conclusions)
    # It moves those of the second page that were read to the third, which are not counted twice.
    hub.state.workflow_run("success")
    assert list(conclusions) == ["success"] * 130 + ["failure"] * 10
    assert len(hub.state.requests) == 3


def test_the_workflow_of_a_run_and_the_default_branch(hub: GitHub) -> None:
    assert client(hub).workflow_of_run(7) == WORKFLOW_ID
    assert client(hub).default_branch() == "main"


@pytest.mark.parametrize(
    ("status", "answer", "hint"),
    [
        (403, "GitHub answered 403, Not today", "give the job the permission `actions: read`"),
        (404, "GitHub answered 404, Not today", "the token may not see it, or it is gone"),
        (502, "RetryError", "GitHub could not be reached; try again"),
    ],
)
def test_runs_that_github_refuses_to_show(hub: GitHub, status: int, answer: str, hint: str) -> None:
    hub.state.faults = [Fault(status=status, message="Not today", times=99)]
    with pytest.raises(GitHubError) as refused:
        list(client(hub).conclusions("ci.yml", "main"))
    assert refused.value.message == f"cannot list the runs of ci.yml: {answer}"
    assert refused.value.hint == hint


def test_a_file_of_an_artifact(hub: GitHub) -> None:
    hub.state.artifact(5, "perfgate-report", {"verdict.json": b"{}", "../evil": b"x"})
    assert client(hub).artifact_member(5, "perfgate-report", "verdict.json", 100) == b"{}"


@pytest.mark.parametrize(
    ("name", "member", "message"),
    [
        ("other", "verdict.json", "the run 5 has no artifact other"),
        ("old", "verdict.json", "the run 5 has no artifact old"),
        ("perfgate-report", "missing.json", "the artifact perfgate-report has no readable file missing.json"),
        ("perfgate-report", "bomb", "bomb in the artifact perfgate-report is larger than 1,000 bytes"),
    ],
)
def test_an_artifact_that_will_not_do(hub: GitHub, name: str, member: str, message: str) -> None:
    hub.state.artifact(5, "perfgate-report", {"verdict.json": b"{}", "bomb": b"0" * 10_000_000})
    hub.state.artifact(5, "old", {"verdict.json": b"{}"}, expired=True)
    with pytest.raises(GitHubError, match=message):
        client(hub).artifact_member(5, name, member, 1000)


def test_files_at_a_commit(hub: GitHub) -> None:
    sha = "e" * 40
    hub.state.files = {sha: {"budgets/perfgate.yaml": "version: 1\n", "budgets/web.yaml": "x", "README.md": "y"}}
    found = client(hub)
    assert found.folder_at("budgets", sha) == ["budgets/perfgate.yaml", "budgets/web.yaml"]
    assert found.file_at("budgets/perfgate.yaml", sha, 100) == b"version: 1\n"
    assert found.file_at("budgets/none.yaml", sha, 100) is None
    assert found.folder_at("nowhere", sha) == []
    with pytest.raises(GitHubError, match="is no file of at most 3 bytes"):
        found.file_at("budgets/perfgate.yaml", sha, 3)
