"""The composite action, run by the real act, against a GitHub that is held to its own description."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from perfgate.history.store import DataBranch
from perfgate.report import codec, document
from tests import acting
from tests.acting import TOKEN, Project, Ran
from tests.github_server import Fault, GitHub
from tests.reports import NOW, a_report, budgets, gate
from tests.repositories import a_clone, git, git_of
from tests.running import ROOT

BUDGETS = "version: 1\ndefaults: {bundle.size: {fail: 1 KB, warn: 90%}}\n"
BUNDLE = "dist/apps/web/main.js"
BASE = {"budgets/perfgate.yaml": BUDGETS, BUNDLE: "x" * 500}
OVER = {BUNDLE: "x" * 2000}
DOCS = ROOT / "docs" / "workflows"

pytestmark = pytest.mark.act

MakeProject = Callable[..., Project]


@pytest.fixture
def project(action: Path, tmp_path: Path, hub: GitHub) -> MakeProject:
    def make(
        change: Mapping[str, str], *, base: Mapping[str, str] = BASE, gone: tuple[str, ...] = (), measured: bool = True
    ) -> Project:
        made = acting.a_project(action, tmp_path, hub, base=base, change=change, gone=gone)
        if measured:
            store(made, size=len(base[BUNDLE]))
        return made

    return make


def store(project: Project, size: int) -> None:
    """Put the report of the base commit on the data branch of the remote."""
    report = a_report(f"web bundle.size={size}", commit=project.base, timestamp="2026-11-22T12:00:00Z")
    with tempfile.TemporaryDirectory() as folder:
        clone = a_clone(project.root.parent / "origin.git", Path(folder) / "clone")
        store = DataBranch(git_of(clone), "perfgate-data")
        store.publish(project.base, NOW.date(), codec.encode(document.derive(report)))


def comment_of(project: Project) -> str:
    (body,) = project.hub.state.bodies()
    return body


def no_secrets(ran: Ran) -> None:
    assert TOKEN not in ran.log
    assert "canary" not in ran.log


# Verdicts


def test_pass(project: MakeProject) -> None:
    made = project({BUNDLE: "x" * 510})
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"], ran.outputs["status"], ran.outputs["violations"]) == (
        0,
        "passed",
        "0",
        "0",
    )
    assert "## ✅ perfgate: " in comment_of(made)
    assert ran.outputs["comment-url"].endswith("#issuecomment-101")
    no_secrets(ran)


def test_fail(project: MakeProject) -> None:
    made = project(OVER)
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"], ran.outputs["status"], ran.outputs["violations"]) == (
        1,
        "failed",
        "1",
        "1",
    )
    body = comment_of(made)
    assert "## ❌ perfgate: 1 failing" in body
    assert "| ❌ fail, new | `web` | `bundle.size` | 1.95 KiB |" in body
    assert f"Compared with `{made.base[:7]}` (the base commit, 2 days old)" in body
    assert "budgets/perfgate.yaml:2:32" in body
    no_secrets(ran)


def test_warning(project: MakeProject) -> None:
    made = project({BUNDLE: "x" * 1000}, base={**BASE, BUNDLE: "x" * 990})
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"], ran.outputs["warnings"]) == (0, "passed", "1")
    assert "## ⚠️ perfgate: 1 warning" in comment_of(made)


def test_first_adoption_without_a_baseline_or_budgets_on_the_base(project: MakeProject) -> None:
    made = project({"budgets/perfgate.yaml": BUDGETS}, base={BUNDLE: "x" * 500}, measured=False)
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"]) == (0, "passed")
    body = comment_of(made)
    assert "No baseline yet, so only absolute limits can fail" in body
    assert "`first version`, counts at once" in body


def test_what_was_over_before_is_not_blamed_on_the_change(project: MakeProject) -> None:
    made = project({"README.md": "words"}, base={**BASE, BUNDLE: "x" * 2000})
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["warnings"]) == (0, "1")
    assert "was over" in comment_of(made)


def test_budgets_edited_in_the_pull_request_do_not_count(project: MakeProject) -> None:
    made = project({**OVER, "budgets/perfgate.yaml": BUDGETS.replace("1 KB", "9 MB")})
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"]) == (1, "failed")
    body = comment_of(made)
    assert "⚠️ loosened: `defaults bundle.size fail` `1 KB` → `9 MB`, counts after the merge" in body
    assert body.index("loosened") < body.index("| status |")


def test_a_deleted_bundle_is_not_a_pass(project: MakeProject) -> None:
    made = project({"apps/web/main.ts": ""}, gone=(BUNDLE,))
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"]) == (1, "failed")
    assert "not measured: `no file matches dist/apps/web/**/*.{js,mjs,cjs,css}`" in comment_of(made)


def test_bad_budgets_are_no_verdict_and_the_comment_says_so(project: MakeProject) -> None:
    made = project({"budgets/perfgate.yaml": "version: 1\nservices: {web: 5}\n"}, measured=False)
    made.hub.state.comment(1, "<!-- perfgate:comment:v1 key=default -->\n## ✅ perfgate: 4 ok")
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"], ran.outputs["status"]) == (1, "none", "2")
    assert "perfgate: no verdict" in comment_of(made)
    assert "web must be a mapping" in ran.log
    assert "Summary - ## ❌ perfgate: no verdict" in ran.log


# The comment


def test_two_pushes_are_one_comment_behind_120_others_and_a_forgery(project: MakeProject) -> None:
    made = project(OVER)
    for number in range(120):
        made.hub.state.comment(1, f"comment {number}", "octocat")
    forged = made.hub.state.comment(1, "<!-- perfgate:comment:v1 key=default -->\nall green", "mallory")
    made.act("pull_request", made.pull_request())
    made.act("pull_request", made.pull_request())
    ours = [comment for comment in made.hub.state.comments if comment["login"] == "github-actions[bot]"]
    assert len(ours) == 1
    assert forged["body"].endswith("all green")


def test_502_on_create_leaves_one_comment(project: MakeProject) -> None:
    made = project(OVER)
    made.hub.state.faults = [Fault("POST", status=502, after=True)]
    ran = made.act("pull_request", made.pull_request())
    assert ran.status == 1
    assert len(made.hub.state.bodies()) == 1


@pytest.mark.parametrize("status", [403, 500])
def test_a_refused_comment_is_a_warning_and_not_the_verdict(project: MakeProject, status: int) -> None:
    made = project({BUNDLE: "x" * 510})
    made.hub.state.faults = [Fault("POST", status=status, times=9)]
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"], ran.outputs["comment-url"]) == (0, "passed", "")
    assert f"GitHub answered {status}" in ran.log


def test_statuses_for_each_service(project: MakeProject) -> None:
    made = project(OVER)
    made.act("pull_request", made.pull_request(), statuses="true", comment="false")
    assert made.hub.state.bodies() == []
    assert [(s["sha"], s["context"], s["state"]) for s in made.hub.state.statuses] == [
        (made.head, "perfgate/web", "failure")
    ]


# Events


@pytest.mark.parametrize(
    ("fork", "sender"), [(True, "stranger"), (False, "dependabot[bot]")], ids=["fork", "dependabot"]
)
def test_a_run_that_may_not_write_still_judges(project: MakeProject, fork: bool, sender: str) -> None:
    made = project(OVER)
    ran = made.act("pull_request", made.pull_request(fork=fork, sender=sender))
    assert (ran.status, ran.outputs["verdict"]) == (1, "failed")
    assert made.hub.state.requests == []
    assert "a workflow_run job comments from the artifact" in ran.log


def test_merge_group(project: MakeProject) -> None:
    made = project(OVER)
    ran = made.act("merge_group", made.merge_group())
    assert (ran.status, ran.outputs["verdict"]) == (1, "failed")
    assert made.hub.state.requests == []


def test_a_verdict_posted_for_a_fork(project: MakeProject) -> None:
    made = project(OVER)
    verdict = a_verdict(made)
    made.hub.state.artifact(5, "perfgate-report", {"verdict.json": verdict})
    made.hub.state.pull(7, made.head, head="stranger:change")
    ran = made.act("workflow_run", workflow_run(made), mode="comment")
    assert ran.status == 0
    (body,) = made.hub.state.bodies(7)
    assert "## ❌ perfgate: 1 failing" in body


@pytest.mark.parametrize(
    ("content", "sha", "message"),
    [
        (b'{"formatVersion": 1, "comment": "@everyone"}', None, "error:"),
        (None, "f" * 40, "no open pull request has this commit as its head"),
    ],
    ids=["poisoned", "stale"],
)
def test_an_artifact_is_not_trusted(project: MakeProject, content: bytes | None, sha: str | None, message: str) -> None:
    made = project(OVER)
    made.hub.state.artifact(5, "perfgate-report", {"verdict.json": content or a_verdict(made)})
    made.hub.state.pull(7, sha or made.head, head="stranger:change")
    ran = made.act("workflow_run", workflow_run(made), mode="comment")
    assert message in ran.log
    assert made.hub.state.comments == []


def a_verdict(made: Project) -> bytes:
    report = a_report("web bundle.size=2000", commit=made.head)
    return codec.encode(gate(report, budgets(BUDGETS), a_report("web bundle.size=500")))


def workflow_run(made: Project) -> dict[str, object]:
    run = {
        "id": 5,
        "event": "pull_request",
        "head_sha": made.head,
        "head_branch": "change",
        "head_repository": {"full_name": "stranger/shop"},
        "html_url": "https://github.com/octo/shop/actions/runs/5",
    }
    return {"action": "completed", "workflow_run": run}


# The workflows of the documentation


def documented(name: str) -> str:
    """A documented workflow; the build of this project is that its output is there already."""
    return (DOCS / name).read_text().replace("npm ci && npm run build", "true")


def test_the_one_job_workflow(project: MakeProject) -> None:
    made = project(OVER)
    ran = made.act("pull_request", made.pull_request(), documented("one-job.yml"))
    assert ran.status == 1
    assert "perfgate: 1 failing" in comment_of(made)


def test_the_two_job_workflow(project: MakeProject) -> None:
    made = project(OVER)
    ran = made.act("pull_request", made.pull_request(), documented("two-jobs.yml"))
    assert ran.status == 1
    assert "perfgate: 1 failing" in comment_of(made)
    kept = made.root.parent / "act" / "artifacts" / "perfgate-report"
    assert {path.name for path in kept.iterdir()} == {"latest.json", "verdict.json"}


def test_the_poster_workflow(project: MakeProject) -> None:
    made = project(OVER)
    made.hub.state.artifact(5, "perfgate-report", {"verdict.json": a_verdict(made)})
    made.hub.state.pull(7, made.head, head="stranger:change")
    assert made.act("workflow_run", workflow_run(made), documented("fork-comment.yml")).status == 0
    assert len(made.hub.state.bodies(7)) == 1


def test_the_baseline_workflow_stores_what_the_next_pull_request_compares_with(project: MakeProject) -> None:
    made = project(OVER, measured=False)
    git(made.root, "checkout", "--quiet", "main")
    payload = {"ref": "refs/heads/main", "before": "0" * 40, "after": made.base}
    ran = made.act("push", payload, documented("baseline.yml"))
    assert ran.status == 0
    clone = a_clone(made.root.parent / "origin.git", made.root.parent / "reader")
    assert set(DataBranch(git_of(clone), "perfgate-data").entries) == {made.base}
    git(made.root, "checkout", "--quiet", "--detach", "HEAD")
    git(made.root, "merge", "--quiet", "--no-ff", "--message", "test merge", "change")
    made.act("pull_request", made.pull_request())
    assert f"Compared with `{made.base[:7]}` (the base commit, measured today)" in comment_of(made)


# Modes and mistakes


def test_an_unknown_mode_is_a_usage_error(project: MakeProject) -> None:
    made = project(OVER)
    ran = made.act("pull_request", made.pull_request(), mode="everything")
    assert (ran.status, ran.outputs["status"]) == (1, "2")


def test_measuring_alone_does_not_judge(project: MakeProject) -> None:
    made = project(OVER)
    ran = made.act("pull_request", made.pull_request(), mode="measure")
    assert (ran.status, ran.outputs["verdict"]) == (0, "none")
    assert made.hub.state.requests == []


def test_what_lies_in_the_workspace_is_never_imported(project: MakeProject) -> None:
    evil = "raise SystemExit('hijacked')"
    made = project({**OVER, "json.py": evil, "click.py": evil, "perfgate/__init__.py": evil})
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"]) == (1, "failed")
    assert "hijacked" not in ran.log


def shallow(made: Project) -> Project:
    """The same pull request, checked out with nothing but the merge commit."""
    origin, root = made.root.parent / "origin.git", made.root.parent / "shallow"
    git(origin, "fetch", "--quiet", str(made.root), "HEAD:refs/heads/merge")
    a_clone(origin, root, "--depth=1", "--branch=merge")
    git(root, "remote", "set-url", "origin", "https://github.com/octo/shop.git")
    return replace(made, root=root)


def test_a_shallow_checkout_reads_the_budgets_of_the_base(project: MakeProject) -> None:
    made = project({**OVER, "budgets/perfgate.yaml": BUDGETS.replace("1 KB", "9 MB")})
    again = shallow(made)
    ran = again.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["verdict"]) == (1, "failed")


def test_where_git_cannot_reach_the_base_the_api_is_asked(project: MakeProject) -> None:
    made = project(OVER)
    again = shallow(made)
    (made.root.parent / "origin.git").rename(made.root.parent / "unreachable.git")
    made.hub.state.files = {made.base: {"budgets/perfgate.yaml": BUDGETS}}
    ran = again.act("pull_request", made.pull_request())
    assert ran.outputs["verdict"] == "failed"
    assert "GET /repos/octo/shop/contents/budgets" in made.hub.state.requests


def test_without_any_way_to_the_base_there_is_no_verdict(project: MakeProject) -> None:
    made = project(OVER)
    again = shallow(made)
    (made.root.parent / "origin.git").rename(made.root.parent / "unreachable.git")
    made.hub.state.faults = [Fault("GET", "contents", status=403, times=99)]
    ran = again.act("pull_request", made.pull_request())
    assert (ran.outputs["verdict"], ran.outputs["status"]) == ("none", "3")
    assert "check out with `fetch-depth: 2`" in ran.log


def test_a_change_of_nothing_but_words_keeps_quiet(project: MakeProject) -> None:
    made = project({"README.md": "words"})
    ran = made.act("pull_request", made.pull_request())
    assert (ran.status, ran.outputs["comment-url"]) == (0, "")
    assert made.hub.state.writes() == []
