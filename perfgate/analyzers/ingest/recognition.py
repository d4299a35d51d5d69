"""Which tool wrote a file, told by its shape."""

import re
from collections.abc import Callable
from typing import Any

_WRK = re.compile(r"^Running .+ test @ ", re.MULTILINE)
_EXPOSITION = re.compile(
    r"^(?:# (?:HELP|TYPE|UNIT) [a-zA-Z_:]|# EOF|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^\n]*\})?[ \t]+[-+0-9NI][-+0-9.eEInfaN]*(?:[ \t]|$))",
    re.MULTILINE,
)
_K6_METRICS = ("http_req", "iteration", "vus", "checks", "data_sent")


def of(data: Any) -> str | None:
    """The name of the tool in READERS, or None. `data` are JSON values, or a text."""
    if isinstance(data, str):
        return "wrk" if _WRK.search(data) else "prometheus" if _EXPOSITION.search(data) else None
    return next((tool for tool, fits in _SHAPES.items() if fits(data)), None)


def _autocannon(data: Any) -> bool:
    return _has(data, latency=dict, requests=dict) and ("non2xx" in data or "2xx" in data)


def _k6(data: Any) -> bool:
    if _has(data, results=dict):
        return _has(data["results"], metrics=list)
    return _has(data, metrics=dict) and (
        "root_group" in data or any(str(name).startswith(_K6_METRICS) for name in data["metrics"])
    )


def _hyperfine(data: Any) -> bool:
    return _has(data, results=list) and all(_has(result, command=str) for result in data["results"])


def _lighthouse(data: Any) -> bool:
    return _has(data, lighthouseVersion=str)


def _pytest_benchmark(data: Any) -> bool:
    return _has(data, benchmarks=list) and "machine_info" in data


def _size_limit(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and all(_has(entry, name=str) and "size" in entry for entry in data)


def _plain(data: Any) -> bool:
    return _has(data, metrics=list)


def _has(data: Any, **kinds: type) -> bool:
    """Whether it is an object with values of these kinds at these keys."""
    return isinstance(data, dict) and all(isinstance(data.get(key), kind) for key, kind in kinds.items())


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "autocannon": _autocannon,
    "k6": _k6,
    "hyperfine": _hyperfine,
    "lighthouse": _lighthouse,
    "pytest-benchmark": _pytest_benchmark,
    "size-limit": _size_limit,
    "json": _plain,
}
