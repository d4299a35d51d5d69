"""Load at a fixed rate against real servers: what is counted, and what counts as an error."""

import math
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from perfgate.errors import AnalyzerError, ConfigError
from perfgate.runtime.http import Outcome, Request, Target
from perfgate.runtime.load import drive
from perfgate.runtime.samples import Load
from perfgate.runtime.schedule import interleave
from tests.answering import OK, answering
from tests.running import ROOT

GET = Request("GET /", path="/")


def outcomes(load: Load) -> dict[Outcome, int]:
    return {Outcome(kind): count for kind, count in Counter(load.samples.outcome).items()}


def test_every_request_has_its_row_and_warm_up_has_none() -> None:
    with answering(OK) as server:
        load = drive(Target(server.host, server.port), [GET], rate=100, seconds=0.3, warm_up=20)
    assert len(server.requests) == 50
    assert outcomes(load) == {Outcome.OK: 30}
    assert list(load.samples.due) == [pytest.approx(index / 100) for index in range(30)]
    assert all(0 < latency < 5000 for latency in load.samples.latency)
    assert all(lag >= 0 for lag in load.samples.lag)
    assert (load.partial, load.problems, load.statuses) == ("", {}, {})
    if sys.platform == "linux":
        assert (load.timestamps, load.unstamped) == ("kernel", 0)


def test_without_stamps_of_the_kernel_the_clock_of_this_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perfgate.runtime.stamps._STAMPS", False)
    with answering(OK, delay=0.02) as server:
        load = drive(Target(server.host, server.port), [GET], rate=50, seconds=0.2)
    assert (load.timestamps, load.unstamped) == ("user", 10)
    assert all(latency >= 20 for latency in load.samples.latency)


def test_routes_come_in_turns_by_weight() -> None:
    routes = [Request("a", path="/a", weight=2), Request("b", path="/b"), Request("c", "POST", "/c", body=b"{}")]
    with answering(OK) as server:
        load = drive(Target(server.host, server.port), routes, rate=400, seconds=0.1)
    assert list(load.samples.route) == [0, 1, 2, 0] * 10
    paths = Counter(request.split(b" ")[1] for request in server.requests)
    assert paths == {b"/a": 20, b"/b": 10, b"/c": 10}


@pytest.mark.parametrize(
    ("weights", "turns"),
    [([1], (0,)), ([5, 1, 1], (0, 0, 1, 0, 2, 0, 0)), ([20, 10], (0, 1, 0)), ([1, 1, 1], (0, 1, 2))],
)
def test_turns_are_spread_evenly(weights: list[int], turns: tuple[int, ...]) -> None:
    assert interleave(weights) == turns


def test_connections_grow_while_the_service_stalls_and_no_request_is_left_out() -> None:
    begun = time.monotonic()

    def stall(number: int) -> bytes:
        time.sleep(max(0.0, begun + 0.5 - time.monotonic()))
        return OK

    with answering(stall) as server:
        load = drive(Target(server.host, server.port), [GET], rate=100, seconds=0.6)
    assert outcomes(load) == {Outcome.OK: 60}
    assert load.connections > 20
    assert server.connections == load.connections
    # Who came early waited long.
    assert load.samples.latency[0] > load.samples.latency[20] > load.samples.latency[35]


def test_where_connections_may_not_grow_waiting_for_one_counts() -> None:
    with answering(OK, delay=0.05) as server:
        load = drive(Target(server.host, server.port), [GET], rate=100, seconds=0.2, connections=1, most=1)
    assert load.connections == server.connections == 1
    assert outcomes(load) == {Outcome.OK: 20}
    # The last of twenty is due at 190 ms and answered after twenty times 50 ms.
    assert load.samples.latency[19] > 700


@pytest.mark.parametrize("tls", [False, True])
def test_without_keep_alive_each_request_connects(tls: bool) -> None:
    with answering(OK, tls=tls) as server:
        target = Target(server.host, server.port, tls=tls, verify=False)
        load = drive(target, [GET], rate=100, seconds=0.2, keep_alive=False)
    assert outcomes(load) == {Outcome.OK: 20}
    assert server.connections == 20


def test_https() -> None:
    with answering(OK, tls=True) as server:
        load = drive(Target(server.host, server.port, tls=True, verify=False), [GET], rate=100, seconds=0.3)
    assert outcomes(load) == {Outcome.OK: 30}


@pytest.mark.parametrize(
    ("answer", "outcome", "problem"),
    [
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", Outcome.STATUS, "status 500"),
        (None, Outcome.CLOSED, "closed without an answer"),
        (0, Outcome.RESET, "Connection reset by peer"),
        (b"nonsense\r\n\r\n", Outcome.MALFORMED, "the first line is b'nonsense\\r'"),
    ],
)
def test_every_third_request_fails(answer: bytes | int | None, outcome: Outcome, problem: str) -> None:
    with answering(lambda number: OK if number % 3 else answer) as server:
        load = drive(Target(server.host, server.port), [GET], rate=50, seconds=0.6, connections=1)
    assert outcomes(load) == {Outcome.OK: 20, outcome: 10}
    assert load.problems == {(0, outcome): problem}
    failed = [math.isnan(latency) for latency in load.samples.latency]
    assert failed == [kind != Outcome.OK for kind in load.samples.outcome]
    if outcome is Outcome.STATUS:
        assert load.statuses == {(0, 500): 10}


def test_right_answers_are_what_the_route_says() -> None:
    routes = [Request("a", statuses=frozenset({401}))]
    with answering(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n") as server:
        assert outcomes(drive(Target(server.host, server.port), routes, rate=50, seconds=0.1)) == {Outcome.OK: 5}


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target(*listener.getsockname())
    load = drive(target, [GET], rate=100, seconds=0.1)
    assert outcomes(load) == {Outcome.REFUSED: 10}
    assert load.connections == 0


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        load = drive(Target(*listener.getsockname()), [GET], rate=50, seconds=0.2, timeout=0.1)
    assert outcomes(load) == {Outcome.TIMEOUT: 10}
    assert load.problems == {(0, Outcome.TIMEOUT): "no answer within 0.1 s"}


def test_a_request_that_never_got_a_connection_times_out_as_well() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        load = drive(Target(*listener.getsockname()), [GET], rate=50, seconds=0.2, timeout=0.1, most=2)
    assert outcomes(load) == {Outcome.TIMEOUT: 10}
    assert load.connections == 2


def test_at_the_deadline_the_run_ends_and_says_so() -> None:
    with answering(OK) as server:
        load = drive(Target(server.host, server.port), [GET], rate=100, seconds=60, deadline=time.monotonic() + 0.3)
    assert load.partial == "deadline"
    assert 0 < len(load.samples) < 100
    assert set(outcomes(load)) == {Outcome.OK}


def test_an_answer_that_ends_with_the_connection_takes_until_then() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\nhello")
                time.sleep(0.1)

        thread = threading.Thread(target=serve)
        thread.start()
        load = drive(Target(*listener.getsockname()), [GET], rate=1, seconds=1, connections=0)
        thread.join()
    assert load.samples.latency[0] >= 100


def test_connections_that_end_of_themselves_are_replaced() -> None:
    with answering(OK, ends=True) as server:
        load = drive(Target(server.host, server.port), [GET], rate=50, seconds=0.4, connections=3)
    assert outcomes(load).get(Outcome.OK, 0) >= 15
    assert load.connections <= 20


def test_limits_on_descriptors_are_kept() -> None:
    script = """
import resource, socket
from perfgate.runtime.http import Request, Target
from perfgate.runtime.load import drive
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
listener = socket.create_server(("127.0.0.1", 0), backlog=500)
load = drive(Target(*listener.getsockname()), [Request("x")], rate=200, seconds=0.5, timeout=0.3)
print(load.connections, set(load.samples.outcome))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    connections, kinds = done.stdout.split(maxsplit=1)
    assert 10 < int(connections) < 64
    assert kinds.strip() == "{2}"


def test_an_interrupt_ends_the_run_at_once() -> None:
    script = """
import sys
from perfgate.runtime.http import Request, Target
from perfgate.runtime.load import drive
try:
    print("running", flush=True)
    drive(Target("127.0.0.1", int(sys.argv[1])), [Request("x")], rate=100, seconds=600)
except KeyboardInterrupt:
    print("interrupted")
"""
    with answering(OK) as server:
        argv = [sys.executable, "-W", "error", "-c", script, str(server.port)]
        with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            while len(server.requests) < 5:
                assert child.poll() is None
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            assert child.communicate(timeout=30)[0] == "interrupted\n"


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (-1, 1), (1, 0), (math.nan, 1), (1e9, 1e9)])
def test_what_cannot_be_sent_is_refused(rate: float, seconds: float) -> None:
    with pytest.raises(ConfigError):
        drive(Target("127.0.0.1", 1), [GET], rate=rate, seconds=seconds)


def test_a_host_without_address_is_said_so() -> None:
    with pytest.raises(AnalyzerError, match="has no address"):
        drive(Target("no-such-host.invalid", 80), [GET], rate=1, seconds=1)


def test_pressure_is_told_where_the_kernel_counts_it(tmp_path: Path) -> None:
    from perfgate.runtime import pressure

    file = tmp_path / "cpu"
    assert pressure.since(pressure.read(file), file).cpu is None
    file.write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=1000\nfull avg10=0.00 total=7\n")
    before = pressure.read(file)
    file.write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=999999999999\nfull avg10=0.00 total=7\n")
    assert before.waited == 1000
    assert pressure.since(before, file).cpu == 100
