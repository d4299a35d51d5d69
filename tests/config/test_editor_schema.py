"""The schemas for editors accept what the readers accept, and flag what they refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from perfgate.analyzers import METRICS
from perfgate.config import budgets as reader
from perfgate.config import editor_schema
from tests.config.test_budgets import FULL, WAIVER
from tests.config.test_running import ACCEPTED, EVERYTHING, REFUSED

SHIPPED = Path(reader.__file__).with_name("schemas")
SCHEMAS: dict[str, dict[str, Any]] = {
    "budgets": editor_schema.budgets(METRICS),
    "waivers": editor_schema.waivers(METRICS),
    "project": editor_schema.project(),
}


class _Dates(yaml.SafeLoader):
    """Editors see dates as text."""


_Dates.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def flagged(name: str, text: str) -> bool:
    data = yaml.load(text, _Dates)  # noqa: S506  # our own text
    return not Draft202012Validator(SCHEMAS[name]).is_valid(data)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_current(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert json.loads((SHIPPED / f"{name}.json").read_text()) == SCHEMAS[name], "run `make docs`"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("budgets", FULL),
        ("budgets", "service: web\nowners: '@me'\nbundle.size: 500 KB\n"),
        ("waivers", f"waivers:\n  - {WAIVER}\n"),
        ("waivers", "waivers:\n"),
        ("project", "version: 1\nservices: {web: {artifacts: 'dist/**/*.js'}, api: }\nignore: docs\n"),
        (
            "budgets",
            "version: 1\ndefaults: {custom.a: 5 ms, custom.b.c: {fail: 80%, increase: 5%}}\nservices: {web: {custom.d: 3}}\n",
        ),
        ("budgets", "service: web\ncustom.a: 5 KB\n"),
        ("waivers", f"waivers:\n  - {WAIVER.replace('bundle.size', 'custom.a')}\n"),
        ("project", "version: 1\ncustom: {custom.a: {unit: ms, better: lower, noise: noisy, about: x}}\n"),
        ("project", "version: 1\ndeps: {heavy: 5 MB, ignore: [{package: x, reason: y, workspace: z}]}\n"),
        ("project", EVERYTHING),
        *(("project", text) for text in ACCEPTED),
    ],
)
def test_accepts_what_the_reader_accepts(name: str, text: str) -> None:
    assert not flagged(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("budgets", "version: 1\nservcies: {}"),
        ("budgets", "version: 1\ndefaults: {bundle.sise: 5 KB}"),
        ("budgets", "version: 1\ndefaults: {bundle.size: 500}"),
        ("budgets", "version: 1\ndefaults: {bundle.size: 500 kbs}"),
        ("budgets", "version: 1\ndefaults: {bundle.size: {fial: 5 KB}}"),
        ("budgets", "version: 1\nmissing: 'off'"),
        ("budgets", "version: 1\ndefaults: {custom: 5 KB}"),
        ("budgets", "version: 1\ndefaults: {custom.a: {fial: 5 KB}}"),
        ("waivers", "waivers: [{service: a}]"),
        ("waivers", f"waivers: [{WAIVER.replace('bundle.size', 'bundle.sise')}]"),
        ("project", "version: 1\ncustom: {p95: {unit: ms, better: lower}}"),
        ("project", "version: 1\ncustom: {custom.a: {unit: ms}}"),
        ("project", "version: 1\nencodings: [zstd]"),
        ("project", "version: 1\ndeps: {ignore: [{package: x}]}"),
        ("project", "version: 1\ndeps: {heavy: 5}"),
        *(("project", text) for text, _problem, seen_by_editors in REFUSED if seen_by_editors),
    ],
)
def test_flags_what_the_reader_refuses(name: str, text: str) -> None:
    assert flagged(name, text)
