"""The example and its budgets, which are also the first thing a reader copies."""

import json
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from perfgate.analyzers import METRICS
from perfgate.config.budgets import parse_files
from tests.running import ROOT

FILE = ROOT / "budgets" / "perfgate.yaml"
SERVICES = ("api-gateway", "auth-service", "user-service", "chat-service", "notification-service", "logging-service")


def test_the_six_limits() -> None:
    budgets = parse_files({"budgets/perfgate.yaml": FILE.read_bytes()}, METRICS)
    limits = {service: budgets.of(service)["bundle.size"].fail for service in SERVICES}
    assert {service: limit and limit.value for service, limit in limits.items()} == {
        "api-gateway": 500 * 1024,
        "auth-service": 800 * 1024,
        "user-service": 700 * 1024,
        "chat-service": 500 * 1024,
        "notification-service": 500 * 1024,
        "logging-service": 500 * 1024,
    }


def test_editors_accept_the_budgets() -> None:
    schema: dict[str, Any] = json.loads((ROOT / "perfgate/config/schemas/budgets.json").read_text())
    assert Draft202012Validator(schema).is_valid(yaml.safe_load(FILE.read_text()))


def test_every_budgeted_service_is_in_the_example() -> None:
    apps = {path.name for path in (ROOT / "examples" / "six-services" / "apps").iterdir()}
    assert apps == set(SERVICES)
