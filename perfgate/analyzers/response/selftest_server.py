"""A service with a known delay that keeps its own record: from the kernel's receive stamp to just before the answer is sent.

Runs as a program of its own, `python -I selftest_server.py --delay-ms 5`, on the standard library alone, and shares nothing
with the client but the clock of the machine. The first line it writes is its port. On standard input it understands `reset`
(forget what was recorded; answered by `{}`) and `truth` (the record as one line of JSON). It ends when its input does.
"""

import argparse
import heapq
import json
import os
import select
import selectors
import socket
import ssl
import struct
import sys
import time
from dataclasses import dataclass, field

SO_TIMESTAMPNS = 35
SECOND = 1_000_000_000
MS = 1_000_000
BODY = b'{"ok":true}'
# Clients that speak HTTP/1.0 (ab) would otherwise wait for the end of the connection.
KEPT = b"Connection: keep-alive\r\n"
now = time.time_ns


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--delay-ms", type=float, default=1, help="answer this long after a request arrived")
    parser.add_argument("--stall-ms", type=float, default=0, help="do nothing for this long each second")
    parser.add_argument("--error-every", type=int, default=0, help="answer each so many-th request with 500, at once")
    parser.add_argument("--chunked", action="store_true", help="send half of the answer at half of the delay")
    parser.add_argument("--tls", metavar="FILE", help="serve HTTPS with the certificate and key in FILE")
    return parser.parse_args()


@dataclass(slots=True)
class Peer:
    """A connection: what was read of the next request, and TLS beside the socket where it is spoken."""

    sock: socket.socket
    unread: bytes = b""
    tls: ssl.SSLObject | None = None
    incoming: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    outgoing: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    agreed: bool = False
    open: bool = True


@dataclass(order=True, slots=True)
class Answer:
    """Bytes that are to be sent at a time (ns); the last of an answer says since when the request has waited."""

    due: int
    number: int
    peer: Peer = field(compare=False)
    content: bytes = field(compare=False)
    since: int | None = field(default=None, compare=False)
    ends: bool = field(default=False, compare=False)


class Server:
    """One thread that waits for requests, for the time to answer, and for orders."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.delay = int(asked.delay_ms * MS)
        self.stall = int(asked.stall_ms * MS)
        self.error_every: int = asked.error_every
        self.chunked: bool = asked.chunked
        self.tls: ssl.SSLContext | None = None
        if asked.tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(asked.tls)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.listener.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(0, selectors.EVENT_READ)
        self.answers: list[Answer] = []
        self.requests = 0
        self.orders = b""
        self.forget()

    def forget(self) -> None:
        self.latencies: list[float] = []
        self.errors = 0
        self.stamped = True

    def run(self) -> None:
        print(self.listener.getsockname()[1], flush=True)
        stall_at = now() + SECOND
        while True:
            wakes = [answer.due for answer in self.answers[:1]] + ([stall_at] if self.stall else [])
            self.wait((min(wakes) - now()) / SECOND if wakes else 1)
            if self.stall and now() >= stall_at:
                time.sleep(max(0, stall_at + self.stall - now()) / SECOND)
                stall_at += SECOND
            for key, _ in self.selector.select(0):
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj == 0:
                    if not self.obey():
                        return
                else:
                    self.read(key.data)
            while self.answers and self.answers[0].due <= now():
                self.send(heapq.heappop(self.answers))

    def wait(self, seconds: float) -> None:
        """Wait for anything; epoll knows whole milliseconds only, select on its descriptor waits for microseconds."""
        if seconds <= 0:
            return
        if sys.platform == "linux":
            select.select([self.selector.fileno()], [], [], seconds)
        else:
            self.selector.select(seconds)

    def obey(self) -> bool:
        """Carry out what came on standard input; False at its end."""
        read = os.read(0, 4096)
        *lines, self.orders = (self.orders + read).split(b"\n")
        for line in lines:
            record: dict[str, object] = {}
            if line == b"truth":
                record = {"latencies": self.latencies, "errors": self.errors, "stamped": self.stamped}
            else:
                self.forget()
            print(json.dumps(record), flush=True)
        return bool(read)

    def accept(self) -> None:
        while True:
            try:
                sock, _ = self.listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if sys.platform == "linux":
                sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            peer = Peer(sock)
            if self.tls:
                peer.tls = self.tls.wrap_bio(peer.incoming, peer.outgoing, server_side=True)
            self.selector.register(sock, selectors.EVENT_READ, peer)

    def read(self, peer: Peer) -> None:
        try:
            data, ancillary, _, _ = peer.sock.recvmsg(65_536, 64)
        except BlockingIOError:
            return
        except OSError:
            data, ancillary = b"", []
        arrived = stamp = None
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                stamp = struct.unpack("@ll", content)
        arrived = stamp[0] * SECOND + stamp[1] if stamp else now()
        if not data:
            self.drop(peer)
            return
        if peer.tls is not None:
            try:
                data = self.decrypt(peer, peer.tls, data)
            except (ssl.SSLError, OSError):
                self.drop(peer)
                return
        peer.unread += data
        head, found, body = peer.unread.partition(b"\r\n\r\n")
        if found:
            _, _, length = head.lower().partition(b"\r\ncontent-length:")
            if len(body) >= int(length.partition(b"\r\n")[0] or 0):
                peer.unread = b""
                self.stamped = self.stamped and stamp is not None
                self.answer(peer, arrived, b"\r\nconnection: close" in head.lower())

    def decrypt(self, peer: Peer, tls: ssl.SSLObject, data: bytes) -> bytes:
        peer.incoming.write(data)
        plain = b""
        try:
            if not peer.agreed:
                tls.do_handshake()
                peer.agreed = True
            while True:
                piece = tls.read()
                if not piece:
                    break
                plain += piece
        except ssl.SSLWantReadError:
            pass
        if peer.outgoing.pending:
            peer.sock.send(peer.outgoing.read())
        return plain

    def answer(self, peer: Peer, arrived: int, ends: bool) -> None:
        self.requests += 1
        number = self.requests * 2
        if self.error_every and self.requests % self.error_every == 0:
            self.errors += 1
            content = b"HTTP/1.1 500 Internal Server Error\r\n%bContent-Length: 0\r\n\r\n" % KEPT
            heapq.heappush(self.answers, Answer(arrived, number, peer, content, None, ends))
        elif self.chunked:
            first = b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n5\r\n%b\r\n" % (KEPT, BODY[:5])
            last = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY) - 5, BODY[5:])
            heapq.heappush(self.answers, Answer(arrived + self.delay // 2, number, peer, first))
            heapq.heappush(self.answers, Answer(arrived + self.delay, number + 1, peer, last, arrived, ends))
        else:
            content = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (KEPT, len(BODY), BODY)
            heapq.heappush(self.answers, Answer(arrived + self.delay, number, peer, content, arrived, ends))

    def send(self, answer: Answer) -> None:
        peer = answer.peer
        if not peer.open:
            return
        content = answer.content
        if peer.tls is not None:
            peer.tls.write(content)
            content = peer.outgoing.read()
        sent = now()
        try:
            peer.sock.send(content)
        except OSError:
            self.drop(peer)
            return
        if answer.since is not None:
            self.latencies.append((sent - answer.since) / MS)
        if answer.ends:
            self.drop(peer)

    def drop(self, peer: Peer) -> None:
        if peer.open:
            peer.open = False
            self.selector.unregister(peer.sock)
            peer.sock.close()


if __name__ == "__main__":
    Server(options()).run()
