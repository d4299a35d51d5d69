"""perfgate ab in real repositories, as people use it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.repositories import a_repository, commit, git
from tests.running import ENTRY, Done, perfgate

MAIN = """
const COST = %s;
require("node:http").createServer((request, response) => {
  const end = process.hrtime.bigint() + BigInt(COST * 1e6);
  while (process.hrtime.bigint() < end);
  response.end("ok");
}).listen(process.env.PORT, "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
"""
PROJECT = """
version: 1
compare: {with: paired, requests: 20, warm-up: 5, prepare: [[node, prepare.js]]}
services:
  shop: {path: apps/shop, start: [node, built/shop.js], routes: [/cart]}
  till: {path: apps/till, start: [node, built/till.js], routes: [/pay]}
"""
PREPARE = """
const fs = require("node:fs");
fs.mkdirSync("built", { recursive: true });
for (const name of ["shop", "till"]) fs.copyFileSync(`apps/${name}/main.js`, `built/${name}.js`);
"""


def a_shop(root: Path) -> Path:
    """Two services whose build is a copy."""
    return a_repository(
        root,
        {
            "perfgate.yaml": PROJECT,
            "prepare.js": PREPARE,
            ".gitignore": "built\nperformance-reports\n",
            "package.json": '{"private": true, "workspaces": ["apps/*"]}',
            "apps/shop/package.json": '{"name": "shop"}',
            "apps/shop/main.js": MAIN % 1,
            "apps/till/package.json": '{"name": "till"}',
            "apps/till/main.js": MAIN % 1,
        },
    )


def ab(root: Path, *arguments: str) -> Done:
    return perfgate(root, "ab", *arguments, env={"TMPDIR": os.environ.get("TMPDIR", "/tmp")})  # noqa: S108  # the default


def paired(root: Path) -> Any:
    return json.loads((root / "performance-reports/latest.json").read_text())["details"]["paired"]


def test_a_service_that_became_slower_fails_and_one_that_did_not_change_is_not_measured(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    base = git(root, "rev-parse", "HEAD")
    commit(root, {"apps/shop/main.js": MAIN % 3, "README.md": "hello"})
    git(root, "clean", "-qfdX")
    perfgate_built(root)
    done = ab(root, "--base", "HEAD~1")
    assert done.status == 1, done.err
    row = next(line for line in done.out.splitlines() if "response.mean" in line)
    assert row.split()[:3] == ["shop", "GET", "/cart"]
    assert "regressed" in row
    assert "till: not measured: built and run from the same inputs as the base" in done.out
    found = paired(root)
    assert found["till"]["forks"] == 0
    assert found["shop"]["baseCommit"] == base
    assert found["shop"]["forks"] in (8, 14, 24)
    assert len(git(root, "worktree", "list").splitlines()) == 1
    assert perfgate(root, "validate").status == 0


def perfgate_built(root: Path) -> None:
    subprocess.run(["node", "prepare.js"], cwd=root, check=True)


def test_a_folder_with_the_base_needs_no_checkout(tmp_path: Path) -> None:
    base, root = a_shop(tmp_path / "base"), a_shop(tmp_path / "shop")
    perfgate_built(base)
    perfgate_built(root)
    done = ab(root, "--base-dir", str(base), "--service", "till", "--forks", "1")
    assert done.status == 0, done.err
    assert list(paired(root)) == ["till"]
    assert paired(root)["till"]["forks"] == 1
    assert "inconclusive" in done.out
    assert "preparing" not in done.err


def test_a_dirty_tree_is_measured_although_its_commit_is_the_base(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    (root / "apps/shop/main.js").write_text(MAIN % 1.1)
    perfgate_built(root)
    assert ab(root, "--base", "main", "--forks", "1", "--service", "shop").status == 0
    assert paired(root)["shop"]["forks"] == 1


def test_a_head_that_does_not_start_is_no_verdict_and_shows_its_log(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    commit(root, {"apps/shop/main.js": "throw new Error('no database')"})
    perfgate_built(root)
    done = ab(root, "--base", "HEAD~1", "--service", "shop")
    assert done.status == 3
    assert "shop: not compared: the head of shop ended with status 1 before it was ready" in done.out
    assert "no database" in done.err


def test_a_base_that_cannot_be_prepared_is_no_verdict(tmp_path: Path) -> None:
    root = a_repository(tmp_path / "shop", {"perfgate.yaml": PROJECT, "a.js": "1"})
    commit(root, {"a.js": "2"})
    done = ab(root, "--base", "HEAD~1")
    assert done.status == 3
    assert "preparing the base: node prepare.js ended with status 1" in done.err
    assert "hint: `compare.prepare` in perfgate.yaml must build the base" in done.err


def test_without_a_base_or_a_service_to_start_it_says_what_is_missing(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    assert (ab(root).status, ab(root, "--base", "nowhere").status) == (2, 2)
    assert "name the base with --base REV" in ab(root).err
    commit(root, {"perfgate.yaml": "version: 1"})
    done = ab(root, "--base", "main")
    assert done.status == 3
    assert "does not say how a service is started" in done.err


def test_a_cancelled_job_leaves_no_checkout_behind(tmp_path: Path) -> None:
    root = a_shop(tmp_path / "shop")
    commit(root, {"prepare.js": "setTimeout(() => 0, 60000)"})
    commit(root, {"apps/shop/main.js": MAIN % 2})
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    argv = [sys.executable, "-I", str(ENTRY), "ab", "--base", "HEAD~1"]
    running = subprocess.Popen(argv, cwd=root, env=environment, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while len(git(root, "worktree", "list").splitlines()) == 1 and time.monotonic() < until:
        time.sleep(0.05)
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 3
    assert b"interrupted; there is no verdict" in said
    assert len(git(root, "worktree", "list").splitlines()) == 1
    assert list(tmp_path.glob("perfgate-base-*")) == []
