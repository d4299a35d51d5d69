"""Whether a service is ready: looks that neither wait long nor disturb it, and what they saw."""

import re
import socket
import time
from urllib.parse import urlsplit

from perfgate.config.running import PORT, Start
from perfgate.runtime.log import Log
from perfgate.runtime.ports import HOSTS, accepts

# Node announces its debugger with words that look like a service that listens.
_FOREIGN = re.compile(r"^(Debugger (listening|attached)|For help, see: https://nodejs\.org)")
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b")
_MOST_HEAD = 64 * 1024
# Enough to take a short answer to its end, so that the service sees no broken connection.
_SECONDS_TO_LEAVE = 0.1


class Readiness:
    """Looks at one service. `seen` says what the last look found, for whoever waits in vain.

    Ready is: the port accepts a connection, the address answers with 200 to 399, or a whole line fits the pattern and the
    port accepts a connection.
    """

    def __init__(self, plan: Start, port: int, log: Log) -> None:
        self._ready, self._port, self._log = plan.ready, port, log
        self._scheme = "https" if plan.https else "http"
        self._pattern = re.compile(plan.ready.value) if plan.ready.kind == "log" else None
        self._chosen = plan.port is None
        log.awaited = self._pattern is not None
        self.seen = "it was not looked at"

    def host(self, seconds: float) -> str | None:
        """The address it answers on, once it is ready, else None. Waits for an answer for `seconds` at most."""
        if self._ready.kind == "url":
            return self._by_address(seconds)
        if self._pattern is not None and not self._says():
            self.seen = f"no line of its output fits {self._ready.value!r}"
            return None
        return self._by_port(seconds)

    def _by_port(self, seconds: float) -> str | None:
        found = next((host for host in HOSTS if accepts(host, self._port, seconds)), None)
        if found is None:
            self.seen = self._nobody(self._port)
        return found

    def _by_address(self, seconds: float) -> str | None:
        if self._ready.value.startswith("/"):
            return next((host for host in HOSTS if self._answers(self._scheme, host, self._port, self._ready.value, seconds)), None)  # fmt: skip
        address = urlsplit(self._ready.value.replace(PORT, str(self._port)))
        port = address.port or (443 if address.scheme == "https" else 80)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        good = self._answers(address.scheme, address.hostname or "", port, path, seconds)
        return self._by_port(seconds) if good else None

    def _answers(self, scheme: str, host: str, port: int, path: str, seconds: float) -> bool:
        try:
            status = _status(scheme, host, port, path, seconds)
        except ConnectionRefusedError:
            # Of the two addresses of this machine, what the other one said is the better message.
            if host != HOSTS[-1] or not self.seen.startswith(path):
                self.seen = self._nobody(port)
            return False
        except (OSError, ValueError) as error:
            self.seen = f"{path} was not answered: {_words(error, seconds)}"
            return False
        self.seen = (
            f"{path} was answered with {status}" if status else f"{path} was answered with something else than HTTP/1"
        )
        return status is not None and 200 <= status < 400

    def _nobody(self, port: int) -> str:
        """A port that was chosen is another one each time: its number would make equal reasons differ."""
        where = "its port" if self._chosen and port == self._port else f"port {port}"
        return f"nothing accepts connections on {where}"

    def _says(self) -> bool:
        """Once said is enough."""
        if self._pattern is None:
            return True
        for line in self._log.new_lines():
            if self._pattern.search(line) and not _FOREIGN.match(line):
                self._pattern = None
                self._log.awaited = False
                return True
        return False


def _words(error: Exception, seconds: float) -> str:
    return f"nothing came within {seconds:.1g} s" if isinstance(error, TimeoutError) else str(error)


def _status(scheme: str, host: str, port: int, path: str, seconds: float) -> int | None:
    """What a GET is answered with; None where the answer is not one. Raises OSError or ValueError where there is none."""
    deadline = time.monotonic() + seconds
    connection = socket.create_connection((host, port), timeout=seconds)
    try:
        if scheme == "https":
            import ssl

            # The certificate of a service on this machine proves nothing, and is mostly its own.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = context.wrap_socket(connection, server_hostname=host)
        authority = f"[{host}]" if ":" in host else host
        head = f"GET {path} HTTP/1.1\r\nHost: {authority}:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode("ascii"))
        return _read_status(connection, deadline)
    finally:
        connection.close()


def _read_status(connection: socket.socket, deadline: float) -> int | None:
    content = b""
    while len(content) < _MOST_HEAD:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = connection.recv(16_384)
        content += piece
        # Informational answers come before the one that counts.
        while content[9:10] == b"1" and b"\r\n\r\n" in content:
            content = content.partition(b"\r\n\r\n")[2]
        if (found := _STATUS.match(content)) and found[1][:1] != b"1" and b"\n" in content:
            _leave(connection)
            return int(found[1])
        if not piece:
            return None
    return None


def _leave(connection: socket.socket) -> None:
    deadline = time.monotonic() + _SECONDS_TO_LEAVE
    try:
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(65_536):
                return
    except OSError:
        return
