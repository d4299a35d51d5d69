"""Memory of real services: figures that do not depend on how they are started, leaks that are found, failures that are told."""

import json
import sys
from collections import Counter
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from perfgate.analyzers.memory.analysis import analyze
from perfgate.analyzers.memory.explaining import explained
from perfgate.analyzers.memory.judging import judge, lost
from perfgate.analyzers.memory.samples import Sample, Taken
from perfgate.config.running import MemoryLoad, Ready, Route, Running, Start
from perfgate.report.document import Part
from perfgate.report.model import Memory, NotMeasured
from perfgate.runtime.deadline import FOREVER, Deadline
from tests.services import PNPM

MIB = 1024 * 1024
SERVER = """
const http = require('http');
class Session { constructor(n) { this.data = new Array(n).fill(0).map((_, i) => i * 1.5) } }
const kept = [];
let asked = 0;
http.createServer((request, answer) => {
  asked += 1;
  if (request.url === '/leak') kept.push(new Session(1000));
  if (request.url === '/hold') kept.push(() => asked);
  if (request.url === '/die' && asked > 30) { console.log('out of cheese'); process.exit(7) }
  answer.statusCode = request.url === '/missing' || (request.url === '/limited' && asked % 40 === 0) ? 404 : 200;
  answer.end('yes');
}).listen(process.env.PORT, '127.0.0.1');
"""
CLUSTER = f"""
const cluster = require('cluster');
if (cluster.isPrimary) {{ cluster.fork(); cluster.fork(); process.on('SIGTERM', () => process.exit(0)); }}
else {{ {SERVER} }}
"""


RESTARTING = f"""
const cluster = require('cluster');
if (cluster.isPrimary) {{ cluster.fork(); cluster.fork(); cluster.on('exit', () => cluster.fork());
  let up = 0; cluster.on('listening', () => {{ up += 1; if (up === 2) console.log('both'); }}); }}
else {{ process.on('SIGTERM', () => process.exit(0)); {SERVER.replace("asked > 30", "asked > 30 && cluster.worker.id === 1")} }}
"""


def node(*routes: str, block: int = 20, argv: tuple[str, ...] = ("node", "main.cjs"), **start: object) -> Running:
    plan = replace(Start(argv), **start)  # type: ignore[arg-type]
    return Running(plan, tuple(Route(path) for path in routes), memory=MemoryLoad(block=block, connections=4))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "main.cjs").write_text(SERVER)
    (tmp_path / "cluster.cjs").write_text(CLUSTER)
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"start": "node main.cjs"}}))
    return tmp_path


def after(blocks: int) -> Deadline:
    """A deadline that comes after so many blocks, however long they take: it is looked at twice before the first."""
    looks = count()
    return Deadline(1e12, lambda: 0 if next(looks) < blocks + 1 else 1e13)


def values(part: Part, service: str = "api") -> dict[str, float]:
    return {metric.id: metric.value for metric in part.metrics if metric.service == service}


def missing(part: Part, service: str = "api") -> dict[str, NotMeasured]:
    return {entry.id: entry for entry in part.not_measured if entry.service == service}


def test_a_leak_is_found_and_named(root: Path) -> None:
    """8 KB a request: over 600 requests it is 5 MB, and nothing else grows like that."""
    told: list[tuple[str, int, int]] = []
    part = analyze(
        root, {"api": node("/leak")}, detailed=True, progress=lambda name, done, most: told.append((name, done, most))
    )
    memory: Memory = part.details["api"]
    assert part.not_measured == ()
    assert memory.leak.verdict == "leak"
    assert memory.leak.slope == pytest.approx(8100, rel=0.1)
    assert values(part)["memory.leak"] == memory.leak.low
    assert (memory.method, memory.processes, memory.workers, memory.partial) == ("agent", 1, 0, False)
    assert len(memory.series) == 30
    assert memory.series[-1][0] == 600
    assert values(part)["memory.heapUsed"] == memory.heap == pytest.approx(memory.series[-5][1], rel=0.01)
    assert memory.rss > (memory.heap or 0)
    assert any(note.startswith("loses 8,") for note in memory.notes)
    assert told[0] == ("api", 1, 30)
    assert told[-1] == ("api", 30, 30)
    assert "Session" in [one.constructor for one in memory.grown][:5]
    assert {space.name for space in memory.spaces} >= {"old_space"}
    assert memory.handles == {"TCPServerWrap": 1}


def test_functions_are_told_by_their_place(root: Path) -> None:
    nothing = judge(taken(FLAT))
    memory = explained(nothing, "api", node("/hold"), root, FOREVER)
    one = next(one for one in memory.grown if one.constructor.startswith("(anonymous function)"))
    line = SERVER[: SERVER.index("() => asked")].count("\n") + 1
    assert one.constructor == f"(anonymous function) main.cjs:{line}"
    assert one.count == 240


def test_what_cannot_be_explained_is_a_note(root: Path) -> None:
    nothing = judge(taken(FLAT))
    past = Deadline(1, lambda: 2)
    assert explained(nothing, "api", node("/"), root, past).notes == ("no time was left for details",)
    shut = node("/", argv=("env", "NODE_OPTIONS=", "node", "main.cjs"))
    assert "no details: no process of it loaded the agent" in explained(nothing, "api", shut, root, FOREVER).notes[0]


@pytest.mark.parametrize("argv", [("npm", "run", "start"), (*PNPM, "run", "start"), ("node", "cluster.cjs")])
def test_the_figure_does_not_depend_on_the_launcher(root: Path, argv: tuple[str, ...]) -> None:
    service = node("/", block=100)
    direct = values(analyze(root, {"api": service}, deadline=after(6)))
    part = analyze(root, {"api": replace(service, start=replace(service.start, argv=argv))}, deadline=after(6))
    found, memory = values(part), part.details["api"]
    if "run" in argv:
        assert memory.processes == 1
        assert found["memory.heapUsed"] == pytest.approx(direct["memory.heapUsed"], rel=0.05)
        assert found["memory.rss"] == pytest.approx(direct["memory.rss"], rel=0.1)
    else:
        # Each process has a heap of its own; what they share is counted once.
        assert memory.processes == 3
        assert 2 < found["memory.heapUsed"] / direct["memory.heapUsed"] < 4
        assert found["memory.rss"] / direct["memory.rss"] < 2.5


def test_a_service_that_is_not_of_node_is_seen_from_outside(root: Path) -> None:
    argv = (sys.executable, "-m", "http.server", "{port}", "--bind", "127.0.0.1")
    part = analyze(root, {"api": node("/package.json", argv=argv)}, detailed=True)
    memory: Memory = part.details["api"]
    assert set(values(part)) == {"memory.rss", "memory.leak"}
    assert not missing(part)["memory.heapUsed"].failed
    assert "python" in missing(part)["memory.heapUsed"].reason
    assert (memory.method, memory.heap) == ("processes", None)
    assert memory.leak.verdict != "leak"
    assert values(part)["memory.rss"] == memory.rss > 5 * MIB


def test_a_node_service_that_shuts_the_agent_out_is_a_fault(root: Path) -> None:
    argv = ("env", "NODE_OPTIONS=--no-warnings", "node", "main.cjs")
    part = analyze(root, {"api": node("/", argv=argv)}, deadline=after(2))
    assert missing(part)["memory.heapUsed"].failed
    assert "NODE_OPTIONS" in missing(part)["memory.heapUsed"].reason
    assert set(values(part)) == {"memory.rss", "memory.leak"}


def test_a_service_that_fails_says_why_and_does_not_stop_the_others(root: Path) -> None:
    crash = ("node", "-e", "console.error('no database'); process.exit(2)")
    services = {
        "starts not": node("/", argv=crash),
        "dies": node("/die"),
        "errs": node("/missing"),
        "works": node("/", block=5),
    }
    part = analyze(root, services)
    assert {metric.service for metric in part.metrics} == {"works"}
    for name, reason, log in (
        ("starts not", "ended with status 2 before it was ready", "no database"),
        ("dies", "ended with status 7 while it was measured", "out of cheese"),
        ("errs", "20 of 20 requests were not answered rightly (GET /missing: status 404)", None),
    ):
        found = missing(part, name)
        assert set(found) == {"memory.heapUsed", "memory.rss", "memory.leak"}
        assert all(entry.failed and reason in entry.reason and entry.log == log for entry in found.values())


def test_workers_that_are_replaced_do_not_end_it(root: Path) -> None:
    (root / "restarting.cjs").write_text(RESTARTING)
    service = node("/die", block=60, argv=("node", "restarting.cjs"), ready=Ready("log", "both"), stop=0)
    part = analyze(root, {"api": service}, deadline=after(3))
    assert part.not_measured == ()
    assert part.details["api"].leak.verdict == "inconclusive"
    assert values(part)["memory.heapUsed"] > 2 * MIB


def test_some_wrong_answers_are_a_note(root: Path) -> None:
    part = analyze(root, {"api": node("/limited", block=40)}, deadline=after(3))
    assert set(values(part)) == {"memory.heapUsed", "memory.rss", "memory.leak"}
    assert any("GET /limited: status 404" in note for note in part.details["api"].notes)


def test_at_the_deadline_there_is_what_there_is(root: Path) -> None:
    part = analyze(root, {"api": node("/"), "late": node("/")}, deadline=after(2))
    memory: Memory = part.details["api"]
    assert memory.partial
    assert [requests for requests, _ in memory.series] == [20, 40]
    assert memory.leak.verdict == "inconclusive"
    assert values(part)["memory.heapUsed"] > MIB
    assert {entry.failed for entry in missing(part, "late").values()} == {True}
    assert "no time was left" in missing(part, "late")["memory.rss"].reason


# What is made of what was seen


def taken(heaps: list[int | None], sizes: list[int] | None = None, **more: object) -> Taken:
    samples = tuple(
        Sample(500 * (number + 1), heap, sizes[number] if sizes else 50 * MIB, 1) for number, heap in enumerate(heaps)
    )
    return replace(Taken(samples), **more)  # type: ignore[arg-type]


FLAT: list[int | None] = [10 * MIB + number % 3 * 100 for number in range(12)]
GROWS = [10 * MIB + number * 100_000 + number % 3 * 100 for number in range(30)]


def test_clean_and_leak() -> None:
    clean, leaks = judge(taken(FLAT)), judge(taken([*GROWS]))
    assert (clean.leak.verdict, lost(clean), clean.notes) == ("clean", 0, ())
    assert leaks.leak.verdict == "leak"
    assert lost(leaks) == pytest.approx(200, abs=1)
    assert leaks.heap == GROWS[25]


def test_from_outside_a_leak_is_only_suspected() -> None:
    memory = judge(taken([None] * 30, GROWS))
    assert (memory.leak.verdict, lost(memory)) == ("inconclusive", 0)
    assert "a leak is suspected" in memory.notes[0]
    assert memory.series[0] == (500, 10 * MIB)


def test_a_process_that_was_replaced_may_have_taken_its_leak_with_it() -> None:
    memory = judge(taken(FLAT, replaced=True))
    assert (memory.leak.verdict, lost(memory)) == ("inconclusive", 0)


def test_growth_in_worker_threads_is_suspected() -> None:
    seen = taken([10 * MIB] * 30, GROWS)
    memory = judge(replace(seen, samples=tuple(replace(sample, workers=2) for sample in seen.samples)))
    assert memory.leak.verdict == "inconclusive"
    assert "worker threads" in memory.notes[0]
    quiet = judge(replace(seen, samples=tuple(replace(sample, workers=2, rss=1) for sample in seen.samples)))
    assert quiet.leak.verdict == "clean"
    assert "2 worker threads" in quiet.notes[0]


def test_what_ended_early_says_so() -> None:
    memory = judge(taken(FLAT[:5], late=True, wrong=Counter({"GET /: status 500": 3})))
    assert memory.partial
    assert memory.heap == 10 * MIB + 50
    assert memory.notes == (
        "whether it leaks is not known: ended after 5 of 30 blocks",
        "the time given was over after 2,500 requests",
        "3 of 2,500 requests were not answered rightly (GET /: status 500)",
    )


def test_processes_without_an_agent_are_named() -> None:
    seen = taken(FLAT)
    memory = judge(replace(seen, samples=tuple(replace(sample, processes=3, silent=1) for sample in seen.samples)))
    assert memory.notes == ("1 of 3 processes are not of Node, or have no agent; RSS includes them, the heap does not",)


def test_early_samples_without_an_agent_do_not_count() -> None:
    memory = judge(taken([None, None, *FLAT]))
    assert len(memory.series) == 12
    assert memory.leak.verdict == "clean"
