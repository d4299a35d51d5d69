"""Lets a test that runs as root meet files it may not read, as everybody else does."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

# capabilities(7): version 3 of the interface, and the rights of root to pass over the modes of files.
_VERSION = 0x20080522
_OVERRIDE = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


class _Head(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Rights(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextmanager
def bound_by_modes() -> Iterator[None]:
    """Within it, this thread may read only what the modes of files allow."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head, rights = _Head(_VERSION, 0), (_Rights * 2)()
    _called(libc.capget(ctypes.byref(head), rights))
    before = rights[0].effective
    rights[0].effective = before & ~_OVERRIDE
    _called(libc.capset(ctypes.byref(head), rights))
    try:
        yield
    finally:
        rights[0].effective = before
        _called(libc.capset(ctypes.byref(head), rights))


def _called(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
