"""Requests are written, and answers read, however the network cuts them into pieces."""

import http.client
import io
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.errors import ConfigError
from perfgate.runtime.answer import Answer
from perfgate.runtime.http import Outcome, Request, Target, encode


class Seen(NamedTuple):
    outcome: Outcome
    status: int
    size: int
    reusable: bool
    kept: int | None
    complete: bool


def read(*pieces: bytes, method: str = "GET", closed: bool = False, head_limit: int = 65_536) -> Seen:
    answer = Answer(head_limit=head_limit, body_limit=1_000_000)
    answer.expect(method)
    complete = False
    for piece in pieces:
        complete = answer.feed(piece)
    if closed:
        answer.end()
        complete = answer.outcome is Outcome.OK
    return Seen(answer.outcome, answer.status, answer.size, answer.reusable, answer.kept, complete)


ANSWERS = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Seen(Outcome.OK, 200, 5, True, None, True)),
    "empty": (b"HTTP/1.1 201 Created\r\ncontent-length:0\r\n\r\n", Seen(Outcome.OK, 201, 0, True, None, True)),
    "no reason": (b"HTTP/1.1 404 \r\nContent-Length: 1\r\n\r\nx", Seen(Outcome.OK, 404, 1, True, None, True)),
    "no blank": (b"HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx", Seen(Outcome.OK, 500, 1, True, None, True)),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA \r\n0123456789\r\n0\r\n\r\n",
        Seen(Outcome.OK, 200, 15, True, None, True),
    ),
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n",
        Seen(Outcome.OK, 200, 1, True, None, True),
    ),
    "204": (b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", Seen(Outcome.OK, 204, 0, True, None, True)),
    "304 with a length": (
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        Seen(Outcome.OK, 304, 0, True, None, True),
    ),
    "interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        Seen(Outcome.OK, 200, 1, True, None, True),
    ),
    "close": (
        b"HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\nx",
        Seen(Outcome.OK, 200, 1, False, None, True),
    ),
    "kept": (
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5, max=9\r\nContent-Length: 1\r\n\r\nx",
        Seen(Outcome.OK, 200, 1, True, 5, True),
    ),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", Seen(Outcome.OK, 200, 1, False, None, True)),
    "HTTP/1.0 kept": (
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
        Seen(Outcome.OK, 200, 1, True, None, True),
    ),
    "same length twice": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1, 1\r\n\r\nx",
        Seen(Outcome.OK, 200, 1, True, None, True),
    ),
    "length beside chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        Seen(Outcome.OK, 200, 1, False, None, True),
    ),
    "a second answer": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n",
        Seen(Outcome.OK, 200, 1, False, None, True),
    ),
    "length in another header": (
        b"HTTP/1.1 200 OK\r\nX-Content-Length: 7\r\nA: Content-Length: 8\r\nContent-Length: 1\r\n\r\nx",
        Seen(Outcome.OK, 200, 1, True, None, True),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_the_same_wherever_it_is_cut(name: str) -> None:
    data, expected = ANSWERS[name]
    assert read(data) == expected
    assert read(*(data[i : i + 1] for i in range(len(data)))) == expected
    for cut in range(1, len(data)):
        assert read(data[:cut], data[cut:]) == expected


def test_nothing_but_the_head_answers_a_head_request() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    assert read(data, method="HEAD") == Seen(Outcome.OK, 200, 0, True, None, True)
    assert not read(data).complete


def test_without_a_length_the_closing_is_the_end() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
    assert not read(data).complete
    assert read(data, closed=True) == Seen(Outcome.OK, 200, 5, False, None, True)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"", Outcome.CLOSED),
        (b"HTTP/1.1 20", Outcome.CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", Outcome.CLOSED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", Outcome.CLOSED),
        (b"SSH-2.0-OpenSSH_9\r\n", Outcome.MALFORMED),
        (b"HTTP/2 200\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 2000 OK\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx", Outcome.MALFORMED),
        (b"\x15\x03\x01\x00\x02\x02\x28", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n", Outcome.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n", Outcome.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", Outcome.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_001, Outcome.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000, Outcome.TOO_LARGE),
        (b"HTTP/1.1 200 " + b"x" * 70_000, Outcome.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 70_000, Outcome.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 20_000, Outcome.TOO_LARGE),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_an_exception(data: bytes, outcome: Outcome) -> None:
    for pieces in ([data], [data[: len(data) // 2], data[len(data) // 2 :]]):
        seen = read(*pieces, closed=True)
        assert (seen.outcome, seen.reusable, seen.complete) == (outcome, False, False)


@given(st.lists(st.binary(max_size=60), max_size=6), st.sampled_from(["GET", "HEAD"]))
def test_no_bytes_at_all_make_it_raise(pieces: list[bytes], method: str) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        assert isinstance(read(start, *pieces, method=method, closed=True).outcome, Outcome)


BODIES = st.binary(max_size=300)
HEADERS = st.lists(
    st.tuples(
        st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True), st.from_regex(r"[!-~ ]{0,20}", fullmatch=True)
    ),
    max_size=4,
)


@given(BODIES, HEADERS, st.sampled_from(["length", "chunked", "close"]), st.data())
def test_it_reads_what_the_standard_library_reads(
    body: bytes, headers: list[tuple[str, str]], framing: str, data: st.DataObject
) -> None:
    extra = "".join(f"X-{name}: {value}\r\n" for name, value in headers).encode()
    head = b"HTTP/1.1 200 OK\r\n" + extra
    if framing == "length":
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    elif framing == "close":
        whole = head + b"\r\n" + body
    else:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=4)))
        chunks = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
        written = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
        whole = head + b"Transfer-Encoding: chunked\r\n\r\n" + written + b"0\r\n\r\n"
    cut = data.draw(st.integers(0, len(whole)))
    seen = read(whole[:cut], whole[cut:], closed=framing == "close")
    assert (seen.outcome, seen.status, seen.size, seen.complete) == (Outcome.OK, 200, len(_by_library(whole)), True)


def _by_library(whole: bytes) -> bytes:
    class Wire:
        def makefile(self, mode: str) -> io.BytesIO:
            return io.BytesIO(whole)

    response = http.client.HTTPResponse(Wire())  # type: ignore[arg-type]
    response.begin()
    with response:
        return response.read()


def test_a_request_as_it_is_written() -> None:
    request = Request("x", "POST", "/a?b=c", (("X-A", "b"), ("accept", "text/plain")), b"{}")
    assert encode(request, Target("127.0.0.1", 8080)) == (
        b"POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: perfgate\r\nContent-Length: 2\r\n"
        b"X-A: b\r\naccept: text/plain\r\n\r\n{}"
    )
    assert b"\r\nContent-Length: 0\r\n" in encode(Request("x", "POST"), Target("h", 80))
    assert b"Content-Length" not in encode(Request("x"), Target("h", 80))
    assert b"\r\nConnection: close\r\n" in encode(Request("x"), Target("h", 80), keep_alive=False)


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (Target("::1", 8080), "[::1]:8080"),
        (Target("localhost", 80), "localhost"),
        (Target("localhost", 443, tls=True), "localhost"),
        (Target("localhost", 80, tls=True), "localhost:80"),
    ],
)
def test_the_name_of_the_host(target: Target, host: str) -> None:
    assert f"\r\nHost: {host}\r\n".encode() in encode(Request("x"), target)


@pytest.mark.parametrize(
    "request_",
    [
        Request("x", "GE T"),
        Request("x", path="/a b"),
        Request("x", path="/ä"),
        Request("x", path=""),
        Request("x", path="/\r\nX: y"),
        Request("x", headers=(("A", "b\r\nC: d"),)),
        Request("x", headers=(("A b", "c"),)),
        Request("x", headers=(("Content-Length", "3"),)),
        Request("x", headers=(("Connection", "close"),)),
    ],
)
def test_what_cannot_stand_in_a_request_is_refused(request_: Request) -> None:
    with pytest.raises(ConfigError, match=r"^x: "):
        encode(request_, Target("h", 80))


def test_right_answers() -> None:
    assert [status for status in (199, 200, 399, 400, 500) if Request("x").accepts(status)] == [200, 399]
    assert [s for s in (200, 401) if Request("x", statuses=frozenset({401})).accepts(s)] == [401]
