"""What services write: kept in bounds, and shown as plain lines."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from perfgate.runtime.log import MAX_BYTES, MAX_UNREAD_BYTES, Log


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log(secrets=["hunter22", "hunter2", "", "true"])
    yield log
    log.close()


def write(log: Log, content: bytes) -> None:
    """As a service does: through a file of its own."""
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    subprocess.run([sys.executable, "-c", code], input=content, stdout=log.file, check=True)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"", ""),
        (b"one\ntwo", "one\ntwo"),
        (b"\n\none\r\n\n", "one"),
        (b"10 %\r100 %\rdone\n", "10 %\n100 %\ndone"),
        (b"\x1b[1;31mred\x1b[0m \x1b[?25l\x1b]8;;http://x\x1b\\link\x1b]0;title\x07\x1b(B.", "red link."),
        (b"\x00\x01a\x7f\x08\tb\xff", "a\tb\ufffd"),
        ("\x9b31mé".encode(), "31mé"),
        (b"password=hunter22, true", "password=***, true"),
        (b"x" * 600, "x" * 500 + "…"),
    ],
)
def test_what_is_shown_is_plain(log: Log, written: bytes, shown: str) -> None:
    write(log, written)
    assert log.tail() == shown


def test_the_tail_has_whole_lines_from_the_end(log: Log) -> None:
    write(log, b"".join(b"line %d\n" % number for number in range(100_000)))
    assert log.tail(2) == "line 99998\nline 99999"
    assert log.tail(10**6).startswith("line ")


def test_new_lines_come_once_and_whole(log: Log) -> None:
    write(log, b"one\ntw")
    assert list(log.new_lines()) == ["one"]
    write(log, b"o\n\x1b[32mthree\x1b[0m\nfour")
    assert list(log.new_lines()) == ["two", "three"]
    assert list(log.new_lines()) == []


def test_what_has_become_large_is_cut_and_its_end_kept(log: Log) -> None:
    write(log, b"x" * MAX_BYTES + b"\nlast\n")
    log.trim()
    assert os.fstat(log.file.fileno()).st_size == 0
    write(log, b"after\n")
    assert log.tail(2) == "last\nafter"
    assert list(log.new_lines()) == ["after"]


def test_an_awaited_line_is_not_cut_off(log: Log) -> None:
    log.awaited = True
    list(log.new_lines())
    write(log, b"x\n" * (MAX_BYTES // 2) + b"ready\n")
    log.trim()
    assert list(log.new_lines())[-1] == "ready"
    log.trim()
    assert os.fstat(log.file.fileno()).st_size == 0


def test_even_an_awaited_line_has_its_bounds(log: Log) -> None:
    log.awaited = True
    os.ftruncate(log.file.fileno(), MAX_UNREAD_BYTES + 1)
    log.trim()
    assert os.fstat(log.file.fileno()).st_size == 0


def test_a_service_may_cut_its_own_output(log: Log) -> None:
    write(log, b"a long first line\n")
    assert list(log.new_lines()) == ["a long first line"]
    subprocess.run(["sh", "-c", "echo ready > /dev/stdout"], stdout=log.file, check=True)
    assert list(log.new_lines()) == ["ready"]
    assert log.tail() == "ready"
