"""Requests in blocks against real servers: each is sent once, and each wrong answer is counted by its kind."""

import time
from collections import Counter

import pytest

from perfgate.errors import ConfigError
from perfgate.runtime.blocks import Block, Blocks
from perfgate.runtime.http import Request, Target
from tests.answering import OK, answering

GET = Request("GET /", path="/")
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("tls", [False, True])
def test_connections_stay_open_from_block_to_block(tls: bool) -> None:
    with answering(OK, tls=tls) as server:
        target = Target(server.host, server.port, tls=tls, verify=False)
        with Blocks(target, [GET], connections=4) as blocks:
            assert [blocks.ask(50), blocks.ask(30)] == [Block(50, Counter()), Block(30, Counter())]
    assert len(server.requests) == 80
    assert 1 <= server.connections <= 4


def test_routes_take_turns_by_weight_and_go_on_in_the_next_block() -> None:
    often, seldom = Request("GET /a", path="/a", weight=3), Request("GET /b", path="/b")
    with answering(OK) as server, Blocks(Target(server.host, server.port), [often, seldom], connections=1) as blocks:
        blocks.ask(6)
        blocks.ask(6)
    paths = [request.split()[1] for request in server.requests]
    assert Counter(paths) == {b"/a": 9, b"/b": 3}
    assert Counter(paths[4:8]) == {b"/a": 3, b"/b": 1}


def test_wrong_answers_are_counted_by_kind() -> None:
    def reply(number: int) -> bytes | int | None:
        return {1: NOT_FOUND, 2: None, 3: 0, 4: b"nonsense\r\n\r\n"}.get(number, OK)

    with answering(reply) as server, Blocks(Target(server.host, server.port), [GET], connections=1) as blocks:
        block = blocks.ask(10)
        assert blocks.ask(5).wrong == Counter()
    assert block.asked == 10
    # The second was closed on a connection that had carried another: sent once more, and then reset on a new one.
    assert block.wrong == {"GET /: status 404": 1, "GET /: connection reset": 1, "GET /: not an HTTP answer": 1}
    assert len(server.requests) == 16


def test_statuses_that_are_right_for_a_route() -> None:
    expected = Request("GET /", path="/", statuses=frozenset({404}))
    with answering(NOT_FOUND) as server, Blocks(Target(server.host, server.port), [expected], connections=2) as blocks:
        assert blocks.ask(4).wrong == Counter()


def test_a_server_that_closes_each_connection_unannounced() -> None:
    with answering(OK, ends=True) as server, Blocks(Target(server.host, server.port), [GET], connections=3) as blocks:
        assert blocks.ask(9) == Block(9, Counter())
    assert server.connections >= 9


def test_a_server_that_is_gone_or_silent_is_given_up() -> None:
    with answering(OK) as server:
        target = Target(server.host, server.port)
    with Blocks(target, [GET], connections=2) as blocks:
        assert blocks.ask(5).wrong == {"GET /: connection refused": 5}
    with (
        answering(OK, delay=1) as server,
        Blocks(Target(server.host, server.port), [GET], connections=2, timeout=0.1) as blocks,
    ):
        assert blocks.ask(2).wrong == {"GET /: no answer in time": 2}


def test_no_request_is_begun_once_the_time_is_over() -> None:
    with answering(OK, delay=0.05) as server, Blocks(Target(server.host, server.port), [GET], connections=3) as blocks:
        block = blocks.ask(1000, time.monotonic() - 1)
    assert block == Block(3, Counter())


def test_what_cannot_be_sent_is_refused_before_the_first_block() -> None:
    with pytest.raises(ConfigError):
        Blocks(Target("127.0.0.1", 9), [Request("GET", path="/a b")], connections=1)
