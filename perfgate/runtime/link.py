"""One connection that never blocks: bytes out with the clock before them, bytes in with the kernel's stamp on them.

What a request took ends when the kernel received the last segment of the answer (SO_TIMESTAMPNS), not when this process
got round to reading it: on a busy machine these are milliseconds apart. Where the kernel gives no stamps (macOS), the
time of reading counts. TLS works in memory, beside the socket, so that the stamps of its segments still count.
"""

import contextlib
import errno
import os
import socket
import ssl

from perfgate.runtime.answer import Answer
from perfgate.runtime.endpoint import Endpoint
from perfgate.runtime.http import Outcome
from perfgate.runtime.stamps import ANCILLARY, arrival, ask_for_stamps, clock, settable_clock

_PIECE = 65_536
_OUTCOMES = {
    errno.ECONNREFUSED: Outcome.REFUSED,
    errno.ECONNRESET: Outcome.RESET,
    errno.ECONNABORTED: Outcome.RESET,
    errno.EPIPE: Outcome.RESET,
    errno.ETIMEDOUT: Outcome.TIMEOUT,
    errno.EMFILE: Outcome.CLIENT,
    errno.ENFILE: Outcome.CLIENT,
    errno.EADDRNOTAVAIL: Outcome.CLIENT,
    errno.ENOBUFS: Outcome.CLIENT,
    errno.ENOMEM: Outcome.CLIENT,
}
_NOT_YET = frozenset({errno.EINPROGRESS, errno.EAGAIN, errno.EWOULDBLOCK, errno.EALREADY, errno.ENOTCONN, errno.EINTR})


class Link:
    """One exchange after another over one socket, moved on by `proceed` whenever the descriptor is ready.

    `outcome` is None while an exchange is under way. `opened` (just before the connect), `sent` and `received` are ns on
    `clock`; `stamped`: the kernel said when the answer arrived. `ready`: connected, and TLS agreed upon. `usable`: another exchange may be started; a link
    that is not is left for its owner to close. `wants_write`: wait until the descriptor takes data, too.
    """

    __slots__ = (
        "_connected", "_eof", "_incoming", "_out", "_outgoing", "_payload", "_sending", "_socket", "_tls",
        "answer", "opened", "outcome", "problem", "ready", "received", "sent", "stamped", "usable",
    )  # fmt: skip

    def __init__(self, endpoint: Endpoint) -> None:
        """Begin to connect. Whatever goes wrong, short of descriptors or refused, is in `outcome` then."""
        self.answer = Answer()
        self.outcome: Outcome | None = None
        self.problem = ""
        self.ready = False
        self.usable = True
        self.opened = self.sent = self.received = 0
        self.stamped = False
        self._connected = False
        self._eof = False
        self._sending = False
        self._out = b""
        self._payload = b""
        self._tls: ssl.SSLObject | None = None
        self._incoming = self._outgoing = ssl.MemoryBIO()
        self._socket: socket.socket | None = None
        try:
            self._socket = sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ask_for_stamps(sock)
            self.opened = clock()
            problem = sock.connect_ex(endpoint.address)
        except OSError as error:
            self._fail(*_told(error.errno or 0))
            return
        if problem and problem not in _NOT_YET:
            self._fail(*_told(problem))
        elif endpoint.tls is not None:
            self._outgoing = ssl.MemoryBIO()
            self._tls = endpoint.tls.wrap_bio(self._incoming, self._outgoing, server_hostname=endpoint.server_name)
            self._shake_hands()

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket is not None else -1

    @property
    def wants_write(self) -> bool:
        return bool(self._out) or not self._connected

    def start(self, payload: bytes, method: str) -> None:
        """Send a request, at once where possible. The link must be `usable`, and no exchange under way."""
        self.answer.expect(method)
        self.outcome = None
        self.problem = ""
        self.sent = self.received = 0
        self._sending = False
        self._payload = payload
        if self._tls is None or self.ready:
            self._send_payload()

    def proceed(self) -> bool:
        """Go on after the descriptor became ready. True when the exchange is over, or the link no longer usable."""
        if not self._connected:
            self._finish_connecting()
        if self.usable and self._out:
            self._flush()
        if self.usable and self._connected:
            self._receive()
        return self.outcome is not None or not self.usable

    def fresh(self) -> bool:
        """An idle link may carry one more request: the server has not closed it, and is not about to."""
        if self.usable and self.received and self.answer.kept is not None:
            # Not in the last half second: the server's closing and the request could cross.
            idle = (clock() - self.received) / 1e9
            if idle > max(self.answer.kept - 0.5, self.answer.kept / 2):
                self.usable = False
        return self.usable

    def abandon(self, outcome: Outcome, problem: str) -> None:
        """Give up: nobody waits any longer."""
        self._fail(outcome, problem)

    def close(self) -> None:
        self.usable = False
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()

    # Out

    def _finish_connecting(self) -> None:
        if self._socket is None:
            return
        problem = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            self._fail(*_told(problem))
            return
        self._connected = True
        self.ready = self._tls is None

    def _send_payload(self) -> None:
        if self._tls is None:
            self._out = self._payload
        else:
            self._tls.write(self._payload)
            self._out += self._outgoing.read()
        self._payload = b""
        self._sending = True
        self._flush()

    def _flush(self) -> None:
        if self._socket is None:
            return
        now = clock()
        try:
            count = self._socket.send(self._out)
        except OSError as error:
            if error.errno in _NOT_YET:
                return
            if self._sending and self.sent and error.errno in (errno.EPIPE, errno.ECONNRESET):
                # The server may have answered before it had read everything; what is to be read tells.
                self._out = b""
                self._eof = True
                return
            self._fail(*_told(error.errno or 0))
            return
        if self._sending and not self.sent:
            self.sent = now
        self._connected = True
        if self._tls is None:
            self.ready = True
        self._out = self._out[count:]

    def _shake_hands(self) -> None:
        """One step of the agreement on TLS; then send what waits for it."""
        if self._tls is None:
            return
        try:
            self._tls.do_handshake()
            self.ready = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLError, ssl.CertificateError) as error:
            self._fail(Outcome.TLS, _tls_words(error))
            return
        self._out += self._outgoing.read()
        if self._out:
            self._flush()
        if self.ready and self._payload and self.usable:
            self._send_payload()

    # In

    def _receive(self) -> None:
        if self._socket is None:
            return
        try:
            data, ancillary, _, _ = self._socket.recvmsg(_PIECE, ANCILLARY)
        except OSError as error:
            if error.errno not in _NOT_YET:
                self._fail(*_told(error.errno or 0))
            return
        read = clock()
        real = settable_clock()
        if data:
            arrived = arrival(ancillary, read=read, real=real, sent=self.sent)
            self.received = read if arrived is None else arrived
            self.stamped = arrived is not None
        else:
            self._eof = True
        if self._tls is not None:
            self._decrypt(data)
        elif data:
            self._take(data)
        if self._eof and not data and self.usable:
            self._end()

    def _take(self, data: bytes) -> None:
        if self.outcome is not None or not (self._sending or self._payload):
            self.usable = False  # an idle link has nothing to say
        elif self.answer.feed(data):
            self._finish()

    def _decrypt(self, data: bytes) -> None:
        if self._tls is None:
            return
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        if not self.ready:
            self._shake_hands()
        while self.ready and self.usable:
            try:
                plain = self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                break
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                self._end()
                return
            except ssl.SSLError as error:
                self._fail(Outcome.TLS, _tls_words(error))
                return
            if not plain:
                self._end()
                return
            self._take(plain)
        if self._outgoing.pending and self.usable:
            self._out += self._outgoing.read()
            self._flush()

    # Ends

    def _end(self) -> None:
        """The server sends no more."""
        self._eof = True
        if self.outcome is None and (self._sending or self._payload):
            self.answer.end()
            if self.answer.outcome is Outcome.OK:
                # Only the closing says that this answer is complete, and the kernel stamps no closing.
                self.received = clock()
                self.stamped = False
            self._finish()
        self.usable = False

    def _finish(self) -> None:
        self.outcome = self.answer.outcome
        self.problem = self.answer.problem
        self._sending = False
        if not self.answer.reusable or self._eof or self._out:
            self.usable = False

    def _fail(self, outcome: Outcome, problem: str) -> None:
        if self.outcome is None:
            self.outcome = outcome
            self.problem = problem
        self._sending = False
        self.usable = False


def _told(number: int) -> tuple[Outcome, str]:
    """What an error of the operating system means for a request."""
    return _OUTCOMES.get(number, Outcome.UNREACHABLE), os.strerror(number)


def _tls_words(error: ssl.SSLError | ssl.CertificateError) -> str:
    reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error)
    return str(reason).replace("_", " ").lower()
