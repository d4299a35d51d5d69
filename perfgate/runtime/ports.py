"""Ports for services: one that nobody listens on, and that no other perfgate of this machine means to use."""

import contextlib
import errno
import random
import socket
import sys
from dataclasses import dataclass

# Where a service answers that listens on `localhost`; it may have only one of the two.
HOSTS = ("127.0.0.1", "::1")
# Below the ports that systems hand out for outgoing connections, so that none of these takes it before the service does.
RANGE = range(20_000, 32_000)
_EVERYWHERE = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104  # bound to see, never listened on


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is ours until it is released."""

    number: int
    _sign: socket.socket | None

    def release(self) -> None:
        if self._sign is not None:
            self._sign.close()


def free() -> Port | None:
    """Some free port; None when none was found."""
    return next((port for number in random.sample(RANGE, 100) if (port := claim(number))), None)


def claim(number: int) -> Port | None:
    """The port, or None when something listens there already, or another perfgate has claimed it."""
    sign = None
    if sys.platform == "linux":
        # Between choosing a port and listening on it lies the start of a service. A name in the abstract namespace can be
        # bound once, and goes away with its holder.
        sign = socket.socket(socket.AF_UNIX)
        try:
            sign.bind(f"\0perfgate-port-{number}")
        except OSError:
            sign.close()
            return None
    if is_taken(number):
        if sign is not None:
            sign.close()
        return None
    return Port(number, sign)


def is_taken(number: int) -> bool:
    """Whether something listens on the port, on whatever address."""
    for family, everywhere in _EVERYWHERE:
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            # Connections that ended lately do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind((everywhere, number))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return True
    # Where SO_REUSEADDR lets us bind beside a listener, it answers.
    return any(accepts(host, number, 0.5) for host in HOSTS)


def accepts(host: str, port: int, seconds: float) -> bool:
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
