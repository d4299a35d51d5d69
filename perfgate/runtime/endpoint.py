"""Where requests go: the address that accepts connections, and how TLS is spoken there."""

import contextlib
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from perfgate.errors import AnalyzerError
from perfgate.runtime.http import Target


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A target whose name is resolved. `tls` is None for plain HTTP; `server_name` is what its certificate must name."""

    family: int
    address: tuple[Any, ...]
    tls: ssl.SSLContext | None
    server_name: str


def reach(target: Target, *, timeout: float = 1) -> Endpoint:
    """Resolve `target` once; of several addresses (`localhost` is ::1 and 127.0.0.1) the first that accepts connections.

    When none accepts, the first: the requests then tell what is wrong. Raises AnalyzerError for a name without address.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise AnalyzerError(
            f"{target.host} has no address: {error.strerror or error}", hint="is the name of the host right?"
        ) from error
    choices = [(int(family), address) for family, _, _, _, address in found]
    chosen = choices[0]
    if len(choices) > 1:
        chosen = next((choice for choice in choices if _accepts(*choice, timeout)), chosen)
    return Endpoint(*chosen, _context(target) if target.tls else None, target.server_name or target.host)


def _accepts(family: int, address: tuple[Any, ...], timeout: float) -> bool:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(timeout)
        probe.connect(address)
        return True
    return False


def _context(target: Target) -> ssl.SSLContext:
    context = ssl.create_default_context() if target.verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not target.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
