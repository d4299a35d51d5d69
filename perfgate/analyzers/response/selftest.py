"""Measures a service that knows itself what it took, to show how far the figures can be trusted on this machine."""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from perfgate import process
from perfgate.analyzers.response.summary import nearest_rank, summarize
from perfgate.errors import AnalyzerError
from perfgate.runtime.http import Request, Target
from perfgate.runtime.load import drive

LIMIT = 0.1
# Without keep-alive the connect is part of the latency, and the server's record begins after it.
LIMIT_WITH_CONNECT = 1.0
SERVER = Path(__file__).with_name("selftest_server.py")
CERTIFICATE = Path(__file__).with_name("public_test_certificate.pem")
_ANSWER_SECONDS = 20
_ROUTE = Request("selftest", path="/selftest")


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of service at one rate."""

    name: str
    rate: float
    arguments: tuple[str, ...]
    tls: bool = False
    keep_alive: bool = True


CASES = (
    Case("1 ms, 100/s", 100, ("--delay-ms", "1")),
    Case("10 ms, 100/s", 100, ("--delay-ms", "10")),
    Case("1 ms, 1000/s", 1000, ("--delay-ms", "1")),
    Case("stalls 200 ms each second, 100/s", 100, ("--stall-ms", "200")),
    Case("stalls 200 ms each second, 1000/s", 1000, ("--stall-ms", "200")),
    Case("every 4th answers 500 at once, 100/s", 100, ("--delay-ms", "5", "--error-every", "4")),
    Case("chunked, in two pieces, 100/s", 100, ("--delay-ms", "5", "--chunked")),
    Case("HTTPS 5 ms, 100/s", 100, ("--delay-ms", "5"), tls=True),
    Case("HTTPS 5 ms, 500/s", 500, ("--delay-ms", "5"), tls=True),
    Case("5 ms and the connect, 100/s", 100, ("--delay-ms", "5"), keep_alive=False),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one case: what the server knows, and what was measured; in ms, or in the unit of the figure."""

    case: str
    figure: str
    truth: float
    measured: float | None
    limit: float

    @property
    def error(self) -> float | None:
        return None if self.measured is None else self.measured - self.truth

    @property
    def passed(self) -> bool:
        return self.error is not None and abs(self.error) <= self.limit


def run(*, seconds: float = 3, cases: Sequence[Case] = CASES) -> list[Row]:
    """Measure every case for `seconds`. Raises AnalyzerError when the server cannot run."""
    return [row for case in cases for row in _measure(case, seconds)]


def _measure(case: Case, seconds: float) -> Iterator[Row]:
    with _serving(case) as server:
        target = Target("127.0.0.1", server.port, tls=case.tls, verify=False)
        # A run of its own warms up, so that the server can forget it.
        drive(target, [_ROUTE], rate=case.rate, seconds=0.3, keep_alive=case.keep_alive)
        server.ask("reset")
        load = drive(target, [_ROUTE], rate=case.rate, seconds=seconds, keep_alive=case.keep_alive)
        record = server.ask("truth")
    truth = sorted(record["latencies"])
    if not truth:
        raise AnalyzerError(f"selftest, {case.name}: the server answered nothing", hint="is the loopback blocked?")
    found = summarize(load).all
    limit = LIMIT if case.keep_alive else LIMIT_WITH_CONNECT
    yield Row(case.name, "answers", len(truth), found.requests - found.errors, 0)
    yield Row(case.name, "errors", record["errors"], found.errors, 0)
    yield Row(case.name, "mean", sum(truth) / len(truth), found.mean_all, limit)
    # How long a connect takes is not in the server's record, and on a busy machine the tail is made of it.
    tail = ((95, found.p95), (99, found.p99)) if case.keep_alive else ()
    for percent, measured in ((50, found.p50), *tail):
        yield Row(case.name, f"p{percent}", nearest_rank(truth, percent), measured, limit)


@dataclass(frozen=True, slots=True)
class _Server:
    port: int
    child: process.Child
    output: IO[bytes]

    def ask(self, order: str) -> dict[str, Any]:
        self.child.tell(order)
        answer: dict[str, Any] = json.loads(_line(self.child, self.output))
        return answer


@contextmanager
def _serving(case: Case) -> Iterator[_Server]:
    tls = ("--tls", str(CERTIFICATE)) if case.tls else ()
    argv = [sys.executable, "-I", str(SERVER), *case.arguments, *tls]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "output")
        with file.open("wb") as written, file.open("rb", buffering=0) as output:
            child = process.start(argv, cwd=Path(folder), output=written, talk=True)
            try:
                yield _Server(int(_line(child, output)), child, output)
            finally:
                _stop(child)


def _stop(child: process.Child) -> None:
    """It ends by itself when its input does."""
    child.close()
    if child.wait(2) is None:
        child.signal(signal.SIGKILL)
        child.wait(2)


def _line(child: process.Child, output: IO[bytes]) -> bytes:
    """The next line that the server writes: a number, or JSON."""
    line = b""
    ends = time.monotonic() + _ANSWER_SECONDS
    while not line.endswith(b"\n"):
        line += output.read()
        if child.status is not None or time.monotonic() > ends:
            break
        time.sleep(0.005)
    if not line.endswith(b"\n") or (not line[:1].isdigit() and not line.startswith(b"{")):
        said = line.decode(errors="replace").strip().partition("\n")[0][-300:]
        raise AnalyzerError(f"the server of the selftest does not run: {said or 'it says nothing'}")
    return line


def text(rows: Sequence[Row]) -> str:
    """The rows as a table, and how far the worst is off."""
    lines = [f"{'case':38} {'figure':8} {'truth':>10} {'measured':>10} {'error':>8}"]
    case = ""
    for row in rows:
        digits = 0 if row.figure in ("answers", "errors") else 3
        measured = "-" if row.measured is None else f"{row.measured:.{digits}f}"
        error = "-" if row.error is None else f"{row.error:+.{digits}f}"
        lines.append(
            f"{'' if row.case == case else row.case:38} {row.figure:8} {row.truth:10.{digits}f} {measured:>10} {error:>8}"
            + ("" if row.passed else f"  over {row.limit:g}")
        )
        case = row.case
    wrong = sum(not row.passed for row in rows)
    times = [abs(row.error) for row in rows if row.error is not None and row.limit == LIMIT]
    lines.append(
        f"{wrong} of {len(rows)} figures are off"
        if wrong
        else f"all {len(rows)} figures are right, times within {max(times, default=0):.3f} ms (limit {LIMIT:g} ms)"
    )
    return "\n".join(lines)
