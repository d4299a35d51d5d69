"""What a service writes: a file without a name, of which the end is kept, read as text that can be shown."""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator

TAIL_LINES = 50
MAX_BYTES = 8 * 1024 * 1024
MAX_UNREAD_BYTES = 64 * 1024 * 1024
_TAIL_BYTES = 64 * 1024
_PIECE = 256 * 1024
_LONGEST_LINE = 500
# Shorter ones are words such as `true`, and no secrets.
_SHORTEST_SECRET = 8
# ECMA-48: control sequences (colours), strings (titles, links), and escapes of one character.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Log:
    """The output of one service. `secrets` are not shown.

    What is read is text of lines without control characters, but still what somebody else wrote: who shows it makes it inert.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.file = tempfile.TemporaryFile(buffering=0, prefix="perfgate-")  # noqa: SIM115  # closed by `close`
        # What the service writes goes behind what is there, also when the file was cut meanwhile.
        flags = fcntl.fcntl(self.file.fileno(), fcntl.F_GETFL)
        fcntl.fcntl(self.file.fileno(), fcntl.F_SETFL, flags | os.O_APPEND)
        self._secrets = sorted({one for one in secrets if len(one) >= _SHORTEST_SECRET}, key=len, reverse=True)
        # Whether somebody still wants `new_lines`.
        self.awaited = False
        self._seen = 0
        self._rest = b""
        self._cut_off = b""

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines; nothing once it is closed."""
        if self.file.closed:
            return ""
        written = self._shown(self._end()).strip("\n").split("\n")[-lines:]
        return "\n".join(line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in written)

    def new_lines(self) -> Iterator[str]:
        """What was written since the last call, in lines; the last one waits until its end has been written."""
        size = os.fstat(self.file.fileno()).st_size
        if size < self._seen:  # a service can cut its own output: `echo > /dev/stdout`
            self._seen, self._rest = 0, b""
        while self._seen < size and (piece := os.pread(self.file.fileno(), _PIECE, self._seen)):
            self._seen += len(piece)
            lines, end, rest = (self._rest + piece).rpartition(b"\n")
            self._rest = rest[-_PIECE:]
            if end:
                yield from self._shown(lines).split("\n")

    def trim(self) -> None:
        """Keep only the end of what has become large. An awaited line may be in what was not read yet: that may be more."""
        size = os.fstat(self.file.fileno()).st_size
        if size > (MAX_UNREAD_BYTES if self.awaited and self._seen < size else MAX_BYTES):
            self._cut_off = self._end()
            os.ftruncate(self.file.fileno(), 0)
            self._seen = 0

    def close(self) -> None:
        self.file.close()

    def _end(self) -> bytes:
        """The last bytes, from the beginning of a line where there is one."""
        size = os.fstat(self.file.fileno()).st_size
        content = os.pread(self.file.fileno(), _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        if size <= _TAIL_BYTES:
            content = (self._cut_off + content)[-_TAIL_BYTES:]
        if size + len(self._cut_off) > _TAIL_BYTES and b"\n" in content[:-1]:
            content = content[content.index(b"\n") + 1 :]
        return content

    def _shown(self, content: bytes) -> str:
        text = content.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        text = _CONTROLS.sub("", _ESCAPES.sub("", text))
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text
