"""Results of other tools: read, named as metrics, and held against what the team declares. Nothing is measured here.

A reader is a module with `read(document, options) -> Found`, and a line in READERS.
"""

from dataclasses import dataclass

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool whose files are read: the module in this folder that does it, and the call that writes such a file."""

    module: str
    call: str


READERS: dict[str, Tool] = {
    "autocannon": Tool("autocannon", "autocannon --json URL > FILE"),
    "k6": Tool("k6", "k6 run --summary-export FILE script.js"),
    "wrk": Tool("wrk", "wrk --latency URL > FILE"),
    "hyperfine": Tool("hyperfine", "hyperfine --export-json FILE COMMAND"),
    "lighthouse": Tool("lighthouse", "lighthouse URL --output=json --output-path=FILE"),
    "pytest-benchmark": Tool("pytest_benchmark", "pytest --benchmark-json=FILE"),
    "size-limit": Tool("size_limit", "size-limit --json > FILE"),
    "json": Tool("plain_json", '{"metrics": [{"id": "custom.x", "value": 1, "unit": "ms", "better": "lower"}]}'),
    "prometheus": Tool("prometheus", "curl http://127.0.0.1:9090/metrics > FILE"),
}
