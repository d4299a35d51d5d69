"""Runs workflows with the real act, against the GitHub stand-in and a real git remote, both on this machine."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github_server import GitHub
from tests.repositories import a_repository, commit, git
from tests.running import NOW, ROOT

TOKEN = "ghs_canary_token_0123456789"
SLUG = "octo/shop"
_REMOTE = f"https://github.com/{SLUG}.git"
_SHIMS = ROOT / "tests" / "shims"
_ACTIONS = {
    "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f": _SHIMS / "upload-artifact",
    "actions/download-artifact@37930b1c2abaa49bbe596cd826c3c89aef350131": _SHIMS / "download-artifact",
}

# One job, and a step after it that shows what the action put out, whatever its status.
WORKFLOW = """\
on: [pull_request, merge_group, push, workflow_run, workflow_dispatch]
jobs:
  perfgate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8
      - id: perfgate
        uses: perfgate/perfgate@v0.1.0
        with: {INPUTS}
      - if: always()
        run: echo "OUTPUTS ${OUTPUTS//$'\\n'/ }"
        env:
          OUTPUTS: ${{ toJSON(steps.perfgate.outputs) }}
"""


@dataclass(frozen=True)
class Ran:
    """How a run ended, its whole log, and the outputs of the action."""

    status: int
    log: str

    @property
    def outputs(self) -> dict[str, str]:
        shown = re.search(r"OUTPUTS (\{.*\})", self.log)
        found: dict[str, str] = json.loads(shown[1]) if shown else {}
        return found


@dataclass(frozen=True)
class Project:
    """A repository with a remote, a main branch that was measured or not, and a change on top of it."""

    action: Path
    root: Path
    hub: GitHub
    base: str
    head: str

    def act(self, event: str, payload: Mapping[str, Any], workflow: str | Path = WORKFLOW, **inputs: str) -> Ran:
        """Run the workflow for an event."""
        folder = self.root.parent
        text = workflow.read_text() if isinstance(workflow, Path) else workflow.replace("{INPUTS}", json.dumps(inputs))
        files = {
            ".github/workflows/test.yml": text,
            "event.json": json.dumps({"repository": {"full_name": SLUG, "default_branch": "main"}, **payload}),
            "gitconfig": f'[url "{(folder / "origin.git").as_uri()}"]\n\tinsteadOf = {_REMOTE}\n[protocol "file"]\n\tallow = always\n',
        }
        for name, content in files.items():
            (folder / "act" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "act" / name).write_text(content)
        return _act(self.action, self.root, folder / "act", event, self.hub.url)

    def pull_request(self, *, fork: bool = False, sender: str = "octocat") -> dict[str, Any]:
        head_repository = {"full_name": "stranger/shop" if fork else SLUG, "fork": fork}
        return {
            "action": "synchronize",
            "number": 1,
            "sender": {"login": sender},
            "pull_request": {
                "number": 1,
                "user": {"login": sender},
                "head": {"sha": self.head, "ref": "change", "repo": head_repository},
                "base": {"sha": self.base, "ref": "main", "repo": {"full_name": SLUG}},
            },
        }

    def merge_group(self) -> dict[str, Any]:
        refs = {"head_ref": "refs/heads/gh-readonly-queue/main/pr-1", "base_ref": "refs/heads/main"}
        return {"action": "checks_requested", "merge_group": {**refs, "head_sha": self.head, "base_sha": self.base}}


def _act(action: Path, root: Path, folder: Path, event: str, api: str) -> Ran:
    variables = {
        "GITHUB_API_URL": api,
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PERFGATE_NOW": NOW,
        "PERFGATE_CACHE_DIR": str(folder / "cache"),
        "UV_CACHE_DIR": str(action / "uv"),
        "UV_OFFLINE": "1",
        "ACT_ARTIFACTS": str(folder / "artifacts"),
    }
    actions = {"perfgate/perfgate@v0.1.0": action / "action", **_ACTIONS}
    argv = [
        str(Path(sys.executable).parent / "act"), event,
        "--eventpath", str(folder / "event.json"),
        "--workflows", str(folder / ".github" / "workflows"),
        "--platform", "ubuntu-latest=-self-hosted",
        "--rm", "--no-cache-server", "--use-gitignore=false",
        "--action-cache-path", str(folder / "actions"),
        "--secret", f"GITHUB_TOKEN={TOKEN}",
        *(part for name, value in variables.items() for part in ("--env", f"{name}={value}")),
        *(part for name, path in actions.items() for part in ("--local-repository", f"{name}={path}")),
    ]  # fmt: skip
    # act hands its own environment on to the steps.
    environment = {"HOME": str(folder), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120)
    return Ran(done.returncode, done.stdout + done.stderr)


_ACTION_FILES = ("action.yml", "action", "perfgate", "requirements")
_NETWORK = ("PIP_", "UV_", "SSL_CERT_", "HTTPS_PROXY", "https_proxy")


def the_action(folder: Path) -> Path:
    """What a release holds, in a folder of its own, and a cache from which its set-up step installs without a network.

    Made by running that step, once for all workers of a test run.
    """
    action, temp = folder / "action", folder / "temp"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not action.exists():
            for name in _ACTION_FILES:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                action.mkdir(exist_ok=True)
                copy(ROOT / name, action / name)
            temp.mkdir()
            environment = {name: value for name, value in os.environ.items() if name.startswith(_NETWORK)}
            environment |= {"HOME": str(folder), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
            environment |= {"GITHUB_ACTION_PATH": str(action), "RUNNER_TEMP": str(temp), "GITHUB_OUTPUT": os.devnull}
            environment["UV_CACHE_DIR"] = str(folder / "uv")
            subprocess.run([action / "action" / "setup.sh"], env=environment, check=True)
    return folder


def a_project(
    action: Path,
    folder: Path,
    hub: GitHub,
    *,
    base: Mapping[str, str],
    change: Mapping[str, str],
    gone: tuple[str, ...] = (),
) -> Project:
    """main with `base`, a branch with `change` on top (without the files that are `gone`), and the test merge checked out."""
    root = a_repository(folder / "shop", {".gitignore": "performance-reports/\n", **base})
    before = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "--quiet", "-b", "change")
    for name in gone:
        (root / name).unlink()
    head = commit(root, change, "the change")
    git(root, "checkout", "--quiet", "--detach", "main")
    git(root, "merge", "--quiet", "--no-ff", "--message", "test merge", "change")
    git(folder, "clone", "--quiet", "--bare", str(root), str(folder / "origin.git"))
    git(folder / "origin.git", "config", "uploadpack.allowAnySHA1InWant", "true")
    git(root, "remote", "add", "origin", _REMOTE)
    return Project(action, root, hub, before, head)
