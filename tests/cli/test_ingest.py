"""`perfgate ingest` as a user runs it, and that the gate judges what came in like any other metric."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.repositories import a_repository, commit, git
from tests.running import ENTRY, ROOT, Done, files, perfgate

SAMPLES = ROOT / "tests/data/ingest"
PROJECT = """\
version: 1
services: {web: , api: }
custom:
  custom.node-start: {unit: ms, better: lower, noise: noisy}
  custom.node-p-1: {unit: ms, better: lower, noise: noisy}
  custom.main-bundle.size: {unit: bytes, better: lower, noise: exact, about: "what customers load first"}
  custom.hits: {unit: percent, better: higher, noise: exact}
"""


def a_workspace(root: Path, budgets: str = "version: 1\n", project: str = PROJECT) -> Path:
    return files(root, perfgate_yaml=project, budgets__perfgate_yaml=budgets)


def ingest(root: Path, tool: str, sample: str | Path, *arguments: str, service: str | None = "web") -> Done:
    options = () if service is None else ("--service", service)
    done = perfgate(root, "ingest", tool, str(SAMPLES / sample), *options, *arguments)
    assert "Traceback" not in done.out + done.err
    return done


def report(root: Path) -> dict[tuple[str, str], Any]:
    data = json.loads((root / "performance-reports/latest.json").read_text())
    return {(metric["service"], metric["id"]): metric["value"] for metric in data["metrics"]}


def a_size(root: Path, size: int) -> Path:
    """What size-limit writes for an entry of that size."""
    path = root / "size.json"
    path.write_text(json.dumps([{"name": "main bundle", "passed": True, "size": size}]))
    return path


def test_values_stand_in_the_report(tmp_path: Path) -> None:
    done = ingest(a_workspace(tmp_path), "hyperfine", "hyperfine/named.json")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        "web custom.node-start: 70.2 ms (node start, 6 samples)\n"
        "web custom.node-p-1: 75 ms (node -p 1, 6 samples)\n"
        "report written to performance-reports/latest.json\n"
    )
    assert report(tmp_path) == {("web", "custom.node-start"): 70.2323605, ("web", "custom.node-p-1"): 75.01299}
    assert perfgate(tmp_path, "validate").status == 0


def test_what_is_not_declared_is_refused_with_the_lines_to_paste(tmp_path: Path) -> None:
    a_workspace(tmp_path, project="version: 1\nservices: {web: }\n")
    done = ingest(tmp_path, "hyperfine", "hyperfine/named.json")
    assert (done.status, done.out) == (2, "")
    lines = done.err.splitlines()
    assert lines[:3] == [
        "custom:",
        '  custom.node-start: {unit: ms, better: lower, noise: noisy, about: "node start"}',
        '  custom.node-p-1: {unit: ms, better: lower, noise: noisy, about: "node -p 1"}',
    ]
    assert lines[3] == "error: 2 metrics are not declared in perfgate.yaml"
    assert not (tmp_path / "performance-reports").exists()
    pasted = "\n".join(lines[:3])
    (tmp_path / "perfgate.yaml").write_text(f"version: 1\nservices: {{web: }}\n{pasted}\n")
    assert ingest(tmp_path, "hyperfine", "hyperfine/named.json").status == 0


def test_a_budget_on_what_came_in_fails(tmp_path: Path) -> None:
    a_workspace(tmp_path, "version: 1\nservices: {web: {custom.node-start: 60 ms, custom.node-p-1: 90 ms}}\n")
    ingest(tmp_path, "hyperfine", "hyperfine/named.json")
    done = perfgate(tmp_path, "check")
    assert done.status == 1
    assert done.err == "❌ Performance budget violations:\n  - web custom node-start 70.2 ms exceeds budget 60 ms\n"
    explained = perfgate(tmp_path, "check", "--explain", "web", "custom.node-start")
    assert "fails over 60 ms  (budgets/perfgate.yaml:2:37)" in explained.out


def test_a_budget_without_a_value_is_not_met(tmp_path: Path) -> None:
    a_workspace(tmp_path, "version: 1\nservices: {web: {response.p95: 9 ms, custom.hits: 80%}}\n")
    ingest(tmp_path, "autocannon", "autocannon/ok.json")
    done = perfgate(tmp_path, "check", "--format", "json")
    assert done.status == 1
    texts = {
        found["metric"]: found["violations"][0]["text"]
        for found in json.loads(done.out)["findings"]
        if found["violations"]
    }
    assert texts["response.p95"].startswith("not measured: autocannon did not report the 95th percentile")
    assert texts["custom.hits"] == "not measured: no analyzer measured it in this run"


def test_an_exact_metric_that_grew_against_the_stored_baseline_fails(tmp_path: Path) -> None:
    limit = "version: 1\ndefaults: {custom.main-bundle.size: {increase: 5%}}\n"
    a_repository(a_workspace(tmp_path, limit), {".gitignore": "performance-reports/\nsize.json\n"})
    assert ingest(tmp_path, "size-limit", a_size(tmp_path, 2000)).status == 0
    assert perfgate(tmp_path, "baseline", "publish").status == 0
    git(tmp_path, "checkout", "--quiet", "-b", "change")
    for size, status in ((2100, 0), (2101, 1)):
        commit(tmp_path, {"README.md": str(size)})
        ingest(tmp_path, "size-limit", a_size(tmp_path, size))
        done = perfgate(tmp_path, "check", "--base", "main", "--format", "json")
        assert done.status == status, size
    found = next(f for f in json.loads(done.out)["findings"] if f["metric"] == "custom.main-bundle.size")
    assert (found["attribution"], found["base"], found["value"]) == ("worse", 2000, 2101)


@pytest.mark.parametrize(
    ("declaration", "edit"),
    [
        ("{unit: bytes, better: higher, noise: exact}", "bytes, higher is better, exact"),
        ("{unit: bytes, better: lower, noise: noisy}", "bytes, lower is better, noisy"),
    ],
)
def test_a_change_cannot_declare_itself_within_the_budget(tmp_path: Path, declaration: str, edit: str) -> None:
    limit = "version: 1\ndefaults: {custom.main-bundle.size: 2 KB}\n"
    a_repository(a_workspace(tmp_path, limit), {".gitignore": "performance-reports/\nsize.json\n"})
    git(tmp_path, "checkout", "--quiet", "-b", "change")
    was = '{unit: bytes, better: lower, noise: exact, about: "what customers load first"}'
    commit(tmp_path, {"perfgate.yaml": PROJECT.replace(was, declaration)})
    text = [
        {
            "id": "custom.main-bundle.size",
            "value": 9000,
            "unit": "bytes",
            "better": declaration.split(" ")[3].strip(","),
        }
    ]
    (tmp_path / "size.json").write_text(json.dumps({"metrics": text}))
    assert ingest(tmp_path, "json", tmp_path / "size.json").status == 0
    done = perfgate(tmp_path, "check", "--base", "main", "--format", "json")
    verdict = json.loads(done.out)
    assert done.status == 1
    assert [(e["subject"], e["before"], e["after"], e["loosened"], e["source"]) for e in verdict["edits"]] == [
        ("declaration of custom.main-bundle.size", "bytes, lower is better, exact", edit, True, "perfgate.yaml")
    ]


def test_a_change_cannot_take_the_declaration_away(tmp_path: Path) -> None:
    limit = "version: 1\ndefaults: {custom.hits: 80%, bundle.size: 1 KB}\n"
    a_repository(a_workspace(tmp_path, limit), {".gitignore": "performance-reports/\n"})
    git(tmp_path, "checkout", "--quiet", "-b", "change")
    less = PROJECT.replace("  custom.hits: {unit: percent, better: higher, noise: exact}\n", "")
    commit(tmp_path, {"perfgate.yaml": less, "budgets/perfgate.yaml": "version: 1\n", "dist/web/a.js": "x" * 2000})
    perfgate(tmp_path, "bundle")
    done = perfgate(tmp_path, "check", "--base", "main", "--format", "json")
    verdict = json.loads(done.out)
    assert done.status == 1
    failing = {(found["service"], found["metric"]) for found in verdict["findings"] if found["level"] == "fail"}
    assert {("web", "custom.hits"), ("web", "bundle.size")} <= failing, "the other limits of the base count, too"
    assert "declaration of custom.hits" in {edit["subject"] for edit in verdict["edits"]}


def test_a_change_of_unit_is_no_value(tmp_path: Path) -> None:
    limit = "version: 1\nmissing: fail\nservices: {web: {custom.hits: 80%}}\n"
    a_repository(a_workspace(tmp_path, limit), {".gitignore": "performance-reports/\nhits.json\n"})
    git(tmp_path, "checkout", "--quiet", "-b", "change")
    commit(tmp_path, {
        "perfgate.yaml": PROJECT.replace("custom.hits: {unit: percent", "custom.hits: {unit: points"),
        "budgets/perfgate.yaml": limit.replace("80%", "80"),
    })  # fmt: skip
    metric = {"id": "custom.hits", "value": 90, "unit": "points", "better": "higher"}
    (tmp_path / "hits.json").write_text(json.dumps({"metrics": [metric]}))
    assert ingest(tmp_path, "json", tmp_path / "hits.json").status == 0
    done = perfgate(tmp_path, "check", "--base", "main")
    assert done.status == 1
    assert "the report has it in points, and it is declared in percent" in done.err + done.out


def test_files_add_up_and_other_analyzers_keep_them(tmp_path: Path) -> None:
    a_workspace(tmp_path)
    files(tmp_path, dist__web__a_js="x")
    ingest(tmp_path, "hyperfine", "hyperfine/named.json")
    ingest(tmp_path, "hyperfine", "hyperfine/named.json", service="api")
    ingest(tmp_path, "wrk", "wrk/latency.txt")
    assert perfgate(tmp_path, "bundle").status == 0
    ingest(tmp_path, "size-limit", a_size(tmp_path, 5))
    ingest(tmp_path, "size-limit", a_size(tmp_path, 6))
    stored = report(tmp_path)
    assert {("web", "bundle.size"), ("web", "custom.node-start"), ("api", "custom.node-start")} <= stored.keys()
    assert (stored["web", "response.p50"], stored["web", "custom.main-bundle.size"]) == (3.28, 6)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = ingest(a_workspace(tmp_path), "autocannon", "autocannon/ok.json", "--dry-run")
    assert done.status == 0
    assert done.out.splitlines()[0] == "web response.mean: 3.07 ms (mean)"
    assert done.out.splitlines()[-1] == "dry run: nothing was written"
    assert done.err.startswith("not measured: web response.p95: autocannon did not report the 95th percentile")
    assert not (tmp_path / "performance-reports").exists()


def test_a_run_in_which_every_request_failed_is_no_verdict(tmp_path: Path) -> None:
    done = ingest(a_workspace(tmp_path), "autocannon", "autocannon/refused.json")
    assert done.status == 3
    assert "not measured: web: every request failed" in done.err
    assert report(tmp_path)["web", "response.errorRate"] == 100


def test_the_build_needs_no_service(tmp_path: Path) -> None:
    arguments = ("--as", "build.duration")
    one = {"results": json.loads((SAMPLES / "hyperfine/named.json").read_text())["results"][:1]}
    (tmp_path / "one.json").write_text(json.dumps(one))
    assert ingest(a_workspace(tmp_path), "hyperfine", tmp_path / "one.json", *arguments, service=None).status == 0
    assert report(tmp_path)["(repository)", "build.duration"] == 70.2323605


def test_series_of_prometheus_are_selected(tmp_path: Path) -> None:
    done = ingest(a_workspace(tmp_path), "prometheus", "prometheus/node.txt", "--metric", "cache_hit_ratio=custom.hits")
    assert done.out.splitlines()[0] == "web custom.hits: 87.5% (cache_hit_ratio)"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["wrk", "nothing.txt", "--service", "web"], 3, "error: nothing.txt: is not there\nhint: did the tool write it there?\n"),
        (["wrk", ".", "--service", "web"], 2, "Usage: "),
        (["wrk", "link.txt", "--service", "web"], 3, "error: link.txt: is a link to a place outside of the workspace\n"),
        (["wrk", "a.json", "--service", "web"], 3, "error: a.json: this looks like json, not wrk\nhint: perfgate ingest json a.json\n"),
        (["json", "a.json", "--service", "wbe"], 2, "error: --service wbe: no such service\nhint: did you mean web?\n"),
        (["json", "a.json", "--service", "x"], 2, "error: --service x: no such service\nhint: name it in perfgate.yaml, under services; known: api, web\n"),
        (["json", "a.json"], 2, "error: custom.hits is of a service\nhint: name it with --service NAME\n"),
        (["json", "a.json", "--service", "web", "--only", "custom.hit"], 3, "error: a.json: no custom.hit in this file\nhint: did you mean custom.hits?\n"),
        (["json", "a.json", "--service", "web", "--unit", "sec"], 2, "error: --unit sec: no such unit\n"),
        (["prometheus", "a.txt", "--service", "web", "--metric", "a"], 2, "error: --metric a: no id\n"),
        (["prometheus", "a.txt", "--service", "web"], 2, "error: which series?\n"),
        (["jmeter", "a.json", "--service", "web"], 2, "Usage: "),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(tmp_path: Path, arguments: list[str], status: int, message: str) -> None:
    root = a_workspace(tmp_path / "root")
    (tmp_path / "outside.txt").write_text("secret")
    (root / "link.txt").symlink_to("../outside.txt")
    metric = {"id": "custom.hits", "value": 90, "unit": "percent", "better": "higher"}
    files(root, a_json=json.dumps({"metrics": [metric]}), a_txt="a_bytes 1\n")
    done = perfgate(root, "ingest", *arguments)
    assert done.status == status
    assert done.err.startswith(message)
    assert not (root / "performance-reports").exists()


def test_standard_input_is_a_file(tmp_path: Path) -> None:
    argv = [sys.executable, "-I", str(ENTRY), "ingest", "auto", "-", "--service", "web"]
    content = (SAMPLES / "wrk/latency.txt").read_bytes()
    done = subprocess.run(argv, cwd=a_workspace(tmp_path), input=content, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert report(tmp_path)["web", "response.p50"] == 3.28


def test_names_of_a_tool_are_shown_and_never_obeyed(tmp_path: Path) -> None:
    a_workspace(tmp_path)
    result = {"command": "\x1b[31m\n::error::x", "median": 1, "times": [1]}
    (tmp_path / "evil.json").write_text(json.dumps({"results": [result]}))
    done = ingest(tmp_path, "hyperfine", tmp_path / "evil.json")
    assert done.status == 2
    assert "\x1b" not in done.err
    assert not any(line.startswith("::") for line in (done.out + done.err).splitlines())
