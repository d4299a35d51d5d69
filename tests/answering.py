"""A real server on the loopback that answers as it is told, byte by byte, over plain sockets or TLS."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import perfgate

CERTIFICATE = Path(perfgate.__file__).parent / "analyzers/response/public_test_certificate.pem"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

# What to send: None closes the connection, a number resets it. Or a function that tells it for the number of a request.
Fixed = bytes | int | None
Reply = Fixed | Callable[[int], Fixed]


@dataclass
class Answering:
    """A running server: where it listens, how many connections it took, and the requests it read."""

    host: str
    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def answering(
    reply: Reply, *, tls: bool = False, host: str = "127.0.0.1", ends: bool = False, delay: float = 0
) -> Iterator[Answering]:
    """Serve in threads until the block ends. `ends`: close the connection after each answer."""
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    open_ones: set[socket.socket] = set()
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((host, 0))
        listener.listen(512)
        served = Answering(host, listener.getsockname()[1])
        threads: list[threading.Thread] = []

        def serve(plain: socket.socket) -> None:
            with contextlib.suppress(OSError), plain:
                peer = context.wrap_socket(plain, server_side=True) if context else plain
                with peer:
                    open_ones.add(peer)
                    while (request := _request(peer)) is not None:
                        served.requests.append(request)
                        answer = reply(len(served.requests)) if callable(reply) else reply
                        if isinstance(answer, int):
                            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                        if not isinstance(answer, bytes):
                            return
                        time.sleep(delay)
                        peer.sendall(answer)
                        if ends:
                            return

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    served.connections += 1
                    open_ones.add(peer)
                    threads.append(threading.Thread(target=serve, args=(peer,), daemon=True))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield served
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(5)
            for peer in list(open_ones):
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)


def _request(peer: socket.socket) -> bytes | None:
    """The next request with its body, or None at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = peer.recv(65_536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        piece = peer.recv(65_536)
        if not piece:
            return None
        body += piece
    return head + b"\r\n\r\n" + body
