"""Response times of real services: what has a value, what has none and why, and what a deadline leaves."""

from pathlib import Path
from typing import Any

import pytest

from perfgate.analyzers.response.analysis import analyze
from perfgate.config.running import Load, Route, Running
from perfgate.report.document import Part
from perfgate.report.model import NotMeasured, Response
from perfgate.runtime.deadline import FOREVER, Deadline
from tests.services import plan, python

QUICK = Load(rate=100, seconds=1, warm_up=5, timeout=2)
SOMETIMES = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, asked = "HTTP/1.1", 0
    def do_GET(self):
        Handler.asked += 1
        self.send_response(503 if self.path == "/tired" and Handler.asked % 4 == 0 else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def node(script: str = "steady.js", *routes: Route, load: Load = QUICK, **parts: Any) -> Running:
    return Running(plan(script, **parts), routes or (Route("/health"), Route("/orders", weight=3)), load)


def measured(root: Path, deadline: Deadline = FOREVER, **services: Running) -> Part:
    return analyze(root, services, deadline=deadline)


def values(part: Part, service: str = "api") -> dict[str, float]:
    return {metric.id: metric.value for metric in part.metrics if metric.service == service}


def missing(part: Part, service: str = "api") -> dict[str, NotMeasured]:
    return {one.id: one for one in part.not_measured if one.service == service}


def test_a_service_has_times_by_route_in_the_order_of_their_size(tmp_path: Path) -> None:
    part = measured(tmp_path, api=node(load=Load(rate=100, seconds=2, warm_up=5)))
    found = values(part)
    assert part.not_measured == ()
    assert 0 < found["response.p50"] <= found["response.p95"] <= found["response.p99"]
    assert found["response.errorRate"] == 0
    assert 0 < found["response.cpu"] < 100
    details: Response = part.details["api"]
    assert [(route.name, route.requests) for route in details.routes] == [("GET /health", 50), ("GET /orders", 150)]
    assert (details.requests, details.timestamps, details.partial) == (200, "kernel", False)
    assert details.ready is not None
    assert details.ready > 0
    (mean,) = (metric for metric in part.metrics if metric.id == "response.mean")
    assert len(mean.samples or ()) == 2


def test_a_run_of_wrong_answers_is_no_fast_run(tmp_path: Path) -> None:
    part = measured(tmp_path, api=node("answers-500.js"))
    assert values(part) == {"response.errorRate": 100}
    assert set(missing(part)) >= {"response.mean", "response.p95", "response.cpu", "response.score"}
    reason = missing(part)["response.mean"]
    assert reason.failed
    assert reason.reason == "100 of 100 requests failed: wrong status ×100"


@pytest.mark.parametrize(("weight", "known"), [(1, True), (100, False)])
def test_a_few_wrong_answers_are_counted_and_many_leave_no_times(weight: int, known: bool, tmp_path: Path) -> None:
    routes = (Route("/", weight=20), Route("/tired", weight=weight))
    part = measured(tmp_path, api=Running(python(SOMETIMES), routes, QUICK))
    found = values(part)
    assert found["response.errorRate"] > 0
    assert ("response.mean" in found) == known


@pytest.mark.parametrize(
    ("service", "reason", "log"),
    [
        (node("never-ready.js", timeout=0.3), "was not ready after 0.3 s", "waiting for the database"),
        (node("dies-midway.js"), "ended with status 3 while it was measured", "out of orders"),
        (node("ignores-sigterm.js", stop=0.3), "did not end within 0.3 s of SIGTERM", "listening"),
    ],
)
def test_a_service_that_fails_says_why_and_does_not_stop_the_others(
    service: Running, reason: str, log: str, tmp_path: Path
) -> None:
    part = measured(tmp_path, bad=service, good=node())
    assert {metric.service for metric in part.metrics} == {"good"}
    for entry in missing(part, "bad").values():
        assert entry.failed
        assert reason in entry.reason
        assert log in (entry.log or "")


def test_each_service_has_its_share_of_the_time(tmp_path: Path) -> None:
    slow = node(load=Load(rate=50, seconds=60, warm_up=5))
    part = measured(tmp_path, Deadline.after(6), api=slow, web=slow)
    for name in ("api", "web"):
        details: Response = part.details[name]
        assert details.partial
        assert any("cut short" in note for note in details.notes)
        assert "response.mean" in values(part, name)


def test_no_time_at_all_is_not_measured(tmp_path: Path) -> None:
    part = measured(tmp_path, Deadline.after(0), api=node())
    assert part.metrics == ()
    assert "no time was left" in missing(part)["response.mean"].reason
