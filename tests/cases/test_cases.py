"""Case folders: a small workspace, and the comment, the verdict and the exit status it must lead to."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running import perfgate

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/case.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path, golden: Callable[[Path, str], None]) -> None:
    workspace = shutil.copytree(case / "workspace", tmp_path / "workspace")
    arguments = json.loads((case / "case.json").read_text())["arguments"]
    done = perfgate(workspace, "run", *arguments)
    assert "bug" not in done.err
    golden(case / "expected.status", f"{done.status}\n")
    golden(case / "expected.txt", done.out + done.err)
    golden(case / "expected.md", perfgate(workspace, "comment", "--dry-run").out)
    golden(case / "expected.json", (workspace / "performance-reports" / "verdict.json").read_text())
