"""Base and head in turns, on tiny real services: what is compared, what is not, and what each fork is made of."""

import math
import random
from collections import Counter
from pathlib import Path

import pytest

from perfgate.analyzers.paired import CPU, WALL
from perfgate.analyzers.paired.answers import BASE, HEAD, Asked, by_route, difference
from perfgate.analyzers.paired.comparing import Outcome, compare, comparisons
from perfgate.config.running import Compare, Ready, Route, Running, Start
from perfgate.report.model import Paired
from perfgate.runtime import processes
from perfgate.runtime.connection import Exchange
from perfgate.runtime.deadline import FOREVER, Deadline
from perfgate.runtime.http import Outcome as Ended
from tests.running import files

QUICK = Compare(how="paired", requests=20, warm_up=5)

# Answers each route after the milliseconds of work that `COSTS` says; a negative number is a status instead.
SERVICE = """
const COSTS = {%s};
let asked = 0;
require("node:http").createServer((request, response) => {
  const cost = COSTS[request.url];
  if (cost === undefined) return response.writeHead(404).end();
  if (cost < 0 && ++asked %% 3 === 0) return response.writeHead(-cost).end();
  const begun = process.hrtime.bigint();
  while (process.hrtime.bigint() - begun < BigInt(Math.round(Math.max(cost, 0) * 1e6)));
  response.end("ok");
}).listen(process.argv[2] || process.env.PORT, "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
"""


def a_side(root: Path, **costs: float) -> Path:
    table = ", ".join(f'"/{name}": {cost}' for name, cost in costs.items())
    return files(root, main_js=SERVICE % table)


def a_service(*routes: str, **start: object) -> Running:
    plan = Start(**{"argv": ("node", "main.js"), **start})  # type: ignore[arg-type]  # parts of a plan
    return Running(start=plan, routes=tuple(Route(path) for path in routes))


def compared(
    head: Path, base: Path, running: Running, forks: int = 1, limit: float = 5, deadline: Deadline = FOREVER
) -> Outcome:
    return compare(
        head,
        base,
        {"shop": running},
        QUICK,
        limits=lambda _service, _metric: limit,
        base_commit="a" * 40,
        most_forks=forks,
        deadline=deadline,
    )


def only(outcome: Outcome) -> Paired:
    return outcome.services["shop"]


# What is compared


def test_a_slower_route_shows_in_both_metrics_and_the_other_does_not(tmp_path: Path) -> None:
    base = a_side(tmp_path / "base", same=0.5, worse=0.5)
    head = a_side(tmp_path / "head", same=0.5, worse=3.5)
    found = only(compared(head, base, a_service("/same", "/worse"), forks=3))
    assert (found.forks, found.base_commit, found.partial, found.notes) == (3, "a" * 40, False, ())
    changes = {(one.route, one.metric): one for one in found.comparisons}
    metrics = [WALL, CPU] if processes.has_processor_clock() else [WALL]
    assert sorted(changes) == sorted((route, metric) for route in ("GET /same", "GET /worse") for metric in metrics)
    for metric in metrics:
        worse, same = changes["GET /worse", metric], changes["GET /same", metric]
        assert len(worse.differences) == 3
        assert min(worse.differences) > math.log(2)
        assert max(map(abs, same.differences)) < math.log(2)
        assert worse.head > 2 * worse.base > 0


def test_measuring_ends_at_the_first_look_that_decides_all(tmp_path: Path) -> None:
    side = a_side(tmp_path, work=1)
    found = only(compared(side, side, a_service("/work"), forks=24, limit=400))
    assert found.forks == 8


def test_where_no_route_is_named_what_tells_that_it_is_ready_is_asked(tmp_path: Path) -> None:
    side = a_side(tmp_path, health=0.2)
    found = only(compared(side, side, a_service(ready=Ready("url", "/health"))))
    assert {one.route for one in found.comparisons} == {"GET /health"}


def test_a_port_that_is_handed_over_in_the_arguments_differs_between_the_sides(tmp_path: Path) -> None:
    side = a_side(tmp_path, work=0.2)
    found = only(compared(side, side, a_service("/work", argv=("node", "main.js", "{port}"), port=3999)))
    assert found.comparisons


@pytest.mark.skipif(not processes.has_processor_clock(), reason="the processor time of others cannot be read here")
def test_the_processor_time_of_workers_counts(tmp_path: Path) -> None:
    main = 'const c = require("node:cluster"); if (c.isPrimary) { c.fork(); } else { require("./worker.js"); }'
    table = '"/work": 2'
    side = files(tmp_path, main_js=main, worker_js=SERVICE % table)
    found = only(compared(side, side, a_service("/work", stop=0)))
    cpu = next(one for one in found.comparisons if one.metric == CPU)
    assert cpu.base > 0.5
    assert abs(cpu.differences[0]) < math.log(2)


# What is not


def test_a_route_that_the_base_does_not_know_is_new(tmp_path: Path) -> None:
    base, head = a_side(tmp_path / "base", old=0.2), a_side(tmp_path / "head", old=0.2, added=0.2)
    found = only(compared(head, base, a_service("/old", "/added")))
    assert {one.route for one in found.comparisons} == {"GET /old"}
    assert found.notes == ("GET /added: new: the base does not know it (status 404), so there is nothing to compare",)


def test_a_head_that_errs_often_is_not_compared(tmp_path: Path) -> None:
    base, head = a_side(tmp_path / "base", flaky=0.2), a_side(tmp_path / "head", flaky=-500)
    found = only(compared(head, base, a_service("/flaky")))
    assert found.comparisons == ()
    assert found.notes[0].startswith("GET /flaky: ")
    assert "answers of the head were wrong (status 500), so it is not compared" in found.notes[0]


def test_a_head_that_never_answers_rightly_ends_the_measurement_at_once(tmp_path: Path) -> None:
    base, head = a_side(tmp_path / "base", gone=0.2), a_side(tmp_path / "head")
    found = only(compared(head, base, a_service("/gone"), forks=24))
    assert (found.forks, found.comparisons) == (1, ())
    assert "the head does not answer it rightly (status 404)" in found.notes[0]


def test_a_base_that_does_not_start_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    outcome = compared(a_side(tmp_path / "head", work=0.2), tmp_path / "base", a_service("/work"))
    assert only(outcome).comparisons == ()
    assert only(outcome).notes[0].startswith("the base could not be measured: the base of shop ended with status 1")
    assert outcome.failed == {}
    assert "Cannot find module" in outcome.logs["shop"]


def test_a_head_that_does_not_start_fails_and_the_next_service_is_measured(tmp_path: Path) -> None:
    base, head = a_side(tmp_path / "base", work=0.2), files(tmp_path / "head", main_js='throw new Error("no config")')
    files(head, other_js=(base / "main.js").read_bytes())
    files(base, other_js=(base / "main.js").read_bytes())
    services = {"shop": a_service("/work"), "other": a_service("/work", argv=("node", "other.js"))}
    outcome = compare(head, base, services, QUICK, limits=lambda _s, _m: 5, most_forks=1)
    assert list(outcome.failed) == ["shop"]
    assert "no config" in outcome.logs["shop"]
    assert outcome.services["other"].comparisons


def test_one_port_for_both_sides_is_refused_with_what_to_do(tmp_path: Path) -> None:
    outcome = compared(tmp_path, tmp_path, a_service("/", port=3999))
    assert "cannot both listen on port 3999: leave out `port`" in only(outcome).notes[0]
    assert (only(outcome).forks, outcome.failed) == (0, {})


def test_when_the_time_is_over_what_was_measured_stays_and_is_marked(tmp_path: Path) -> None:
    side = a_side(tmp_path, work=0.2)
    times = iter([0.0, 0.0, 0.0, *[1e9] * 100])
    found = only(compared(side, side, a_service("/work"), forks=24, deadline=Deadline(1000, clock=lambda: next(times))))
    assert found.partial
    assert 1 <= found.forks < 8
    assert len(found.comparisons[0].differences) == found.forks
    assert found.notes == (f"the time was over after {found.forks} of at most 24 forks",)


def test_how_many_comparisons_there_are_is_known_before_the_first_fork() -> None:
    services = {"a": a_service("/1", "/2"), "b": a_service(), "c": a_service("/1", port=80)}
    assert comparisons(services) == 3 * (2 if processes.has_processor_clock() else 1)


# What a fork is made of


def _asked(route: int, side: int, before: int, latency: float | None) -> Asked:
    outcome = Ended.OK if latency else Ended.STATUS
    return Asked(route, side, before, Exchange(outcome, 200, latency, "" if latency else "status 500"))


def test_a_request_is_charged_with_what_its_side_does_until_the_next_one() -> None:
    asked = [
        _asked(0, BASE, 0, 1.0),
        _asked(0, HEAD, 100_000_000, 2.0),
        _asked(1, HEAD, 104_000_000, 6.0),
        _asked(1, BASE, 3_000_000, 5.0),
    ]
    first, second = by_route(asked, (10_000_000, 109_000_000), 2)
    assert (first.wall, first.cpu) == (((1.0, 2.0),), ((3.0, 4.0),))
    assert (second.wall, second.cpu) == (((5.0, 6.0),), ((7.0, 5.0),))


def test_a_pair_with_a_wrong_answer_is_not_used_for_anything() -> None:
    asked = [
        _asked(0, BASE, 0, 1.0),
        _asked(0, HEAD, 0, None),
        _asked(0, HEAD, 9_000_000, 3.0),
        _asked(0, BASE, 9_000_000, 3.0),
    ]
    (found,) = by_route(asked, (12_000_000, 12_000_000), 1)
    assert (found.wall, found.cpu, found.asked) == (((3.0, 3.0),), ((3.0, 3.0),), 2)
    assert found.wrong == (Counter(), Counter({"status 500": 1}))


def test_a_time_that_could_not_be_read_takes_both_requests_beside_it_away() -> None:
    asked = [Asked(0, side, None, Exchange(Ended.OK, 200, 1.0)) for side in (BASE, HEAD)]
    (found,) = by_route(asked, (5, 5), 1)
    assert (found.wall, found.cpu) == (((1.0, 1.0),), ())


def test_swapping_the_sides_changes_the_sign_of_a_difference_and_nothing_else() -> None:
    rng = random.Random(7)  # noqa: S311  # chance, not secrecy
    pairs = [(rng.uniform(1, 2), rng.uniform(1, 2)) for _ in range(25)]
    one, other = difference(pairs, 25), difference([(head, base) for base, head in pairs], 25)
    assert one is not None
    assert other is not None
    assert one.log_ratio == pytest.approx(-other.log_ratio)
    assert (one.base, one.head) == (other.head, other.base)


@pytest.mark.parametrize(("usable", "asked", "used"), [(10, 20, True), (9, 20, False), (4, 4, False)])
def test_a_route_of_which_little_is_left_has_no_difference(usable: int, asked: int, used: bool) -> None:
    assert (difference([(1.0, 1.0)] * usable, asked) is not None) is used
