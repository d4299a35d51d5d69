"""The JSON that a tool without a reader can write: a list of metrics, each with its unit and its direction.

`{"metrics": [{"id": "custom.checkout.p95", "value": 12.5, "unit": "ms", "better": "lower", "samples": [12, 13]}]}`
"""

from typing import Literal, cast

from perfgate.analyzers.ingest import load
from perfgate.analyzers.ingest.found import MOST_SAMPLES, Document, Found, Options, Reading, distinct, thinned
from perfgate.analyzers.ingest.node import Node, root
from perfgate.config import custom
from perfgate.errors import did_you_mean
from perfgate.units import Unit

_KEYS = ("id", "value", "unit", "better", "name", "samples")
# What perfgate measures by itself, and others may measure in its place.
_OWN = frozenset({*load.IDS, "build.duration"})


def read(document: Document, _options: Options) -> Found:
    """Raises ReportError."""
    whole = root(document)
    entries = list(whole.get("metrics").items())
    _no_others(whole, ("metrics",))
    if not entries:
        raise document.error("no metric in this file", "leave the file out, or name what was measured")
    readings = distinct(document, map(_reading, entries))
    thinner = any(len(entry.value.get("samples") or ()) > MOST_SAMPLES for entry in entries)
    return Found(readings, notes=(f"{MOST_SAMPLES:,} samples of each metric are kept",) if thinner else ())


def _reading(entry: Node) -> Reading:
    _no_others(entry, _KEYS)
    id_ = entry.get("id").text()
    if not custom.is_id(id_) and id_ not in _OWN:
        raise entry.error(
            f"{id_[:100]!r} is no metric that is ingested",
            f"write custom. and a name of letters, digits, - and _, or one of {', '.join(sorted(_OWN))}",
        )
    unit, better = _choice(entry, "unit", tuple(Unit)), _choice(entry, "better", ("lower", "higher"))
    name, samples = entry.find("name"), entry.find("samples")
    return Reading(
        id=id_,
        value=entry.get("value").number(),
        unit=Unit(unit),
        name=name.text() if name else id_,
        better=cast("Literal['lower', 'higher']", better),
        samples=thinned([sample.number() for sample in samples.items()]) if samples else None,
    )


def _choice(entry: Node, key: str, choices: tuple[str, ...]) -> str:
    node = entry.get(key)
    if node.text() not in choices:
        raise node.error(
            f"{node.text()[:100]!r} is not one of {', '.join(choices)}", did_you_mean(node.text()[:100], choices)
        )
    return node.text()


def _no_others(node: Node, keys: tuple[str, ...]) -> None:
    """A key that is not known is a mistake that would else pass unseen."""
    if not isinstance(node.value, dict):
        raise node.error(f"expected an object with {', '.join(keys)}")
    for key in node.value:
        if key not in keys:
            raise node.error(f"unknown key {key[:100]!r}", did_you_mean(key[:100], keys))
