"""The text exposition format of Prometheus and OpenMetrics 1.0, as samples.

https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from perfgate.analyzers.ingest.found import Document

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_TEXT = r'"(?:[^"\\]|\\.)*"'
# A name in quotes within the braces, which is any text, stands for the name of the series.
_LABEL = re.compile(rf"\s*(?:(?P<key>{_NAME}|{_TEXT})\s*=\s*(?P<value>{_TEXT})|(?P<name>{_TEXT}))\s*(?P<end>,|\}})")
_EMPTY = re.compile(r"\s*\}")
_HEAD = re.compile(rf"(?P<name>{_NAME})?\s*(?P<brace>\{{)?")
# The value, when it was taken, and an exemplar, which is an example and no value.
_REST = re.compile(r"\s+(?P<value>\S+)(?:\s+(?P<time>[-+0-9.eE]+))?(?:\s+#\s.*)?\s*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_META = re.compile(rf"#\s+(?P<kind>TYPE|UNIT)\s+(?P<name>{_NAME}|{_TEXT})\s*(?P<text>\S*)\s*")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: a series and its value. `line` counts from 1."""

    name: str
    labels: Mapping[str, str]
    value: float
    line: int

    def __str__(self) -> str:
        return series(self.name, self.labels)


@dataclass(frozen=True, slots=True)
class Exposition:
    """All samples, and what the comments say of metric families: their type and their unit."""

    samples: tuple[Sample, ...]
    types: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


class NotASeriesError(ValueError):
    """A text that names no series; says why."""


def series(name: str, labels: Mapping[str, str]) -> str:
    """A series as one writes it."""
    inside = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items())
    return f"{name}{{{inside}}}" if inside else name


def parse(document: Document) -> Exposition:
    """Raises ReportError with the line."""
    samples: list[Sample] = []
    types: dict[str, str] = {}
    units: dict[str, str] = {}
    for number, line in enumerate(document.data.split("\n"), start=1):
        if line.startswith("#"):
            if meta := _META.fullmatch(line):
                name = _unquoted(meta["name"]) if meta["name"].startswith('"') else meta["name"]
                (types if meta["kind"] == "TYPE" else units)[name] = meta["text"]
        elif line.strip():
            try:
                samples.append(_sample(line, number))
            except NotASeriesError as error:
                raise document.error(str(error), "is this the text of /metrics?", line=number) from error
    return Exposition(tuple(samples), types, units)


def _sample(line: str, number: int) -> Sample:
    text = line.lstrip()
    name, labels, end = read_series(text)
    rest = _REST.fullmatch(text, end)
    if rest is None:
        raise NotASeriesError(f"no value after {series(name, labels)[:100]}")
    try:
        return Sample(name, labels, float(rest["value"].replace("_", "?")), number)
    except ValueError as error:
        raise NotASeriesError(f"{rest['value'][:40]!r} is no number") from error


def read_series(text: str) -> tuple[str, dict[str, str], int]:
    """Name and labels of a series at the start of `text`, and where it ends. Raises NotASeriesError."""
    head = _HEAD.match(text)
    name = head["name"] if head else None
    end = head.end() if head else 0
    labels: dict[str, str] = {}
    if head and head["brace"]:
        name, labels, end = _labels(text, end, name)
    elif head and name:
        end = head.end("name")
    if not name:
        raise NotASeriesError(f"{text[:40]!r} does not begin with the name of a metric")
    return name, labels, end


def _labels(text: str, position: int, name: str | None) -> tuple[str | None, dict[str, str], int]:
    """What stands in the braces, and the place behind them."""
    labels: dict[str, str] = {}
    while not (empty := _EMPTY.match(text, position)):
        label = _LABEL.match(text, position)
        if label is None:
            raise NotASeriesError(f'{text[position : position + 40]!r} is no label such as code="200"')
        if label["name"]:
            name = _unquoted(label["name"])
        else:
            key = _unquoted(label["key"]) if label["key"].startswith('"') else label["key"]
            if key in labels:
                raise NotASeriesError(f"label {key[:40]} is given twice")
            labels[key] = _unquoted(label["value"])
        position = label.end()
        if label["end"] == "}":
            return name, labels, position
    return name, labels, empty.end()


def _unquoted(text: str) -> str:
    """The text within quotes: an escaped n is a line feed, any other escaped character is itself."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text[1:-1])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
