"""When data arrived, as the kernel knows it: receive stamps of sockets (SO_TIMESTAMPNS), brought to the clock of this process."""

import contextlib
import socket
import struct
import sys
import time

clock = time.perf_counter_ns
settable_clock = time.time_ns

# asm-generic/socket.h; the module socket does not name it. Ancillary data is a struct timespec of CLOCK_REALTIME.
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_STAMPS = sys.platform == "linux"
ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)


def ask_for_stamps(sock: socket.socket) -> None:
    """Have the kernel stamp what arrives, where it can."""
    if _STAMPS:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def arrival(ancillary: list[tuple[int, int, bytes]], *, read: int, real: int, sent: int) -> int | None:
    """When the last segment arrived, from what recvmsg gave beside the data; None without a stamp that can be true."""
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(content) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(content)
            return received_at(read, real, seconds * 1_000_000_000 + nanoseconds, sent)
    return None


def received_at(read: int, real: int, stamp: int, sent: int) -> int | None:
    """When data arrived, on the clock of `read` (ns): as long before it was read as its stamp is older than `real`.

    Only that short time is taken from the settable clock, so a clock that is being slewed does not matter. None when
    the data would have arrived before the request was `sent`, or after it was read: the clock was set in between.
    """
    age = real - stamp
    return read - age if 0 <= age <= read - sent else None
