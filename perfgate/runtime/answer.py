"""Reads answers of HTTP/1.1 as they arrive. Pure: no sockets, no clock.

Bodies are counted and thrown away. Whatever a server sends, the reader ends in a state, never in an exception.
"""

import re
from collections.abc import Callable

from perfgate.runtime.http import Outcome

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 64 * 1024 * 1024

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n]*)?")
# Headers that decide where an answer ends, and whether another one may follow on the same connection.
_FRAMING = re.compile(rb"\n(content-length|transfer-encoding|connection|keep-alive)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_KEPT_FOR = re.compile(rb"timeout[ \t]*=[ \t]*\"?(\d{1,6})")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?", re.DOTALL)


class Answer:
    """Reads one answer from pieces as they arrive; `expect` makes it ready for the next.

    `status` is 0 until the head is complete. `outcome` is OK unless the answer cannot be read; `problem` then says why.
    `reusable`: the connection may carry another request. `kept` is for how many seconds the server says it keeps an
    idle connection. `size` is the length of the body so far.
    """

    __slots__ = (
        "_at", "_begun", "_body_limit", "_buffer", "_head_limit", "_head_only", "_left", "_step", "_until_close",
        "kept", "outcome", "problem", "reusable", "size", "status",
    )  # fmt: skip

    def __init__(self, *, head_limit: int = HEAD_LIMIT, body_limit: int = BODY_LIMIT) -> None:
        self._head_limit = head_limit
        self._body_limit = body_limit
        self.expect()

    def expect(self, method: str = "GET") -> None:
        """Forget the answer before; the next one is to a request of `method`."""
        # What reads on, and returns False when it needs more; None: the answer is complete, or cannot be read.
        self._step: Callable[[], bool] | None = self._read_head
        self._head_only = method == "HEAD"
        self._until_close = False
        self._begun = False
        self._buffer = b""
        self._at = 0
        self._left = 0
        self.size = 0
        self.status = 0
        self.outcome = Outcome.OK
        self.problem = ""
        self.reusable = True
        self.kept: int | None = None

    def feed(self, data: bytes) -> bool:
        """Take what arrived; True when the answer is complete or cannot be read."""
        self._begun = True
        self._buffer = self._buffer[self._at :] + data if self._at < len(self._buffer) else data
        self._at = 0
        while self._step is not None and self._step():
            pass
        if self._step is None and self._at < len(self._buffer):
            # Bytes that nobody asked for would be taken for the answer to the next request.
            self.reusable = False
        return self._step is None

    def end(self) -> None:
        """The server closed the connection: the end of the answer where nothing else marks it, else an error."""
        self.reusable = False
        if self._until_close:
            self._step = None
        elif self._step is not None:
            read = f"after {self.size:,} bytes of the body" if self.status else "before the end of the headers"
            self._fail(Outcome.CLOSED, f"closed {read}" if self._begun else "closed without an answer")

    def _read_head(self) -> bool:
        buffer = self._buffer
        start = self._at
        end = buffer.find(b"\r\n\r\n", start)
        line = _STATUS_LINE.match(buffer, start)
        if line is None or not buffer.startswith(b"\r\n", line.end()):
            return self._doubtful_head(buffer[start:])
        if (end if end >= 0 else len(buffer)) - start > self._head_limit:
            return self._fail(Outcome.TOO_LARGE, f"headers of over {self._head_limit:,} bytes")
        if end < 0:
            return False
        self._at = end + 4
        status = int(line[2])
        if 100 <= status < 200 and status != 101:
            return True
        self.status = status
        return self._frame(status, line[1] == b"1", _FRAMING.findall(buffer, line.end(), end))

    def _doubtful_head(self, head: bytes) -> bool:
        """A head without a complete status line: it may be on its way, or never come."""
        start = b"HTTP/1."
        possible = head.startswith(start) if len(head) >= len(start) else start.startswith(head)
        line, ended, _ = head.partition(b"\n")
        if not possible or ended:
            return self._fail(Outcome.MALFORMED, f"the first line is {line[:60]!r}")
        if len(head) > self._head_limit:
            return self._fail(Outcome.TOO_LARGE, f"headers of over {self._head_limit:,} bytes")
        return False

    def _frame(self, status: int, persistent: bool, headers: list[tuple[bytes, bytes]]) -> bool:
        """Decide where the body ends (RFC 9112, 6.3)."""
        length: int | None = None
        coding = b""
        for name, raw in headers:
            value = raw.strip().lower()
            kind = name.lower()
            if kind == b"content-length":
                for number in map(bytes.strip, value.split(b",")):
                    if not number.isdigit() or len(number) > 15 or length not in (None, int(number)):
                        return self._fail(Outcome.MALFORMED, f"content-length is {raw[:60]!r}")
                    length = int(number)
            elif kind == b"connection":
                options = [option.strip() for option in value.split(b",")]
                persistent = b"close" not in options and (persistent or b"keep-alive" in options)
            elif kind == b"transfer-encoding":
                coding = value
            elif (kept := _KEPT_FOR.search(value)) is not None:
                self.kept = int(kept[1])
        # A length beside a coding means that someone on the way may read the message differently (RFC 9112, 6.1).
        self.reusable = persistent and status != 101 and not (coding and length is not None)
        if self._head_only or status in (101, 204, 304):
            self._step = None
        elif coding.rsplit(b",", 1)[-1].strip() == b"chunked":
            self._step = self._read_chunk_size
        elif coding or length is None:
            self._until_close = True
            self._step = self._read_until_close
        else:
            self._left = length
            if length > self._body_limit:
                return self._fail(Outcome.TOO_LARGE, f"a body of {length:,} bytes")
            self._step = self._read_length if length else None
        return True

    def _read_length(self) -> bool:
        self._take()
        if self._left == 0:
            self._step = None
        return False

    def _read_until_close(self) -> bool:
        self.size += len(self._buffer) - self._at
        self._at = len(self._buffer)
        if self.size > self._body_limit:
            self._fail(Outcome.TOO_LARGE, f"a body of over {self._body_limit:,} bytes")
        return False

    def _read_chunk_size(self) -> bool:
        line = self._line("size of a chunk")
        if line is None:
            return False
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            return self._fail(Outcome.MALFORMED, f"the size of a chunk is {line[:60]!r}")
        self._left = int(size[1], 16)
        if self.size + self._left > self._body_limit:
            return self._fail(Outcome.TOO_LARGE, f"a body of over {self._body_limit:,} bytes")
        self._step = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        self._take()
        if self._left:
            return False
        self._step = self._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        end = self._buffer[self._at : self._at + 2]
        if not b"\r\n".startswith(end):
            return self._fail(Outcome.MALFORMED, f"after a chunk comes {end!r}")
        if len(end) < 2:
            return False
        self._at += 2
        self._step = self._read_chunk_size
        return True

    def _read_trailer(self) -> bool:
        line = self._line("trailer")
        if line is None:
            return False
        self._left += len(line)
        if self._left > self._head_limit:
            return self._fail(Outcome.TOO_LARGE, f"trailers of over {self._head_limit:,} bytes")
        if not line:
            self._step = None
        return True

    def _line(self, what: str) -> bytes | None:
        """The next line without its end, or None when it is not complete; one that does not end is an error."""
        end = self._buffer.find(b"\n", self._at)
        if (end if end >= 0 else len(self._buffer)) - self._at > self._head_limit:
            self._fail(Outcome.TOO_LARGE, f"a {what} of over {self._head_limit:,} bytes")
            return None
        if end < 0:
            return None
        line = self._buffer[self._at : end]
        if not line.endswith(b"\r"):
            self._fail(Outcome.MALFORMED, f"a {what} ends without a carriage return: {line[:60]!r}")
            return None
        self._at = end + 1
        return line[:-1]

    def _take(self) -> None:
        """Count off as much of the body as is there."""
        taken = min(len(self._buffer) - self._at, self._left)
        self.size += taken
        self._left -= taken
        self._at += taken

    def _fail(self, outcome: Outcome, problem: str) -> bool:
        self._step = None
        self._at = len(self._buffer)
        self.outcome = outcome
        self.problem = problem
        self.reusable = False
        return False
