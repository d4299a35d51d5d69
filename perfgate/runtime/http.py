"""HTTP/1.1 as a measuring client needs it: what is asked, where, as which bytes, and how it can end. Pure."""

import re
from dataclasses import dataclass
from enum import IntEnum

from perfgate.errors import ConfigError


class Outcome(IntEnum):
    """How a request ended. Everything but OK is an error of the service, except CLIENT: this machine ran short."""

    OK = 0
    STATUS = 1
    TIMEOUT = 2
    REFUSED = 3
    RESET = 4
    CLOSED = 5
    MALFORMED = 6
    TOO_LARGE = 7
    TLS = 8
    UNREACHABLE = 9
    CLIENT = 10

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Outcome.OK: "right answer",
    Outcome.STATUS: "wrong status",
    Outcome.TIMEOUT: "no answer in time",
    Outcome.REFUSED: "connection refused",
    Outcome.RESET: "connection reset",
    Outcome.CLOSED: "closed before the answer was complete",
    Outcome.MALFORMED: "not an HTTP answer",
    Outcome.TOO_LARGE: "answer too large",
    Outcome.TLS: "TLS failed",
    Outcome.UNREACHABLE: "cannot be reached",
    Outcome.CLIENT: "the measuring machine ran out of descriptors or ports",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a service listens. `verify`: only a certificate that is valid for `server_name` (or `host`) will do."""

    host: str
    port: int
    tls: bool = False
    verify: bool = True
    server_name: str | None = None

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent again and again. `statuses` are the right answers, none given: 200 to 399. `weight`: its share."""

    name: str
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    statuses: frozenset[int] = frozenset()
    weight: int = 1

    def accepts(self, status: int) -> bool:
        return status in self.statuses if self.statuses else 200 <= status < 400


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_PATH = re.compile(r"[\x21-\x7e]+", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
# A server waits for the body of these, so an empty one has to be announced (RFC 9110, 8.6).
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def encode(request: Request, target: Target, *, keep_alive: bool = True) -> bytes:
    """The bytes of `request`. Raises ConfigError for what cannot stand in a request, such as a line break in a header."""
    if not _TOKEN.fullmatch(request.method):
        raise ConfigError(f"{request.name}: {request.method!r} is no method", hint="write GET or POST")
    if not _PATH.fullmatch(request.path):
        raise ConfigError(
            f"{request.name}: {request.path!r} cannot be a path",
            hint="percent-encode blanks and everything that is not ASCII",
        )
    given = {name.lower() for name, _ in request.headers}
    headers = [
        (name, value)
        for name, value in (("Host", target.authority), ("User-Agent", "perfgate"), ("Accept", "*/*"))
        if name.lower() not in given
    ]
    if request.body or request.method in _WITH_BODY:
        headers.append(("Content-Length", str(len(request.body))))
    if not keep_alive:
        headers.append(("Connection", "close"))
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ConfigError(
                f"{request.name}: {name!r} is no header with one line of ASCII", hint="write it as `name: value`"
            )
        if name.lower() in ("content-length", "transfer-encoding", "connection"):
            raise ConfigError(f"{request.name}: {name} is set by perfgate", hint="leave it out")
        headers.append((name, value))
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + request.body
