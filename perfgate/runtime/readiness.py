"""Whether a service is ready: one look, that neither waits long nor disturbs it."""

import os
import re
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import IO
from urllib.parse import urlsplit

from perfgate.config.running import PORT, Ready

HOSTS = ("127.0.0.1", "::1")
_SECONDS = 2
_MAX_LOG_BYTES = 256 * 1024
# Node announces its debugger with words that look like a service that listens.
_FOREIGN = re.compile(r"^(Debugger (listening|attached)|For help, see: https://nodejs\.org)")


def host_when_ready(ready: Ready, port: int, *, https: bool, log: IO[bytes]) -> str | None:
    """The address it answers on, once it is ready, else None.

    Ready is: the port accepts a connection, the address answers with 200 to 399, or a whole line fits the pattern.
    """
    if ready.kind == "log" and not _says(log, ready.value):
        return None
    # A service that listens on `localhost` may have only one of the two.
    host = next((host for host in HOSTS if _accepts(host, port)), None)
    if ready.kind != "url":
        return host
    scheme, where, path = ("https" if https else "http", (host, port), ready.value)
    if not ready.value.startswith("/"):
        address = urlsplit(ready.value.replace(PORT, str(port)))
        default = 443 if address.scheme == "https" else 80
        scheme, where = address.scheme, (address.hostname, address.port or default)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    return host if where[0] and _answers(scheme, where[0], where[1], path) else None


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_SECONDS):
            return True
    except OSError:
        return False


def _answers(scheme: str, host: str, port: int, path: str) -> bool:
    connection: HTTPConnection
    if scheme == "https":
        # The certificate of a service on this machine proves nothing, and is mostly its own.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = HTTPSConnection(host, port, timeout=_SECONDS, context=context)
    else:
        connection = HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        return 200 <= connection.getresponse().status < 400
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _says(log: IO[bytes], pattern: str) -> bool:
    content = os.pread(log.fileno(), _MAX_LOG_BYTES, 0).decode(errors="replace")
    lines = content.split("\n")[:-1]  # what has no end of line yet may still be written
    found = re.compile(pattern)
    return any(found.search(line) for line in lines if not _FOREIGN.match(line))
