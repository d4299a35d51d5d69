"""One look at a service: ready or not, and what was seen."""

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from perfgate.config.running import Ready, Start
from perfgate.runtime.log import Log
from perfgate.runtime.readiness import Readiness


@contextmanager
def answering(serve: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[int]:
    """A port on which every connection is given to `serve`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)

    def loop() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def saying(answer: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        if connection.recv(65_536):
            connection.sendall(answer)

    return serve


def look(ready: Ready, port: int, *, https: bool = False, seconds: float = 0.5) -> tuple[str | None, str]:
    with closing(Log()) as log:
        readiness = Readiness(Start(("x",), ready=ready, https=https), port, log)
        return readiness.host(seconds), readiness.seen


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (OK, True),
        (b"HTTP/1.0 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n", True),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, True),
        (b"HTTP/1.1 200\r\n\r\n", True),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False),
    ],
)
def test_an_address_is_ready_when_it_answers_well(answer: bytes, ready: bool) -> None:
    with answering(saying(answer)) as port:
        host, seen = look(Ready("url", "/health"), port)
    assert (host == "127.0.0.1") == ready
    assert seen == f"/health was answered with {answer.rpartition(b'HTTP/1.')[2][2:5].decode()}"


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 103 Early\r\n\r\n"])
def test_something_else_than_an_answer(answer: bytes) -> None:
    with answering(saying(answer)) as port:
        assert look(Ready("url", "/"), port) == (None, "/ was answered with something else than HTTP/1")


def test_a_connection_that_is_reset() -> None:
    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with answering(serve) as port:
        host, seen = look(Ready("url", "/"), port)
    assert host is None
    assert seen.startswith("/ was not answered: ")


def test_an_answer_that_drips_is_not_waited_for() -> None:
    done = threading.Event()

    def serve(connection: socket.socket) -> None:
        while not done.wait(0.02):
            connection.sendall(b"H")

    with answering(serve) as port:
        try:
            assert look(Ready("url", "/"), port, seconds=0.3) == (None, "/ was not answered: nothing came within 0.3 s")
        finally:
            done.set()


def test_a_stream_without_end_is_left_soon() -> None:
    done = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.sendall(OK.replace(b"Length: 0", b"Type: x"))
        while not done.wait(0.02):
            connection.sendall(b"event\n")

    with answering(serve) as port:
        try:
            assert look(Ready("url", "/"), port)[0] == "127.0.0.1"
        finally:
            done.set()


def test_what_is_asked_for_is_what_was_written() -> None:
    asked = []

    def serve(connection: socket.socket) -> None:
        asked.append(connection.recv(65_536))
        connection.sendall(OK)

    with answering(serve, "::1") as port:
        assert look(Ready("url", "/a?b=c"), port)[0] == "::1"
        assert look(Ready("url", f"http://[::1]:{port}?x"), port)[0] == "::1"
    assert asked[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"Host: [::1]:{port}\r\n".encode() in asked[0]
    assert asked[1].startswith(b"GET /?x HTTP/1.1\r\n")


def test_another_port_may_tell() -> None:
    """Such as one for management. The service itself must answer, too."""
    with answering(saying(OK)) as management, answering(saying(OK)) as port:
        assert look(Ready("url", f"http://localhost:{management}/ready"), port)[0] == "127.0.0.1"
    with answering(saying(OK)) as management:
        host, seen = look(Ready("url", f"http://127.0.0.1:{management}/ready"), port)
    assert (host, seen) == (None, "nothing accepts connections on its port")


def test_https_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    files = (tmp_path / "key.pem", tmp_path / "cert.pem")
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = [*request, "-keyout", str(files[0]), "-out", str(files[1]), "-days", "1", "-subj", "/CN=x"]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            saying(OK)(secure)

    with answering(serve) as port:
        assert look(Ready("url", "/"), port, https=True, seconds=2)[0] == "127.0.0.1"
        assert look(Ready("url", f"https://localhost:{port}/"), port, seconds=2)[0] == "127.0.0.1"
        assert look(Ready("url", "/"), port)[0] is None


@pytest.mark.parametrize("ready", [Ready(), Ready("url", "/")])
def test_nothing_that_listens_is_not_ready(ready: Ready) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert look(ready, port) == (None, "nothing accepts connections on its port")


def test_a_name_that_nobody_has() -> None:
    host, seen = look(Ready("url", "http://no-such-name.invalid/"), 1)
    assert host is None
    assert seen.startswith("/ was not answered: ")


def test_a_line_counts_when_it_is_complete_and_the_port_is_open() -> None:
    with closing(Log()) as log, answering(saying(OK)) as port:
        readiness = Readiness(Start(("x",), ready=Ready("log", "listening on [0-9]+$")), port, log)
        os.write(log.file.fileno(), b"Debugger listening on 9229\nlistening on 3")
        assert readiness.host(1) is None
        os.write(log.file.fileno(), b"\x1b[1m000\x1b[0m\n")
        assert readiness.host(1) == "127.0.0.1"
        assert readiness.host(1) == "127.0.0.1", "said once is enough"
    with closing(Log()) as log:
        readiness = Readiness(Start(("x",), port=port, ready=Ready("log", "up")), port, log)
        os.write(log.file.fileno(), b"up\n")
        assert readiness.host(1) is None
        assert readiness.seen == f"nothing accepts connections on port {port}"
