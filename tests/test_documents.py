"""What is said in several places is the same in all of them."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfgate.cli import COMMANDS
from perfgate.config.settings import INPUTS, PREFIX
from perfgate.errors import ExitStatus
from tests.running import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
README = (ROOT / "README.md").read_text()
# Inputs that steer the steps themselves and never reach the program.
STEERING = {"mode", "working-directory", "python-path", "token"}


def test_every_input_of_the_action_is_an_input_of_the_program() -> None:
    assert set(ACTION["inputs"]) - STEERING == {name.replace("_", "-") for name in INPUTS}


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_means_the_same_in_the_action_and_in_the_program(name: str) -> None:
    declared = ACTION["inputs"][name.replace("_", "-")]
    assert (declared["default"], declared["description"]) == (INPUTS[name].default, INPUTS[name].metadata["about"])


def test_every_input_is_passed_on_to_some_step() -> None:
    passed = {}
    for step in ACTION["runs"]["steps"]:
        for variable, value in step.get("env", {}).items():
            for name in re.findall(r"inputs\.([a-z-]+)", value):
                passed[name] = variable
    for name in INPUTS:
        assert passed[name.replace("_", "-")] == f"{PREFIX}{name.upper()}"
    assert passed["token"] == "PERFGATE_TOKEN"


def test_no_input_is_read_the_way_runners_do_not_offer() -> None:
    """Composite steps get no INPUT_ variables; act sets them all the same."""
    for path in [*ROOT.glob("perfgate/**/*.py"), *ROOT.glob("action/*.py"), *ROOT.glob("action/*.sh")]:
        assert "INPUT_" not in path.read_text(), path


def test_no_expression_stands_in_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_input_and_output_is_documented() -> None:
    text = (ROOT / "docs" / "workflows.md").read_text()
    for name in [*ACTION["inputs"], *ACTION["outputs"]]:
        assert f"| `{name}` |" in text


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    for command in COMMANDS:
        assert f"$ perfgate {command} --help" in text


def test_the_readme_has_the_table_of_statuses() -> None:
    for status in ExitStatus:
        assert f"| {status.value} | {status.meaning} |" in README


def test_the_readme_shows_the_workflow_and_the_budgets_of_the_documentation() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    workflow = next(block for block in blocks if "pull_request" in block)
    assert len(workflow.splitlines()) <= 14
    assert yaml.safe_load(workflow)["jobs"] == yaml.safe_load((ROOT / "docs/workflows/one-job.yml").read_text())["jobs"]


def test_what_is_generated_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted(ROOT.glob("perfgate/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_links_of_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
