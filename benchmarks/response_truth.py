"""How true are response times? perfgate, autocannon, hey, wrk and ab against a server that keeps its own record.

usage: python benchmarks/response_truth.py [SECONDS [TOOL,TOOL...]]

The server answers after 1, 5 or 10 ms; or stalls for 200 ms in each second; or answers every second request with 500 at
once. It notes for each right answer the time from the kernel's receive stamp of the request to just before it sends. Every
tool has the server to itself, one after the other, and is held against the record of its own run; each runs one second
before to warm up, which does not count. 10 connections, SECONDS (5) each:

    perfgate    runtime.load.drive(rate=RATE, seconds=SECONDS)
    autocannon  autocannon -j -c 10 -R RATE -d SECONDS URL         whole ms; has no p95
    hey         hey -c 10 -q RATE/10 -z SECONDSs URL
    wrk         wrk -t 1 -c 10 -d SECONDSs -s report.lua URL       as fast as it can: it knows no rate
    ab          ab -q -k -l -c 10 -n RATE*SECONDS -e FILE URL      as fast as it can

The script of wrk prints mean and percentiles, as its own report has no p95. A cell is what the tool reported and how far
that is from the record. In a stall the record of a tool that waits for answers lacks the requests it did not send
meanwhile; the line `due` says what requests that come at RATE, whatever the service does, have to wait.

Peers: apt-get install wrk hey apache2-utils; npm installs autocannon. Ends with status 1 when a figure of perfgate is off
by more than 0.1 ms.
"""

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from measuring import WORK, install

from perfgate.analyzers.response.selftest import SERVER
from perfgate.analyzers.response.summary import nearest_rank, summarize
from perfgate.runtime.http import Request, Target
from perfgate.runtime.load import drive

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
LIMIT = 0.1
CONNECTIONS = 10
AUTOCANNON = "autocannon@9.0.0"
FIGURES = ("mean", "p50", "p95", "p99")
Figures = dict[str, float]


@dataclass(frozen=True)
class Case:
    """What the server does, and how often it is asked."""

    rate: int
    delay: float = 1
    stall: float = 0
    error_every: int = 0

    @property
    def name(self) -> str:
        extra = f", stalls {self.stall:g} ms/s" if self.stall else ""
        extra += f", 1 of {self.error_every} errs at once" if self.error_every else ""
        return f"{self.rate}/s, {self.delay:g} ms{extra}"


CASES = tuple(
    case
    for rate in (100, 1000)
    for case in (Case(rate, 1), Case(rate, 5), Case(rate, 10), Case(rate, 1, stall=200), Case(rate, 5, error_every=2))
)


class Server:
    """The server of one case, and its record."""

    def __init__(self, case: Case) -> None:
        argv = [sys.executable, "-I", str(SERVER), "--delay-ms", f"{case.delay}", "--stall-ms", f"{case.stall}"]
        argv += ["--error-every", f"{case.error_every}"]
        self._child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line())

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline()

    def ask(self, order: str) -> list[float]:
        assert self._child.stdin is not None
        self._child.stdin.write(f"{order}\n")
        self._child.stdin.flush()
        return sorted(json.loads(self._line()).get("latencies", []))

    def stop(self) -> None:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.close()
        self._child.stdout.close()
        self._child.wait(10)


@contextmanager
def serving(case: Case) -> Iterator[Server]:
    server = Server(case)
    try:
        yield server
    finally:
        server.stop()


def figures(ordered: list[float]) -> Figures:
    return {
        "mean": sum(ordered) / len(ordered),
        **{f"p{percent}": nearest_rank(ordered, percent) for percent in (50, 95, 99)},
    }


# The tools: how they are called, and what they report, in ms.


def perfgate(case: Case, port: int, seconds: float) -> Figures:
    load = drive(Target("127.0.0.1", port), [Request("x")], rate=case.rate, seconds=seconds)
    found = summarize(load).all
    assert found.mean_all is not None
    assert found.p50 is not None
    assert found.p95 is not None
    assert found.p99 is not None
    return {"mean": found.mean_all, "p50": found.p50, "p95": found.p95, "p99": found.p99}


def output(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=600).stdout


def autocannon(case: Case, port: int, seconds: float) -> Figures:
    program = install(WORK / "autocannon", AUTOCANNON) / "node_modules/.bin/autocannon"
    text = output(
        str(program),
        "-j",
        "-c",
        str(CONNECTIONS),
        "-R",
        str(case.rate),
        "-d",
        f"{seconds:g}",
        f"http://127.0.0.1:{port}/",
    )
    latency = json.loads(text)["latency"]
    return {"mean": latency["average"], "p50": latency["p50"], "p99": latency["p99"]}


def hey(case: Case, port: int, seconds: float) -> Figures:
    rate = case.rate / CONNECTIONS
    text = output("hey", "-c", str(CONNECTIONS), "-q", f"{rate:g}", "-z", f"{seconds:g}s", f"http://127.0.0.1:{port}/")
    found = {"mean": float(re.findall(r"Average:\s+([\d.]+) secs", text)[0]) * 1000}
    return found | {f"p{rank}": float(t) * 1000 for rank, t in re.findall(r"(50|95|99)% in ([\d.]+) secs", text)}


WRK_REPORT = """
done = function(summary, latency, requests)
  io.write(string.format("REPORT %f %f %f %f\\n", latency.mean / 1000, latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
"""


def wrk(_: Case, port: int, seconds: float) -> Figures:
    script = WORK / "report.lua"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(WRK_REPORT)
    url = f"http://127.0.0.1:{port}/"
    text = output("wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{math.ceil(seconds)}s", "-s", str(script), url)
    return dict(zip(FIGURES, map(float, re.findall(r"REPORT (.*)", text)[0].split()), strict=True))


def ab(case: Case, port: int, seconds: float) -> Figures:
    file = WORK / "ab.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    count = str(int(case.rate * seconds))
    url = f"http://127.0.0.1:{port}/"
    text = output("ab", "-q", "-k", "-l", "-c", str(CONNECTIONS), "-n", count, "-e", str(file), url)
    served = dict(line.split(",") for line in file.read_text().splitlines()[1:])
    mean = float(re.findall(r"Time per request:\s+([\d.]+) \[ms\] \(mean\)", text)[0])
    return {"mean": mean} | {f"p{rank}": float(served[str(rank)]) for rank in (50, 95, 99)}


TOOLS: dict[str, Callable[[Case, int, float], Figures]] = {
    "perfgate": perfgate,
    "autocannon": autocannon,
    "hey": hey,
    "wrk": wrk,
    "ab": ab,
}
NEEDED = {"autocannon": "npm", "hey": "hey", "wrk": "wrk", "ab": "ab"}


def due(case: Case) -> Figures:
    """What requests wait that come at a constant rate: those of the stall until its end, and the rest the delay."""
    waits = []
    for step in range(100_000):
        at = step / 100
        if at < case.stall:
            waits.append(max(case.delay, case.stall - at))
        else:
            waits.append(case.delay if at + case.delay <= 1000 else case.stall + 1000 - at)
    return figures(sorted(waits))


def measure(case: Case, tool: str) -> tuple[int, Figures, Figures]:
    """Right answers, what the server recorded, and what the tool reported."""
    with serving(case) as server:
        TOOLS[tool](case, server.port, 1)
        server.ask("reset")
        reported = TOOLS[tool](case, server.port, SECONDS)
        record = server.ask("truth")
    return len(record), figures(record), reported


def row(name: str, answers: str, reported: Figures, truth: Figures | None) -> str:
    cells = []
    for figure in FIGURES:
        value = reported.get(figure)
        error = f" {value - truth[figure]:+9.3f}" if value is not None and truth else " " * 10
        cells.append(f"{'-':>9}          " if value is None else f"{value:9.3f}{error}")
    return f"  {name:12} {answers:>7} " + " ".join(cells)


def main() -> None:
    chosen = sys.argv[2].split(",") if len(sys.argv) > 2 else list(TOOLS)
    missing = [tool for tool in chosen if not shutil.which(NEEDED.get(tool, "python3"))]
    worst: dict[str, dict[str, float]] = {tool: {} for tool in chosen}
    print(f"  {'ms':12} {'answers':>7} " + " ".join(f"{figure:>9} {'error':>9}" for figure in FIGURES))
    for case in CASES:
        print(case.name)
        for tool in chosen:
            if tool in missing:
                print(f"  {tool:12} not installed")
                continue
            answers, truth, reported = measure(case, tool)
            print(row(tool, f"{answers:,}", reported, truth), flush=True)
            for figure, value in reported.items():
                worst[tool][figure] = max(abs(value - truth[figure]), worst[tool].get(figure, 0))
        if case.stall:
            print(row("due", "", due(case), None))
    print("worst error")
    for tool in chosen:
        print(f"  {tool:12} {'':7} " + " ".join(f"{worst[tool].get(f, math.nan):>19.3f}" for f in FIGURES))
    if any(error > LIMIT for error in worst.get("perfgate", {}).values()):
        sys.exit(1)


if __name__ == "__main__":
    Path(WORK).mkdir(parents=True, exist_ok=True)
    main()
