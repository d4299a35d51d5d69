"""One exchange after another with a real server: what it took, and every way in which it can go wrong."""

import socket
import threading
import time

import pytest

from perfgate.errors import AnalyzerError
from perfgate.runtime.connection import Connection, Exchange
from perfgate.runtime.http import Outcome, Request, Target
from perfgate.runtime.stamps import received_at
from tests.answering import CERTIFICATE, OK, Reply, answering

GET = Request("health", path="/health")


def ask(reply: Reply, request: Request = GET, *, times: int = 1, ends: bool = False) -> list[Exchange]:
    with answering(reply, ends=ends) as server, Connection(Target(server.host, server.port), timeout=5) as connection:
        return [connection.exchange(request) for _ in range(times)]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_one_connection_serves_many_requests(host: str) -> None:
    if host == "::1" and not _has_ipv6():
        pytest.skip("no IPv6 here")
    with (
        answering(OK, host="127.0.0.1" if host == "localhost" else host) as server,
        Connection(Target(host, server.port)) as connection,
    ):
        exchanges = [connection.exchange(GET) for _ in range(20)]
        assert {(e.outcome, e.status) for e in exchanges} == {(Outcome.OK, 200)}
        assert all(e.latency is not None and 0 < e.latency < 5000 for e in exchanges)
        # Where localhost has two addresses, finding out which one answers takes a connection, too.
        assert server.connections <= (2 if host == "localhost" else 1)
        assert server.requests[0].startswith(b"GET /health HTTP/1.1\r\n")


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_the_delay_of_the_service_is_in_the_latency_and_the_connect_is_not() -> None:
    with answering(OK, delay=0.05) as server:
        with Connection(Target(server.host, server.port)) as connection:
            assert (connection.exchange(GET).latency or 0) >= 50
        with Connection(Target(server.host, server.port), keep_alive=False) as connection:
            assert (connection.exchange(GET).latency or 0) >= 50


def test_without_keep_alive_every_request_connects() -> None:
    with answering(OK) as server:
        with Connection(Target(server.host, server.port), keep_alive=False) as connection:
            assert [connection.exchange(GET).outcome for _ in range(3)] == [Outcome.OK] * 3
        assert server.connections == 3
        assert all(b"\r\nConnection: close\r\n" in request for request in server.requests)


def test_a_closed_idle_connection_is_opened_anew() -> None:
    with (
        answering(OK, ends=True) as server,
        Connection(Target(server.host, server.port)) as connection,
    ):
        for _ in range(3):
            assert connection.exchange(GET).outcome is Outcome.OK
            time.sleep(0.05)
        assert server.connections == 3


def test_a_connection_that_the_server_is_about_to_close_is_not_used() -> None:
    kept = b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n"
    with (
        answering(kept) as server,
        Connection(Target(server.host, server.port)) as connection,
    ):
        connection.exchange(GET)
        connection.exchange(GET)
        time.sleep(0.6)
        assert connection.exchange(GET).outcome is Outcome.OK
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "outcome", "status", "problem"),
    [
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", Outcome.STATUS, 500, "status 500"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Outcome.STATUS, 404, "status 404"),
        (b"SSH-2.0-OpenSSH_9\r\n", Outcome.MALFORMED, 0, "the first line is b'SSH-2.0-OpenSSH_9\\r'"),
        (None, Outcome.CLOSED, 0, "closed without an answer"),
        (0, Outcome.RESET, 0, "Connection reset by peer"),
    ],
)
def test_errors_have_no_latency_and_the_next_request_gets_its_chance(
    answer: bytes | int | None, outcome: Outcome, status: int, problem: str
) -> None:
    first, second = ask(lambda number: answer if number == 1 else OK, times=2)
    assert (first.outcome, first.status, first.latency, first.problem) == (outcome, status, None, problem)
    assert second.outcome is Outcome.OK


def test_an_answer_that_breaks_off() -> None:
    (exchange,) = ask(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", ends=True)
    assert (exchange.outcome, exchange.problem) == (Outcome.CLOSED, "closed after 4 bytes of the body")


def test_an_answer_that_ends_with_the_connection() -> None:
    exchanges = ask(b"HTTP/1.1 200 OK\r\n\r\nhello", ends=True, times=3)
    assert [exchange.outcome for exchange in exchanges] == [Outcome.OK] * 3


def test_large_bodies_in_both_directions() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
    request = Request("upload", "POST", body=b"y" * 3_000_000)
    with answering(big) as server:
        with Connection(Target(server.host, server.port)) as connection:
            assert connection.exchange(request).outcome is Outcome.OK
        assert len(server.requests[0]) > 3_000_000


def test_a_server_that_says_no_before_it_has_read_all() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Connection(Target(*listener.getsockname()), timeout=5) as connection,
    ):

        def refuse() -> None:
            peer, _ = listener.accept()
            peer.recv(100)
            peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            time.sleep(0.2)
            peer.close()

        thread = threading.Thread(target=refuse)
        thread.start()
        exchange = connection.exchange(Request("upload", "POST", body=b"y" * 20_000_000))
        thread.join()
    assert (exchange.outcome, exchange.status) == (Outcome.STATUS, 413)


def test_nobody_answers_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        Connection(Target(*listener.getsockname()), timeout=0.1) as connection,
    ):
        exchange = connection.exchange(GET)
    assert (exchange.outcome, exchange.problem) == (Outcome.TIMEOUT, "no answer within 0.1 s")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target(*listener.getsockname())
    for keep_alive in (True, False):
        with Connection(target, keep_alive=keep_alive) as connection:
            assert connection.exchange(GET).outcome is Outcome.REFUSED


def test_a_name_without_address_is_said_so() -> None:
    with (
        Connection(Target("no-such-host.invalid", 80)) as connection,
        pytest.raises(AnalyzerError, match=r"no-such-host\.invalid has no address"),
    ):
        connection.exchange(GET)


@pytest.mark.parametrize("keep_alive", [True, False])
def test_https(keep_alive: bool) -> None:
    with answering(OK, tls=True, delay=0.02) as server:
        target = Target(server.host, server.port, tls=True, verify=False)
        with Connection(target, keep_alive=keep_alive) as connection:
            exchanges = [connection.exchange(GET) for _ in range(3)]
    assert [exchange.outcome for exchange in exchanges] == [Outcome.OK] * 3
    assert all((exchange.latency or 0) >= 20 for exchange in exchanges)
    assert server.connections == (1 if keep_alive else 3)


def test_https_with_a_certificate_that_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(OK, tls=True) as server:
        target = Target("127.0.0.1", server.port, tls=True)
        with Connection(target) as connection:
            exchange = connection.exchange(GET)
        assert (exchange.outcome, exchange.problem) == (Outcome.TLS, "self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        with Connection(target) as connection:
            assert connection.exchange(GET).outcome is Outcome.OK
        with Connection(Target("127.0.0.1", server.port, tls=True, server_name="example.com")) as connection:
            exchange = connection.exchange(GET)
        assert exchange.outcome is Outcome.TLS
        assert "example.com" in exchange.problem


def test_https_where_http_is_spoken_and_the_other_way_round() -> None:
    with (
        answering(OK) as server,
        Connection(Target(server.host, server.port, tls=True, verify=False), timeout=0.3) as connection,
    ):
        assert connection.exchange(GET).outcome in (Outcome.TLS, Outcome.TIMEOUT)
    with (
        answering(OK, tls=True) as server,
        Connection(Target(server.host, server.port), timeout=1) as connection,
    ):
        assert connection.exchange(GET).outcome in (Outcome.MALFORMED, Outcome.CLOSED, Outcome.RESET)


def test_https_large_bodies() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
    with (
        answering(big, tls=True) as server,
        Connection(Target(server.host, server.port, tls=True, verify=False)) as connection,
    ):
        request = Request("upload", "POST", body=b"y" * 1_000_000)
        assert [connection.exchange(request).outcome for _ in range(2)] == [Outcome.OK] * 2


def test_https_that_ends_with_the_connection() -> None:
    with (
        answering(b"HTTP/1.1 200 OK\r\n\r\nhello", tls=True, ends=True) as server,
        Connection(Target(server.host, server.port, tls=True, verify=False)) as connection,
    ):
        assert [connection.exchange(GET).outcome for _ in range(2)] == [Outcome.OK] * 2


def test_an_answer_arrived_as_long_before_it_was_read_as_its_stamp_is_old() -> None:
    assert received_at(read=5_000, real=900_000, stamp=899_000, sent=1_000) == 4_000
    # The settable clock jumped: an answer cannot arrive before its request, or after it was read.
    assert received_at(read=5_000, real=900_000, stamp=890_000, sent=1_000) is None
    assert received_at(read=5_000, real=900_000, stamp=900_001, sent=1_000) is None
