"""JSON Schemas of the configuration files, so that editors complete and explain while one types.

The readers stay the judge: an editor cannot tell a warning that lies beyond its failing limit.
"""

from collections.abc import Mapping
from typing import Any

from perfgate.config import budgets as grammar
from perfgate.config import custom
from perfgate.config.project import ENCODINGS
from perfgate.config.running import COMPARE, METHODS
from perfgate.config.running_reader import START_KEYS
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
_LEFT_OUT = {"const": "ignore", "description": "leaves it out of a run"}
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
        "properties": {
            "path": {"type": "string", "description": "the source folder"},
            "artifacts": globs,
            **_running(),
        },
        "dependentRequired": {key: ["start"] for key in START_KEYS if key != "start"},
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
            "response": {"anyOf": [_response(), _LEFT_OUT]},
            "memory": {"anyOf": [_memory(), _LEFT_OUT]},
            "compare": _compare(),
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


def _running() -> dict[str, Any]:
    """How a service is started and asked."""
    own_variable = {"not": {"pattern": "^(PERFGATE_|ACTIONS_)"}, "pattern": f"^{_VARIABLE}$"}
    given = {
        "type": "string",
        "pattern": f"^{_VARIABLE}$",
        "not": {"pattern": "^(PERFGATE_|ACTIONS_|(GITHUB|GH)_TOKEN$)"},
    }
    values = {"type": ["string", "number", "boolean", "null"]}
    return {
        "start": {
            **_COMMAND,
            "description": "the command that starts it, as a list of words; {port} stands for its port",
        },
        "cwd": {"type": "string", "description": "the folder to start it in, relative to perfgate.yaml"},
        "env": {
            "type": ["object", "null"],
            "propertyNames": own_variable,
            "additionalProperties": values,
            "description": "variables it gets; {port} stands for its port",
        },
        "inherit": {
            "anyOf": [given, {"type": "array", "items": given}],
            "description": "variables of perfgate's own environment that it gets, too",
        },
        "port": {
            "anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 65535}],
            "description": "where it listens; auto, the default, chooses a free one and tells it as PORT",
        },
        "https": {"type": "boolean", "description": "whether it speaks TLS"},
        "ready": {
            "anyOf": [
                {"type": "string", "pattern": "^(port|/.*|https?://.+)$"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "properties": {
                        "url": {
                            "type": "string",
                            "pattern": "^(/.*|https?://.+)$",
                            "description": "answers with 200 to 399",
                        },
                        "log": {
                            "type": "string",
                            "minLength": 1,
                            "description": "a pattern that a line of its output fits",
                        },
                    },
                },
            ],
            "description": "when it is ready: port, the default, a path or address, or {log: a pattern}",
        },
        "timeout": {**_SECONDS, "description": "how long it may take to be ready, 60 s"},
        "stop": {**_SECONDS, "description": "how long it may take to end by itself, 5 s; 0s kills it at once"},
        "routes": {"type": "array", "items": _route(), "description": "the requests that are measured"},
        "response": _response(),
        "memory": _memory(),
    }


def _route() -> dict[str, Any]:
    path = {"type": "string", "pattern": r'^/[!-"$-~]*$', "description": "a path, such as /health"}
    status = {"type": "integer", "minimum": 100, "maximum": 599}
    whole = {
        "type": "object",
        "additionalProperties": False,
        "required": ["path"],
        "properties": {
            "path": path,
            "method": {"enum": [*METHODS, *map(str.lower, METHODS)]},
            "body": {"type": ["string", "number", "boolean", "null"], "description": "what is sent, as a text"},
            "headers": {
                "type": ["object", "null"],
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
            "status": {
                "anyOf": [status, {"type": "array", "items": status, "minItems": 1}],
                "description": "the right answers; 200 to 399 if not given",
            },
            "weight": {
                "type": "integer",
                "minimum": 1,
                "maximum": 1000,
                "description": "how often beside the others, 1",
            },
        },
    }
    return {"anyOf": [path, whole]}


def _response() -> dict[str, Any]:
    return _block(
        "how response times are measured",
        {
            "rate": {"type": "integer", "minimum": 1, "maximum": 20_000, "description": "requests a second, 100"},
            "duration": {**_SECONDS, "description": "how long, 10 s"},
            "warm-up": {"type": "integer", "minimum": 0, "maximum": 100_000, "description": "requests before, 100"},
            "timeout": {**_SECONDS, "description": "after which a request has failed, 10 s"},
            "keep-alive": {"type": "boolean", "description": "whether connections are used again, true"},
        },
    )


def _memory() -> dict[str, Any]:
    return _block(
        "how memory is measured",
        {
            "block": {"type": "integer", "minimum": 50, "maximum": 100_000, "description": "requests in a block, 500"},
            "connections": {"type": "integer", "minimum": 1, "maximum": 256, "description": "requests at once, 8"},
        },
    )


def _compare() -> dict[str, Any]:
    how = {"enum": list(COMPARE)}
    mapping = _block(
        "how noisy metrics are compared",
        {
            "with": how,
            "prepare": {
                "type": "array",
                "items": _COMMAND,
                "description": "commands that make a checkout of the base run",
            },
            "requests": {"type": "integer", "minimum": 10, "maximum": 10_000, "description": "pairs of requests, 500"},
            "warm-up": {"type": "integer", "minimum": 0, "maximum": 10_000, "description": "requests before, 100"},
        },
    )
    return {"anyOf": [how, mapping], "description": mapping["description"]}


def _block(about: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties, "description": about}


_VARIABLE = "[A-Za-z_][A-Za-z0-9_]*"
_SECONDS = _AMOUNTS[Unit.MILLISECONDS]
_COMMAND: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"type": ["string", "number", "boolean"]}}


def _schema(name: str, title: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _DRAFT, "$id": f"{_BASE}/{name}-v1.json", "title": title, **body}
