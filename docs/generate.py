"""Writes what can go stale: schemas, the tables of metrics, inputs and exit statuses, the help of each command.

`--check` writes nothing and fails, naming the files, when one of them is not current.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from perfgate.analyzers import METRICS  # noqa: E402  # found through the path set above
from perfgate.analyzers.dependencies.usage.tool_rules import IMPLIED  # noqa: E402
from perfgate.cli import COMMANDS  # noqa: E402
from perfgate.config import editor_schema  # noqa: E402
from perfgate.errors import ExitStatus  # noqa: E402
from perfgate.report import model  # noqa: E402
from perfgate.units import show, show_percent  # noqa: E402

BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def wanted() -> Iterator[tuple[Path, str]]:
    """Every generated file with the content it should have."""
    yield ROOT / "perfgate/report/schema-v1.json", _json(model.json_schema())
    schemas = {
        "budgets": editor_schema.budgets(METRICS),
        "waivers": editor_schema.waivers(METRICS),
        "project": editor_schema.project(),
    }
    for name, schema in schemas.items():
        yield ROOT / f"perfgate/config/schemas/{name}.json", _json(schema)
    blocks = {
        "statuses": _statuses(),
        "metrics": _metrics(),
        "inputs": _inputs(),
        "outputs": _outputs(),
        "help": _help(),
        "deps-rules": _dependency_rules(),
    }
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        yield path, BLOCK.sub(lambda block: f"{block[1]}{blocks[block['name']]}{block[3]}", text)


def _dependency_rules() -> str:
    rows = []
    for rule in IMPLIED:
        because = [f"files {_code(rule.files)}"] if rule.files else []
        because += [f"in use: {_code(rule.beside)}"] if rule.beside else []
        because += [f"a script says {_code(rule.commands)}"] if rule.commands else []
        because += [f"{_code(rule.within)} says one of {_code(rule.text)}"] if rule.within else []
        because += [f"package.json has {_code(rule.field)}"] if rule.field else []
        rows.append((_code(rule.packages), "; ".join(because)))
    return _table(("needed", "because of"), rows)


def _code(words: str) -> str:
    return " ".join(f"`{word}`" for word in words.split())


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _statuses() -> str:
    return _table(("status", "means"), [(str(status.value), status.meaning) for status in ExitStatus])


def _metrics() -> str:
    rows = []
    for spec in METRICS.values():
        rule = spec.increase
        built_in = "none"
        if rule and rule.fail is not None:
            built_in = f"fails over +{show_percent(rule.fail)} and {show(rule.floor, spec.unit)}"
        rows.append((f"`{spec.id}`", spec.unit, f"{spec.better} is better", spec.about, built_in))
    return _table(("metric", "unit", "", "what it is", "built-in rule"), rows)


def _action() -> dict[str, Any]:
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return action


def _inputs() -> str:
    inputs = _action()["inputs"].items()
    rows = [
        (f"`{name}`", f"`{body['default']}`" if body["default"] else "", " ".join(body["description"].split()))
        for name, body in inputs
    ]
    return _table(("input", "default", "what it does"), rows)


def _outputs() -> str:
    return _table(
        ("output", "what it is"), [(f"`{name}`", body["description"]) for name, body in _action()["outputs"].items()]
    )


def _help() -> str:
    return "".join(
        f"```text\n$ perfgate {command} --help\n{text}\n```\n\n".replace("perfgate  ", "perfgate ")
        for command, text in _helps()
    )


def _helps() -> Iterator[tuple[str, str]]:
    for command in ("", *COMMANDS, "baseline publish"):
        argv = [sys.executable, "-I", str(ROOT / "action/entry.py"), *command.split(), "--help"]
        environment = {"PATH": os.environ["PATH"], "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(argv, capture_output=True, check=True, text=True, env=environment)  # our own command
        yield command, done.stdout.rstrip()


def main() -> None:
    stale = [(path, text) for path, text in wanted() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path, _ in stale:
            print(f"{path.relative_to(ROOT)} is not current; run `make docs`", file=sys.stderr)
        sys.exit(bool(stale))
    for path, text in stale:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
