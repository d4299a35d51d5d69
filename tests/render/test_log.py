"""What goes to the log of a runner: readable, and never a command that perfgate did not mean."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.errors import Problem, Source
from perfgate.render import annotations, escape, junit, sarif, terminal
from tests.render.test_markdown import HOSTILE, PAYLOADS, hostile_verdict
from tests.runner_log import commands
from tests.running import files, perfgate
from tests.verdicts import (
    CASES_FOR_OUTPUTS,
    a_cause,
    a_finding,
    a_verdict,
    an_evidence,
    many_services,
    six_services,
)

COMMANDS = [
    "::add-mask::x", "  ::add-mask::x", "\t::set-output name=verdict::passed", "\u00a0::error::x", "x ##[add-mask]a",
    "##[set-output name=status;]pass", "a\r::add-mask::b", "a\u2028::stop-commands::x", "::ADD-MASK::x", "\n::error::x",
    "%0A::error::x", "a\x85::debug::b", "::::error::x", "##[##[error]x", ":\u200b:error::x",
]  # fmt: skip


@pytest.mark.parametrize("text", COMMANDS)
def test_the_port_of_the_runner_finds_what_it_should(text: str) -> None:
    expected = 0 if text.startswith(("%0A", "a\x85", "a\u2028", "::::", ":\u200b", "##[##[")) else 1
    assert len(commands(text)) == expected


@pytest.mark.parametrize("text", [*COMMANDS, *PAYLOADS])
def test_no_text_in_the_log_is_a_command(text: str) -> None:
    shown = escape.log(text)
    assert commands(shown) == commands(f"x{shown}") == []
    assert len(shown.splitlines()) <= 1


@given(st.text(st.sampled_from(list("a:#[] \r\n\u2028\u200b%error")), max_size=30))
def test_no_generated_text_in_the_log_is_a_command(text: str) -> None:
    assert commands(escape.log(text)) == []


@pytest.mark.parametrize("text", COMMANDS)
def test_tables_and_explanations_hold_no_command(text: str) -> None:
    verdict = hostile_verdict(text)
    finding = verdict.findings[0]
    printed = [
        terminal.table(verdict, colour=False),
        terminal.violations(verdict),
        terminal.explain(verdict, finding.service, finding.metric, [("fails over 1 KiB", text)]),
    ]
    assert commands("\n".join(printed)) == []


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_annotations_are_commands_and_nothing_else(text: str) -> None:
    verdict = hostile_verdict(text)
    lines = annotations.annotations(verdict) + annotations.problems([Problem(Source(text, 1, 2), text, text)])
    for line in lines:
        assert commands(line) in (["error"], ["warning"])
        assert len(line.splitlines()) == 1
    assert len(lines) == len(commands("\n".join(lines)))


def test_hostile_names_on_disk_stay_inert_in_the_log(tmp_path: Path) -> None:
    for name in ("::error::x", "##[add-mask]x", "@octocat", "a|b", "<img src=x>"):
        (tmp_path / "dist" / "apps" / name).mkdir(parents=True)
        (tmp_path / "dist" / "apps" / name / "main.js").write_text("x" * 2000)
    files(tmp_path, budgets__perfgate_yaml="version: 1\ndefaults: {bundle.size: 1 KB}\n")
    done = perfgate(tmp_path, "run")
    assert done.status == 1
    assert commands(done.out + done.err) == []
    on_a_runner = perfgate(tmp_path, "check", env={"GITHUB_ACTIONS": "true"})
    assert set(commands(on_a_runner.out + on_a_runner.err)) == {"error"}


def test_an_error_on_a_runner_is_an_annotation_on_its_line(tmp_path: Path) -> None:
    files(tmp_path, budgets__perfgate_yaml="version: 1\nservices: {web: 5}\n", latest_json="{}")
    done = perfgate(tmp_path, "bundle", "--artifacts", "nothing", env={"GITHUB_ACTIONS": "true"})
    assert commands(done.out) == []
    (tmp_path / "perfgate.yaml").write_text("version: 1\nservcies: {}\n")
    done = perfgate(tmp_path, "bundle", env={"GITHUB_ACTIONS": "true"})
    assert done.out.startswith("::error file=perfgate.yaml,line=2,col=1,title=perfgate::unknown key 'servcies'")


# Annotations


def test_annotations_point_to_the_budget() -> None:
    first = annotations.annotations(six_services())[0]
    assert first == (
        "::error file=budgets/perfgate.yaml,line=12,col=17,title=perfgate%3A fail%2C new::"
        "auth-service bundle size: 858 KiB is over the limit of 800 KiB"
    )


def test_annotations_point_to_the_line_of_the_change_where_it_is_known() -> None:
    grown = a_finding(
        "auth bundle.size 858KB of 800KB was 799.4KB fail new",
        causes=(a_cause("node_modules/moment", None, 59_699, "apps/auth/src/token.ts:3"),),
    )
    unused = a_finding(
        "web deps.unused 1 of 0 was 0 fail new",
        evidence=(an_evidence("nothing imports it", "left-pad", "apps/web/package.json:12", new=True),),
    )
    lines = annotations.annotations(a_verdict(grown, unused))
    assert "file=apps/auth/src/token.ts,line=3," in lines[0]
    assert "(budgets/perfgate.yaml:12:17); +58.3 KiB new node_modules/moment" in lines[0]
    assert "file=apps/web/package.json,line=12," in lines[1]
    assert "left-pad: nothing imports it" in lines[1]


def test_sarif_and_junit_name_what_a_value_counts() -> None:
    evidence = (an_evidence("nothing imports it", "left-pad", "apps/web/package.json:12"),)
    verdict = a_verdict(a_finding("web deps.unused 1 of 0 was 0 fail new", evidence=evidence))
    (result,) = json.loads(sarif.sarif(verdict))["runs"][0]["results"]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"] == {"uri": "apps/web/package.json"}
    assert related["physicalLocation"]["region"] == {"startLine": 12}
    assert "left-pad: nothing imports it" in junit.junit(verdict)


def test_annotations_stay_within_what_github_shows() -> None:
    lines = annotations.annotations(many_services(60, failing=30, warning=20))
    assert [sum(line.startswith(f"::{kind} ") for line in lines) for kind in ("error", "warning")] == [10, 10]
    assert any("and 21 more" in line for line in lines)


# Terminal


def test_the_table_shows_what_matters() -> None:
    text = terminal.table(six_services(), colour=False)
    assert re.search(r"fail, new +auth-service +bundle\.size +858 KiB", text)
    assert "api-gateway" not in text, "what has not changed is only counted"
    assert text.endswith("❌ perfgate: 1 failing, 1 warning, 10 ok")


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[31mfail, new\x1b[0m" in terminal.table(six_services(), colour=True)
    assert "\x1b" not in terminal.table(six_services(), colour=False)


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        ("web bundle.size 600KB of 500KB was 1KB fail new", "web bundle size 600 KiB exceeds budget 500 KiB"),
        ("(repository) score.performance 60 of 85 was 90 fail new", "performance score 60 below budget 85"),
        ("web bundle.size missing of 500KB fail", "web bundle size not measured: no file matches dist/**/*.js"),
    ],
)
def test_the_lines_that_scripts_read(finding: str, line: str) -> None:
    assert terminal.violations(a_verdict(a_finding(finding))) == f"❌ Performance budget violations:\n  - {line}"


# Machines


@pytest.mark.parametrize("name", CASES_FOR_OUTPUTS)
def test_junit_counts_what_is_in_it(name: str) -> None:
    verdict = CASES_FOR_OUTPUTS[name]
    root = ET.fromstring(junit.junit(verdict))  # noqa: S314  # our own text
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(verdict.findings) == int(root.attrib["tests"])
    assert len(root.findall(".//failure")) == int(root.attrib["failures"])
    assert len(root.findall(".//skipped")) == int(root.attrib["skipped"])


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20))
def test_junit_and_sarif_hold_any_text(text: str) -> None:
    verdict = hostile_verdict(text or "x")
    ET.fromstring(junit.junit(verdict))  # noqa: S314  # our own text
    json.loads(sarif.sarif(verdict))


def test_sarif_points_to_the_line_that_decided() -> None:
    log = json.loads(sarif.sarif(six_services()))
    (run,) = log["runs"]
    result = run["results"][0]
    rules = run["tool"]["driver"]["rules"]
    place = result["locations"][0]["physicalLocation"]
    assert (log["version"], result["ruleId"], result["level"]) == ("2.1.0", "limit", "error")
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert place == {
        "artifactLocation": {"uri": "budgets/perfgate.yaml"},
        "region": {"startLine": 12, "startColumn": 17},
    }


def test_a_finding_keeps_its_identity_when_its_numbers_change() -> None:
    def identities(text: str) -> list[str]:
        log = json.loads(sarif.sarif(a_verdict(a_finding(text))))
        return [result["partialFingerprints"]["finding/v1"] for result in log["runs"][0]["results"]]

    assert identities("web bundle.size 600KB of 500KB was 1KB fail new") == identities(
        "web bundle.size 601KB of 500KB was 1KB fail new"
    )
