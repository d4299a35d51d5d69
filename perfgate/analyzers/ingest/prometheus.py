"""Metrics of a running program, as it exposes them to Prometheus: those series that the command line selects.

Which way is better nobody says here, so the declaration decides. The unit is read from the name, as the conventions of
Prometheus and OpenMetrics want it, or from `# UNIT`. Quantiles are those of a summary; those of a histogram would have to be interpolated.
"""

from collections.abc import Iterator, Mapping

from perfgate.analyzers.ingest import exposition
from perfgate.analyzers.ingest.exposition import Exposition, NotASeriesError, Sample
from perfgate.analyzers.ingest.found import VALUES, Document, Found, Options, Reading, distinct, is_value, tidy
from perfgate.errors import ConfigError, did_you_mean
from perfgate.units import Unit

# What a sample may be in, the unit it is stored in, and how many of those one is.
UNITS: dict[str, tuple[Unit, float]] = {
    "seconds": (Unit.MILLISECONDS, 1000),
    "milliseconds": (Unit.MILLISECONDS, 1),
    "bytes": (Unit.BYTES, 1),
    "ratio": (Unit.PERCENT, 100),
    "percent": (Unit.PERCENT, 1),
    "points": (Unit.POINTS, 1),
    "count": (Unit.COUNT, 1),
}
# Endings that say what the number is of, and leave the unit in front of them.
_ROLES = ("_sum", "_max", "_min")
_COUNTS = ("_count", "_bucket")
_MOST_NAMED = 3


def read(document: Document, options: Options) -> Found:
    """Raises ReportError; ConfigError for a selection that is none."""
    if not options.selected:
        raise ConfigError(
            "which series?", hint="add --metric 'http_requests_total{code=\"500\"}=custom.failures', once for each"
        )
    found = exposition.parse(document)
    if not found.samples:
        raise document.error("no sample in this file", "is this the text of /metrics?")
    readings = (_reading(document, found, text, id_, options.unit) for text, id_ in options.selected.items())
    return Found(distinct(document, readings))


def _reading(document: Document, found: Exposition, text: str, id_: str, unit_option: str | None) -> Reading:
    sample = _selected(document, found, text)
    unit, factor = _unit(document, found, sample, unit_option)
    if not is_value(sample.value):
        raise document.error(f"{sample} is {sample.value}", VALUES, line=sample.line)
    return Reading(id_, tidy(sample.value * factor), unit, str(sample), better=None)


def _selected(document: Document, found: Exposition, text: str) -> Sample:
    """The one series that has this name and these labels, among others."""
    name, labels = _selector(text)
    named = [sample for sample in found.samples if sample.name == name]
    matching = [sample for sample in named if _has(sample.labels, labels)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        some = ", ".join(f"{sample} in line {sample.line}" for sample in matching[:_MOST_NAMED])
        raise document.error(f"{text} is {len(matching)} series: {some}", "add the labels that tell them apart")
    if "quantile" in labels and found.types.get(name) in ("histogram", "gaugehistogram"):
        raise document.error(
            f"{name} is a histogram, which has no quantiles of its own",
            "expose a summary; perfgate does not interpolate",
        )
    if named:
        raise document.error(f"no {text}; there is {named[0]}", "labels are compared exactly")
    raise document.error(f"no {name} in this file", did_you_mean(name, {sample.name for sample in found.samples}))


def _selector(text: str) -> tuple[str, dict[str, str]]:
    try:
        name, labels, end = exposition.read_series(text)
    except NotASeriesError as error:
        raise ConfigError(f"--metric {text}: {error}", hint='write NAME{label="value"}=custom.id') from error
    if text[end:].strip():
        raise ConfigError(
            f"--metric {text}: {text[end:].strip()!r} is left over", hint='write NAME{label="value"}=custom.id'
        )
    return name, labels


def _has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(key in labels and _same(key, labels[key], value) for key, value in wanted.items())


def _same(key: str, left: str, right: str) -> bool:
    """Quantiles and bounds are numbers, which are written in several ways."""
    if key in ("quantile", "le"):
        try:
            return float(left) == float(right)
        except ValueError:
            return False
    return left == right


def _unit(document: Document, found: Exposition, sample: Sample, option: str | None) -> tuple[Unit, float]:
    """What the sample is in. The option is for samples that do not say it, and cannot speak against one that does."""
    told = next(_told(found, sample.name), None)
    if told and option and told != option:
        raise document.error(f"{sample} is in {told}, not in {option}", "leave --unit out", line=sample.line)
    unit = told or option
    if unit is None:
        raise document.error(
            f"the unit of {sample} is not told by its name", f"add --unit, one of {', '.join(UNITS)}", line=sample.line
        )
    return UNITS[unit]


def _told(found: Exposition, name: str) -> Iterator[str]:
    """The unit by `# UNIT` of the family, or by the end of the name. A bucket and a count are counts of any family."""
    if name.endswith(_COUNTS):
        yield "count"
        return
    stem = next((name.removesuffix(role) for role in _ROLES if name.endswith(role)), name)
    base = stem.removesuffix("_total")
    for family in (name, stem, base):
        if found.units.get(family) in UNITS:
            yield found.units[family]
    if (last := base.rpartition("_")[2]) in UNITS:
        yield last
    if name.endswith("_total"):
        yield "count"
