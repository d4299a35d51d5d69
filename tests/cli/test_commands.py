"""Manners of the command line."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfgate import __version__
from perfgate.cli import COMMANDS, SECTIONS
from tests.repositories import a_repository, commit, git
from tests.running import ENTRY, ROOT, files, perfgate

LIMIT = "version: 1\ndefaults: {bundle.size: 1 KB}\n"


def test_the_help_has_sections_and_the_statuses(tmp_path: Path) -> None:
    done = perfgate(tmp_path, "--help")
    assert done.status == 0
    positions = [done.out.index(f"\n{section}:") for section in (*SECTIONS, "Exit status")]
    assert positions == sorted(positions)


@pytest.mark.parametrize("command", [*COMMANDS, "baseline publish"])
def test_every_command_has_help(tmp_path: Path, command: str) -> None:
    done = perfgate(tmp_path, *command.split(), "--help")
    assert done.status == 0
    assert done.out.splitlines()[2].strip(), "a sentence that says what it does"


def test_the_version(tmp_path: Path) -> None:
    assert perfgate(tmp_path, "--version").out == f"perfgate {__version__}\n"
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(tmp_path: Path, shell: str) -> None:
    done = perfgate(tmp_path, "completion", shell)
    assert done.status == 0
    assert "_PERFGATE_COMPLETE" in done.out


@pytest.mark.parametrize("name", ["report", "verdict", "budgets", "waivers", "project"])
def test_schemas_are_printed(tmp_path: Path, name: str) -> None:
    assert (
        json.loads(perfgate(tmp_path, "schema", name).out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    )


def a_workspace(root: Path, size: int = 500) -> Path:
    return files(root, dist__apps__web__main_js="x" * size, budgets__perfgate_yaml=LIMIT)


@pytest.mark.parametrize(("size", "status"), [(1024, 0), (1025, 1)])
def test_run_does_everything_and_ends_with_the_verdict(tmp_path: Path, size: int, status: int) -> None:
    done = perfgate(a_workspace(tmp_path, size), "run")
    assert done.status == status
    assert json.loads((tmp_path / "performance-reports/verdict.json").read_text())["status"] == status
    assert perfgate(tmp_path, "validate").status == 0
    assert perfgate(tmp_path, "check").status == status


def test_the_lines_that_scripts_look_for(tmp_path: Path) -> None:
    assert "✅ All performance budgets met" in perfgate(a_workspace(tmp_path), "run").out
    failed = perfgate(a_workspace(tmp_path, 2000), "run")
    assert "❌ Performance budget violations:\n  - web bundle size 1.95 KiB exceeds budget 1 KiB" in failed.err


@pytest.mark.parametrize("style", ["text", "json", "markdown", "junit", "sarif"])
def test_formats(tmp_path: Path, style: str) -> None:
    perfgate(a_workspace(tmp_path, 2000), "analyze")
    done = perfgate(tmp_path, "check", "--format", style)
    assert done.status == 1
    assert "web" in done.out
    if style in ("json", "sarif"):
        json.loads(done.out)


def test_nothing_is_coloured_when_piped(tmp_path: Path) -> None:
    done = perfgate(a_workspace(tmp_path, 2000), "run")
    assert "\x1b" not in done.out + done.err


def test_a_second_analyzer_of_the_same_commit_keeps_what_is_there(tmp_path: Path) -> None:
    perfgate(a_workspace(tmp_path), "bundle")
    first = json.loads((tmp_path / "performance-reports/latest.json").read_text())
    perfgate(tmp_path, "bundle", "--encoding", "gzip")
    again = json.loads((tmp_path / "performance-reports/latest.json").read_text())
    assert {m["id"] for m in first["metrics"]} - {m["id"] for m in again["metrics"]} == {"bundle.brotli"}


def test_a_report_of_another_commit_is_not_continued(tmp_path: Path) -> None:
    a_repository(a_workspace(tmp_path))
    perfgate(tmp_path, "bundle")
    files(tmp_path, dist__apps__api__main_js="y")
    (tmp_path / "dist/apps/web/main.js").unlink()
    commit(tmp_path, {})
    perfgate(tmp_path, "bundle")
    report = json.loads((tmp_path / "performance-reports/latest.json").read_text())
    assert report["bundleSizes"] == {"api": 1}


def test_a_report_of_another_commit_is_called_out(tmp_path: Path) -> None:
    a_repository(a_workspace(tmp_path), {".gitignore": "performance-reports/\n"})
    perfgate(tmp_path, "analyze")
    commit(tmp_path, {"README.md": "words"})
    done = perfgate(tmp_path, "check")
    assert done.status == 0
    assert re.search("warning: the report is of commit [0-9a-f]{12}, and [0-9a-f]{12} is checked out", done.err)
    event = {"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_REPOSITORY": "octo/shop"}
    assert perfgate(tmp_path, "check", env=event).status == 3


def test_base_takes_budgets_and_baseline_from_the_base(tmp_path: Path) -> None:
    a_repository(a_workspace(tmp_path, 1000), {".gitignore": "performance-reports/\n"})
    perfgate(tmp_path, "analyze")
    assert perfgate(tmp_path, "baseline", "publish").status == 0
    git(tmp_path, "checkout", "--quiet", "-b", "change")
    raised = LIMIT.replace("1 KB", "9 KB")
    commit(tmp_path, {"dist/apps/web/main.js": "x" * 2000, "budgets/perfgate.yaml": raised})
    done = perfgate(tmp_path, "run", "--base", "main")
    verdict = json.loads((tmp_path / "performance-reports/verdict.json").read_text())
    assert done.status == 1, "the limit of the base counts"
    assert verdict["baseline"]["step"] == "exact"
    assert [edit["subject"] for edit in verdict["edits"]] == ["defaults bundle.size fail"]
    assert verdict["findings"][0]["attribution"] == "new"


def test_why_says_what_a_service_is_made_of(tmp_path: Path) -> None:
    meta = {
        "inputs": {"src/main.ts": {"imports": [{"path": "node_modules/moment/m.js", "original": "moment"}]}},
        "outputs": {
            "dist/apps/web/main.js": {
                "bytes": 2000,
                "inputs": {"src/main.ts": {"bytesInOutput": 500}, "node_modules/moment/m.js": {"bytesInOutput": 1400}},
            }
        },
    }
    files(
        a_workspace(tmp_path, 2000),
        dist__apps__web__meta_json=json.dumps(meta),
        src__main_ts="\nimport m from 'moment'\n",
    )
    done = perfgate(tmp_path, "bundle", "--why", "web")
    assert done.status == 0
    lines = [re.sub(" +", " ", line.strip()) for line in done.out.splitlines()]
    assert lines[0] == "web: 1.95 KiB in 1 file; bytes exact, from its metafile"
    assert "packages 1.37 KiB (70%) own modules 500 B (25%) unmapped 100 B (5%)" in lines
    assert "1.37 KiB 70% moment src/main.ts:2" in lines
    assert perfgate(tmp_path, "bundle", "--why", "wbe").status == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"version": 3, "sources": ["a.ts"], "mappings": "AAAA,ggBAAA"}', "the map speaks of column 513 of line 1, which has 500"),
        ('{"version": 3, "sources": ["a.ts"], "mappings": "AAAA,CCAA"}', "the mappings of line 1 name source 1, there are 1"),
        ('{"version": 3,', "dist/apps/web/main.js.map:1:15: not valid JSON: Expecting property name enclosed in double quotes"),
        ("\x00\x01", "dist/apps/web/main.js.map:1:1: not valid JSON: Expecting value"),
    ],
    ids=["lying column", "lying source", "cut", "binary"],
)  # fmt: skip
def test_a_broken_map_is_one_line_and_the_services_are_measured(tmp_path: Path, text: str, problem: str) -> None:
    files(a_workspace(tmp_path), dist__apps__api__main_js="x")
    (tmp_path / "dist/apps/web/main.js.map").write_text(text)
    done = perfgate(tmp_path, "bundle")
    assert done.status == 0
    assert done.err.splitlines() == [f"warning: web: dist/apps/web/main.js: {problem}"]
    assert "2 services" in done.out


def test_a_page_of_treemaps_is_written(tmp_path: Path) -> None:
    done = perfgate(a_workspace(tmp_path, 2000), "bundle", "--html", "out/bundles.html")
    assert done.status == 0
    assert "treemaps written to out/bundles.html" in done.out
    assert "web · 1.95 KiB" in (tmp_path / "out/bundles.html").read_text()
    assert perfgate(tmp_path, "bundle", "--html", "../out.html").status == 2


def test_a_baseline_must_be_clean(tmp_path: Path) -> None:
    a_repository(a_workspace(tmp_path))
    (tmp_path / "budgets/perfgate.yaml").write_text(LIMIT + "\n")
    perfgate(tmp_path, "analyze")
    done = perfgate(tmp_path, "baseline", "publish")
    assert done.status == 3
    assert "not stored: it was measured with uncommitted changes" in done.err


def test_explain_names_the_line_that_decided(tmp_path: Path) -> None:
    perfgate(a_workspace(tmp_path, 2000), "analyze")
    done = perfgate(tmp_path, "check", "--explain", "web", "bundle.size")
    assert done.status == 1
    assert "budgets/perfgate.yaml:2:25" in done.out
    assert "built-in default of bundle.size" in done.out


# Ends that are no verdict


def test_an_interrupt_is_no_failed_gate(tmp_path: Path) -> None:
    files(tmp_path, dist__apps__web__main_js=random.Random(1).randbytes(12_000_000))  # noqa: S311
    argv = [sys.executable, "-I", str(ENTRY), "bundle", "--encoding", "brotli", "--no-cache"]
    # A test run in the background inherits that interrupts are ignored.
    child = subprocess.Popen(
        argv,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  # one thread
    )
    time.sleep(0.6)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate()
    assert (child.returncode, err) == (3, "interrupted; there is no verdict\n")
    assert not (tmp_path / "performance-reports" / "latest.json").exists()


def test_a_reader_that_goes_away_is_no_failed_gate(tmp_path: Path) -> None:
    perfgate(a_workspace(tmp_path), "analyze")
    script = f"set -o pipefail; {sys.executable} -I {ENTRY} check --format json | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() in ("0", "3")
    assert done.stderr == ""


# Start-up


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], {"pydantic", "yaml", "github", "jsonschema", "tabulate", "subprocess"}),
        (["bundle"], {"pydantic", "github", "jsonschema", "tabulate", "requests"}),
        (["check"], {"github", "jsonschema", "requests", "brotli"}),
        (["validate"], {"github", "requests", "tabulate"}),
    ],
)
def test_a_command_imports_only_what_it_needs(tmp_path: Path, arguments: list[str], absent: set[str]) -> None:
    a_workspace(tmp_path)
    if arguments != ["bundle"]:
        perfgate(tmp_path, "analyze")
    argv = [sys.executable, "-I", "-X", "importtime", str(ENTRY), *arguments]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert not absent & imported
