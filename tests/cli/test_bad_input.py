"""Bad input: one clear line, the right status, no traceback, within two seconds, nothing half written."""

from pathlib import Path

import pytest

from perfgate.report import codec, document
from tests.reports import a_report
from tests.running import Done, files, perfgate

REPORT = codec.encode(document.derive(a_report("web bundle.size=10"))).decode()
BUDGETS = "version: 1\ndefaults: {bundle.size: 500 KB}\n"


def check(root: Path, *arguments: str, budgets: str | bytes = BUDGETS, report: str | bytes = REPORT) -> Done:
    files(root, budgets__perfgate_yaml=budgets, latest_json=report)
    done = perfgate(root, "check", "--report", "latest.json", *arguments, timeout=20)
    assert "Traceback" not in done.out + done.err
    assert not (root / "verdict.json").exists() or done.status in (0, 1)
    return done


HINT = "hint: nothing was checked; correct the budgets and run again\n"


@pytest.mark.parametrize(
    ("budgets", "line"),
    [
        ("version: 1\nlimits: {}", "2:1: unknown key 'limits', expected a key of a budgets file (known: comment, defaults, edits, existing, missing, services, units, version)"),
        ("version: 1\ndefaults: {bundle.sise: 5 KB}", "2:12: unknown key 'bundle.sise' (did you mean bundle.size?)"),
        ("version: 1\ndefaults: {bundle.size: 500}", "2:25: '500' has no unit (write a number and a unit, such as 500 KB)"),
        ("version: 1\ndefaults: {bundle.size: abc}", "2:25: 'abc' is not a size (write a number and a unit, such as 500 KB)"),
        ("version: 1\ndefaults: {bundle.size: '1,5 kB'}", "2:25: '1,5 kB' has a comma (write decimals with a point and leave out thousands separators)"),
        ("version: 1\ndefaults: {bundle.size: 500 kbs}", "2:25: '500 kbs' is not a size: unknown unit 'kbs' (write a number and a unit, such as 500 KB; known units: B, KB, KiB, MB, MiB, GB, GiB)"),
        ("version: 1\nversion: 1", "2:1: duplicate key 'version' (first given in line 1)"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]", "1:4: anchors and aliases are not allowed (write the value out)"),
        (b"[" * 100_000, "1:33: nested deeper than 32 levels"),
    ],
)  # fmt: skip
def test_bad_budgets_are_status_2(tmp_path: Path, budgets: str | bytes, line: str) -> None:
    done = check(tmp_path, budgets=budgets)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: budgets/perfgate.yaml:{line}\n{HINT}"


AGAIN = "hint: write it again with this perfgate\n"


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        (REPORT.replace('"value": 10', '"value": NaN'), "error: latest.json: not valid JSON: NaN is not a number\n"),
        (REPORT.replace('"value": 10', '"value": 1e999'), "error: latest.json: not valid JSON: 1e999 is out of range\n"),
        (REPORT.replace('"value": 10', '"value": 1, "value": 2'), "error: latest.json: not valid JSON: duplicate key 'value'\n"),
        (REPORT.replace('"formatVersion": 1', '"formatVersion": 2'), "error: latest.json: report of format version 2, this perfgate reads up to 1\nhint: update perfgate\n"),
        ('{\n"formatVersion": 1,\n"timestamp": "2026', "error: latest.json:3:14: not valid JSON: Unterminated string starting at\nhint: is the file complete?\n"),
        ("[" * 100_000 + "]" * 100_000, "error: latest.json: nested too deeply\n"),
        (REPORT.replace('"dirty"', '"dirt"'), f"error: latest.json: dirt: Unexpected keyword argument\n{AGAIN}"),
    ],
)  # fmt: skip
def test_a_bad_report_is_status_3(tmp_path: Path, report: str, lines: str) -> None:
    done = check(tmp_path, report=report)
    assert (done.status, done.err) == (3, lines)


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    done = perfgate(files(tmp_path, budgets__perfgate_yaml=BUDGETS), "check")
    assert (done.status, done.err) == (
        3, "error: performance-reports/latest.json: no such report\nhint: write one with `perfgate analyze`\n",
    )  # fmt: skip


def test_an_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "budgets" / "web.yaml").mkdir(parents=True)
    done = check(tmp_path)
    assert (done.status, done.err) == (2, "error: budgets/web.yaml: cannot be read: Is a directory\n")


def test_budgets_that_are_a_link_out_of_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "budgets").mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("password: hunter2")
    (root / "budgets" / "web.yaml").symlink_to(tmp_path / "secret.yaml")
    done = check(root)
    assert (done.status, done.err) == (2, "error: budgets/web.yaml: is a link to a place outside of the workspace\n")


def test_budgets_in_a_folder_of_their_own(tmp_path: Path) -> None:
    files(tmp_path, budgets__team__web_yaml=BUDGETS)
    done = check(tmp_path)
    assert (done.status, done.err) == (
        2,
        "error: budgets/team/web.yaml: stands in a folder of its own "
        "(put it into budgets itself: files below it are not read)\n",
    )


def test_a_report_folder_that_is_a_link_out_of_the_workspace(tmp_path: Path) -> None:
    root = files(tmp_path / "root", dist__apps__web__main_js="x")
    (tmp_path / "outside").mkdir()
    (root / "performance-reports").symlink_to(tmp_path / "outside", target_is_directory=True)
    done = perfgate(root, "bundle")
    assert (done.status, list((tmp_path / "outside").iterdir())) == (2, [])
    assert "performance-reports/latest.json: leads to a place outside of the workspace" in done.err


def test_a_lock_that_is_a_link(tmp_path: Path) -> None:
    root = files(tmp_path / "root", dist__apps__web__main_js="x")
    precious = tmp_path / "precious.txt"
    precious.write_text("keep")
    (root / "performance-reports").mkdir()
    (root / "performance-reports" / ".latest.json.lock").symlink_to(precious)
    done = perfgate(root, "bundle")
    assert (done.status, precious.read_text()) == (3, "keep")
    assert "cannot be locked" in done.err


def test_an_artifact_above_the_workspace(tmp_path: Path) -> None:
    text = "version: 1\nservices: {web: {artifacts: ../secret.js}}"
    done = perfgate(files(tmp_path, perfgate_yaml=text), "bundle")
    assert (done.status, done.err) == (
        2,
        "error: perfgate.yaml:2:29: '../secret.js' leaves the workspace (paths are relative to the folder of perfgate.yaml)\n"
        "hint: nothing was measured; correct perfgate.yaml and run again\n",
    )


def test_an_artifact_that_is_a_link_out_of_the_workspace(tmp_path: Path) -> None:
    root = files(tmp_path / "root", dist__apps__api__main_js="x", dist__apps__web__other_js="x")
    (root / "dist/apps/web/main.js").symlink_to("/etc/passwd")
    done = perfgate(root, "bundle")
    assert (done.status, done.err) == (
        3, "not measured: web: dist/apps/web/main.js is a link to a place outside of the workspace\n",
    )  # fmt: skip
    assert "1 service, 1 B in all" in done.out


@pytest.mark.parametrize(
    ("arguments", "last_line"),
    [
        (["chek"], "Error: No such command 'chek'; did you mean check?"),
        (["check", "--formt", "json"], "Error: No such option '--formt'."),
        (["check", "--format", "yaml"], "Error: Invalid value for '--format': 'yaml' is not one of 'text', 'json', 'markdown', 'junit', 'sarif'."),
        (["analyze", "--only", "bundel"], "hint: did you mean bundle?"),
        (["check", "--base", "nowhere"], "hint: fetch it, or name another"),
        (["check", "--explain", "wbe", "bundle.size"], "hint: did you mean web?"),
        (["check", "--explain", "web", "bundle.sise"], "hint: did you mean bundle.size?"),
    ],
)  # fmt: skip
def test_a_usage_error_is_status_2_and_names_the_remedy(tmp_path: Path, arguments: list[str], last_line: str) -> None:
    files(tmp_path, budgets__perfgate_yaml=BUDGETS, latest_json=REPORT)
    report = ["--report", "latest.json"] if arguments[0] == "check" else []
    done = perfgate(tmp_path, *arguments, *report)
    assert done.status == 2
    assert last_line in done.err.replace("(Possible options: --format)", "").strip()


def test_nothing_to_measure_is_no_pass(tmp_path: Path) -> None:
    done = perfgate(tmp_path, "bundle")
    assert (done.status, done.err) == (
        3,
        "error: no service was found\nhint: build first, or name the services and their artifacts in perfgate.yaml\n",
    )


def test_a_stale_verdict_does_not_survive_a_failed_check(tmp_path: Path) -> None:
    files(tmp_path, verdict_json="{}")
    assert check(tmp_path, report="{").status == 3
    assert not (tmp_path / "verdict.json").exists()
