"""Metrics that the team declares itself, because other tools measure them: `custom` in perfgate.yaml, and its reader."""

import re
from typing import Literal, cast

from perfgate.config.reader import Reader
from perfgate.config.strict_yaml import Node
from perfgate.errors import Source, did_you_mean
from perfgate.report.model import MetricSpec
from perfgate.units import Unit

PREFIX = "custom."
# What a metric id may be (`report.model.MetricId`), and that it is one of the team.
PATTERN = r"custom(\.[A-Za-z0-9_-]+)+"
MAX_LENGTH = 80

_KEYS = ("unit", "better", "noise", "about")
_EXAMPLE = "{unit: ms, better: lower, noise: noisy}"
_Better = Literal["lower", "higher"]
_Noise = Literal["exact", "noisy"]


def is_id(text: str) -> bool:
    """Whether a metric that the team declares can be called that."""
    return len(text) <= MAX_LENGTH and re.fullmatch(PATTERN, text, re.ASCII) is not None


class CustomReader:
    """Reads `custom`: metrics by id. Problems go to the reader of the whole file."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def metrics(self, node: Node) -> dict[str, MetricSpec]:
        found = {}
        for id_, (source, body) in self._reader.mapping(node, "metrics by id"):
            spec = self._metric(id_, source, body)
            if spec:
                found[id_] = spec
        return found

    def _metric(self, id_: str, source: Source, node: Node) -> MetricSpec | None:
        """Noise has a default, on the side that never fails by chance; what a number means has none."""
        if not is_id(id_):
            hint = f"write custom. and a name of letters, digits, - and _, at most {MAX_LENGTH} characters in all"
            self._reader.wrong(source, f"{id_!r} is no id of a custom metric", hint)
            return None
        parts = dict(self._reader.known(node, _KEYS, f"a part of {id_}"))
        for key in ("unit", "better"):
            if key not in parts:
                self._reader.wrong(source, f"{id_} has no {key}", f"write {id_}: {_EXAMPLE}")
        unit = self._choice(parts, "unit", tuple(Unit), "count")
        better = self._choice(parts, "better", ("lower", "higher"), "lower")
        noise = self._choice(parts, "noise", ("exact", "noisy"), "noisy")
        about = self._reader.text(parts["about"], "one line that says what it is") if "about" in parts else ""
        return MetricSpec(id_, Unit(unit), about, better=cast("_Better", better), noise=cast("_Noise", noise))

    def _choice(self, parts: dict[str, Node], key: str, choices: tuple[str, ...], default: str) -> str:
        text = self._reader.text(parts[key], f"one of {', '.join(choices)}") if key in parts else ""
        if text and text not in choices:
            self._reader.wrong(
                parts[key].source, f"{key}: {text!r} is not one of {', '.join(choices)}", did_you_mean(text, choices)
            )
        return text if text in choices else default
