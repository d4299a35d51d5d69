"""JSON Schemas of the configuration files, so that editors complete and explain while one types.

The readers stay the judge: an editor cannot tell a warning that lies beyond its failing limit.
"""

from collections.abc import Mapping
from typing import Any

from perfgate.config import budgets as grammar
from perfgate.config import custom
from perfgate.config.project import ENCODINGS
from perfgate.report.model import MetricSpec
from perfgate.units import Unit

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_BASE = "https://github.com/perfgate/perfgate/schema"
_NUMBER = r"[0-9]{1,15}(\.[0-9]{1,6})?"
_PERCENT = {"type": "string", "pattern": rf"^{_NUMBER} ?%$", "description": "a percentage, such as 10%"}
_AMOUNTS: dict[Unit, dict[str, Any]] = {
    Unit.BYTES: {
        "type": "string",
        "pattern": rf"^{_NUMBER} ?([KkMmGgTt][Ii]?)?[Bb]$",
        "description": "a size, such as 500 KB",
    },
    Unit.MILLISECONDS: {
        "type": "string",
        "pattern": rf"^{_NUMBER} ?(us|ms|s|min)$",
        "description": "a time, such as 10 ms",
    },
    Unit.PERCENT: _PERCENT,
    Unit.POINTS: {"type": "number", "minimum": 0, "description": "a score, such as 85"},
    Unit.COUNT: {"type": "integer", "minimum": 0, "description": "a count, such as 3"},
}
_CUSTOM = f"^{custom.PATTERN}$"
_IGNORE = {"const": "ignore", "description": "switches the rule off on purpose"}


def budgets(metrics: Mapping[str, MetricSpec]) -> dict[str, Any]:
    """The schema of a root budgets file or of the file of one service."""
    rules = {id_: _rule(_AMOUNTS[spec.unit], spec.about) for id_, spec in metrics.items()}
    any_amount = {"anyOf": list(_AMOUNTS.values()), "description": "an amount in the unit it is declared with"}
    declared = {_CUSTOM: _rule(any_amount, "a metric that perfgate.yaml declares under custom")}
    owners = {
        "description": "who is asked about this service",
        "type": ["string", "array"],
        "items": {"type": "string"},
    }
    service = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {"owners": owners, **rules},
        "patternProperties": declared,
    }
    choices = {name: {"enum": list(values), "description": _POLICIES[name]} for name, values in grammar.CHOICES.items()}
    root = {
        "type": "object",
        "additionalProperties": False,
        "required": ["version"],
        "properties": {
            "version": {"const": 1},
            "defaults": {
                "description": "limits of every service that does not set its own",
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": rules,
                "patternProperties": declared,
            },
            "services": {
                "description": "limits by service; what one does not say comes from defaults",
                "type": ["object", "null"],
                "additionalProperties": service,
            },
            **choices,
        },
    }
    one = {
        "type": "object",
        "additionalProperties": False,
        "required": ["service"],
        "properties": {
            "service": {"type": "string", "description": "the service these limits are for"},
            "version": {"const": 1},
            "owners": owners,
            **rules,
        },
        "patternProperties": declared,
    }
    return _schema("budgets", "perfgate budgets", {"if": {"required": ["service"]}, "then": one, "else": root})


_POLICIES = {
    "units": "what KB means: 1024 bytes (iec) or 1000 bytes (si)",
    "missing": "what a budgeted metric without a value does",
    "existing": "what a violation does that was on the base branch already",
    "comment": "when a pull request gets a comment",
    "edits": "what loosening these files in a pull request does",
}


def _rule(amount: dict[str, Any], about: str) -> dict[str, Any]:
    increase = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "warn": _PERCENT,
            "fail": _PERCENT,
            "floor": {**amount, "description": "no smaller change counts"},
        },
    }
    drift = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "window": {
                "type": "string",
                "pattern": "^[1-9][0-9]{0,3} ?d$",
                "description": "days to look back, such as 30d",
            },
            "warn": _PERCENT,
            "fail": _PERCENT,
        },
    }
    parts = {
        "fail": {**amount, "description": "the limit; exactly at it is within"},
        "warn": {"anyOf": [amount, _PERCENT, _IGNORE], "description": "where warnings begin, also as a share of fail"},
        "increase": {
            "anyOf": [_PERCENT, increase, _IGNORE],
            "description": "limits on the change against the baseline",
        },
        "drift": {"anyOf": [drift, _IGNORE], "description": "limits on the cumulative change over a window"},
    }
    full = {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": parts}
    return {"description": about, "anyOf": [amount, full, _IGNORE]}


def waivers(metrics: Mapping[str, MetricSpec]) -> dict[str, Any]:
    """The schema of waivers.yaml."""
    properties = {
        "service": {"type": "string"},
        "metric": {"anyOf": [{"enum": list(metrics)}, {"type": "string", "pattern": _CUSTOM}]},
        "allow": {
            "type": ["string", "number"],
            "description": "the ceiling that holds instead of the limit, such as 860 KB",
        },
        "reason": {"type": "string", "minLength": 1},
        "approved_by": {"type": "string", "minLength": 1},
        "expires": {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "description": "the last day it holds",
        },
    }
    waiver = {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
    body = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"waivers": {"type": ["array", "null"], "items": waiver}},
    }
    return _schema("waivers", "perfgate waivers", body)


def project() -> dict[str, Any]:
    """The schema of perfgate.yaml."""
    globs = {
        "type": ["string", "array"],
        "items": {"type": "string"},
        "description": "patterns of what the service ships; ! excludes, <hash> stands for a content hash",
    }
    service = {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {"path": {"type": "string", "description": "the source folder"}, "artifacts": globs},
    }
    body = {
        "type": "object",
        "additionalProperties": False,
        "required": ["version"],
        "properties": {
            "version": {"const": 1},
            "services": {
                "type": ["object", "null"],
                "additionalProperties": service,
                "description": "services that are not found by themselves, or ship other files than one would guess",
            },
            "ignore": {
                "type": ["string", "array"],
                "items": {"type": "string"},
                "description": "folders that look like services and are none",
            },
            "encodings": {
                "type": ["string", "array"],
                "items": {"enum": list(ENCODINGS)},
                "description": "compressed sizes to measure",
            },
            "data-branch": {"type": "string", "description": "the branch that keeps measured reports"},
            "deps": _deps(),
            "custom": _custom(),
        },
    }
    return _schema("project", "perfgate.yaml", body)


def _custom() -> dict[str, Any]:
    metric = {
        "type": "object",
        "additionalProperties": False,
        "required": ["unit", "better"],
        "properties": {
            "unit": {"enum": list(_AMOUNTS), "description": "what it is stored in"},
            "better": {"enum": ["lower", "higher"], "description": "which way is better"},
            "noise": {
                "enum": ["exact", "noisy"],
                "description": "whether the same code always gives the same value; noisy unless it says exact",
            },
            "about": {"type": "string", "description": "what it is, in one line"},
        },
    }
    return {
        "description": "metrics that other tools measure and `perfgate ingest` reads",
        "type": ["object", "null"],
        "additionalProperties": False,
        "patternProperties": {_CUSTOM: metric},
    }


def _deps() -> dict[str, Any]:
    ignored = {
        "type": "object",
        "additionalProperties": False,
        "required": ["package", "reason"],
        "properties": {
            "package": {"type": "string", "minLength": 1, "description": "the dependency"},
            "reason": {"type": "string", "minLength": 1, "description": "why it is right as it is"},
            "workspace": {"type": "string", "description": "only in this package of the workspace"},
        },
    }
    return {
        "description": "the analysis of dependencies",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "ignore": {"type": "array", "items": ignored, "description": "findings that are right as they are"},
            "heavy": {**_AMOUNTS[Unit.BYTES], "description": "the bytes from which a dependency is heavy, 5 MB"},
        },
    }


def _schema(name: str, title: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _DRAFT, "$id": f"{_BASE}/{name}-v1.json", "title": title, **body}
