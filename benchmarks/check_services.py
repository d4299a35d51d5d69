"""perfgate check on 6, 500 and 5,000 services, beside Python itself and beside Python with the imports of check.

usage: python benchmarks/check_services.py [ROUNDS]
"""

import json
import sys
from pathlib import Path

from measuring import PERFGATE, WORK, Contestant, race

COUNTS = (6, 500, 5000)
IMPORTS = "import perfgate.cli.gate, pydantic, tabulate, yaml"


def workspace(count: int) -> Path:
    """A folder with a report of `count` services, a baseline report and budgets; every tenth service has grown."""
    root = WORK / f"services{count}"
    root.mkdir(parents=True, exist_ok=True)
    (root / "budgets").mkdir(exist_ok=True)
    limits = "".join(f"  service-{n:04}: {{bundle.size: 800 KB}}\n" for n in range(count))
    text = f"version: 1\ndefaults: {{bundle.size: {{fail: 500 KB, warn: 97%}}}}\nservices:\n{limits}"
    (root / "budgets" / "perfgate.yaml").write_text(text)
    for name, growth in (("base.json", 0), ("latest.json", 20_000)):
        (root / name).write_text(json.dumps(report(count, growth)))
    return root


def report(count: int, growth: int) -> dict[str, object]:
    metrics, details = [], {}
    for n in range(count):
        size = 600_000 + n + (growth if n % 10 == 0 else 0)
        service = f"service-{n:04}"
        for metric, value, unit in (
            ("bundle.brotli", size // 5, "bytes"),
            ("bundle.files", 1, "count"),
            ("bundle.gzip", size // 4, "bytes"),
            ("bundle.size", size, "bytes"),
        ):
            metrics.append({"service": service, "id": metric, "value": value, "unit": unit})
        path = f"dist/apps/{service}/main.js"
        details[service] = {"files": [{"label": path, "path": path, "size": size}], "modules": []}
    return {
        "formatVersion": 1,
        "timestamp": "2026-11-24T12:00:00Z",
        "tool": {"name": "perfgate", "version": "0.1.0"},
        "commit": "a" * 40,
        "environment": {"os": "linux", "arch": "x86_64", "python": "3.12.0"},
        "metrics": metrics,
        "details": {"bundle": details},
    }


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    root = workspace(6)
    path = f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r}); "
    field = [
        Contestant("python -c pass", (sys.executable, "-c", "pass"), root),
        Contestant("python and the imports", (sys.executable, "-c", path + IMPORTS), root),
    ]
    for count in COUNTS:
        argv = (*PERFGATE, "check", "--report", "latest.json", "--baseline", "base.json")
        field.append(Contestant(f"check, {count} services", argv, workspace(count)))
    costs = race(field, rounds)
    print(f"{'':<26} {'wall s':>8} {'cpu s':>8} {'MiB':>8}")
    for name, cost in costs.items():
        print(f"{name:<26} {cost.wall:8.3f} {cost.cpu:8.3f} {cost.memory:8.0f}")
    bare, imports = costs["python -c pass"].cpu, costs["python and the imports"].cpu
    print(
        f"check, 6 services: {costs['check, 6 services'].cpu / (3 * bare + imports - bare):.2f} of three bare Pythons plus the imports"
    )


if __name__ == "__main__":
    main()
