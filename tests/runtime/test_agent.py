"""The agent in real Node processes: it answers, and nobody notices it."""

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perfgate.config.running import Start
from perfgate.runtime import agent
from perfgate.runtime.agent import AgentError, Agents, agents, is_told
from perfgate.runtime.lifecycle import Service, running

SERVER = "require('http').createServer((request, answer) => answer.end('yes')).listen(process.env.PORT, '127.0.0.1')"


@contextlib.contextmanager
def served(
    folder: Path, source: str, *, name: str = "main.cjs", plan: Start | None = None
) -> Iterator[tuple[Service, Agents]]:
    """A service of this source, with agents."""
    (folder / name).write_text(source)
    plan = plan or Start(("node", name))
    with agents() as asked, running("api", plan, folder, env=asked.variables(plan)) as service:
        yield service, asked


def pids(service: Service) -> list[int]:
    return [process.pid for process in service.serving()]


def ended(source: str, env: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    argv = ["node", *options, "-e", source]
    return subprocess.run(argv, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=30)


def test_a_process_says_what_it_holds(tmp_path: Path) -> None:
    source = f"globalThis.kept = Buffer.alloc(3_000_000); globalThis.lost = () => Buffer.alloc(9_000_000).length; lost(); {SERVER}"
    with served(tmp_path, source) as (service, asked):
        (pid,) = asked.answering(pids(service))
        before, after = asked.use([pid])[pid], asked.collect([pid])[pid]
        spaces, handles = asked.spaces([pid]), asked.handles([pid])
    assert before.array_buffers > 12_000_000 > after.array_buffers > 3_000_000
    assert after.external >= after.array_buffers
    assert after.held == after.heap_used + after.external
    assert after.heap_total >= after.heap_used > 1_000_000
    assert after.rss > after.held
    assert sum(spaces.values()) == pytest.approx(after.heap_used, rel=0.1)
    assert handles == {"TCPServerWrap": 1}


def test_nobody_notices_it() -> None:
    """No output, no handle that keeps the process alive, nothing left behind, the status its own."""
    with agents() as asked:
        done = ended("setTimeout(() => process.exit(3), 50)", asked.variables(Start(("node",))))
        assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
        done = ended("console.log(process.argv.length, typeof gc)", asked.variables(Start(("node",))))
        assert (done.returncode, done.stdout, done.stderr) == (0, "1 undefined\n", "")
        assert list(asked.folder.iterdir()) == []
    assert not asked.folder.exists()


@pytest.mark.parametrize("folder", ["/nonexistent/perfgate", "/dev/null", "x" * 300])
def test_without_its_folder_a_process_runs_as_ever(folder: str) -> None:
    with agents() as asked:
        variables = {**asked.variables(Start(("node",))), agent.FOLDER: folder}
        done = ended("setTimeout(() => console.log('done'), 20)", variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_the_sockets_are_private() -> None:
    with agents() as asked:
        assert asked.folder.stat().st_mode & 0o777 == 0o700


def test_options_of_the_service_itself_are_kept(tmp_path: Path) -> None:
    """Yarn's plug'n'play and limits of the heap come by NODE_OPTIONS, too."""
    (tmp_path / "own.cjs").write_text("globalThis.own = true")
    source = f"console.log(globalThis.own, require('v8').getHeapStatistics().heap_size_limit >> 20); {SERVER}"
    env = {"NODE_OPTIONS": f"--require {tmp_path}/own.cjs --max-old-space-size=99"}
    with served(tmp_path, source, plan=Start(("node", "main.cjs"), env=env)) as (service, asked):
        assert asked.answering(pids(service))
        shown, limit = service.log().split()
    assert shown == "true"
    assert 99 <= int(limit) < 200


def test_inherited_options_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
    with agents() as asked:
        assert asked.variables(Start(("node",), inherit=("NODE_OPTIONS",)))["NODE_OPTIONS"].startswith("--no-warnings ")
        assert "--no-warnings" not in asked.variables(Start(("node",)))["NODE_OPTIONS"]


@pytest.mark.parametrize("name", ["with a blank", 'with "quotes"', "back\\slash", "späße"])
def test_perfgate_may_be_installed_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    script = tmp_path / name / "agent.cjs"
    script.parent.mkdir()
    shutil.copy(agent.SCRIPT, script)
    monkeypatch.setattr(agent, "SCRIPT", script)
    with served(tmp_path, SERVER) as (service, asked):
        assert asked.answering(pids(service)) == pids(service)
        assert is_told(service.serving()[0].environ())


def test_a_long_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with agents() as asked:
        assert asked.folder.parent == Path("/tmp")  # noqa: S108
    assert list(deep.iterdir()) == []


def test_modules_of_the_new_kind(tmp_path: Path) -> None:
    source = "import http from 'node:http'; http.createServer((q, a) => a.end()).listen(process.env.PORT, '127.0.0.1')"
    with served(tmp_path, source, name="main.mjs", plan=Start(("node", "main.mjs"))) as (service, asked):
        assert asked.answering(pids(service)) == pids(service)


def test_each_worker_of_a_cluster_answers_for_itself(tmp_path: Path) -> None:
    source = f"const c = require('cluster'); if (c.isPrimary) {{ c.fork(); c.fork() }} else {SERVER}"
    with served(tmp_path, source) as (service, asked):
        wait_until(lambda: len(asked.answering(pids(service))) == 3)
        uses = asked.collect(pids(service))
    assert len({use.heap_used for use in uses.values()}) == 3


def test_worker_threads_are_counted_and_have_no_agent(tmp_path: Path) -> None:
    source = f"""
        const {{ Worker }} = require('worker_threads');
        const one = new Worker("require('worker_threads').parentPort.on('message', () => {{}})", {{ eval: true }});
        const other = new Worker("0", {{ eval: true }});
        other.on('exit', () => {{ {SERVER} }});
    """
    with served(tmp_path, source) as (service, asked):
        (pid,) = pids(service)
        assert asked.use([pid])[pid].workers == 1
        assert [one.name for one in asked.folder.iterdir()] == [f"{pid}.sock"]


def test_a_launcher_loads_it_and_is_not_the_service(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"start": "node main.cjs"}}))
    with served(tmp_path, SERVER, plan=Start(("npm", "run", "start"))) as (service, asked):
        (pid,) = pids(service)
        assert asked.answering([pid]) == [pid]
        assert len(list(asked.folder.glob("*.sock"))) >= 2


def test_what_sets_node_options_anew_is_seen(tmp_path: Path) -> None:
    plan = Start(("env", "NODE_OPTIONS=--no-warnings", "node", "main.cjs"))
    with served(tmp_path, SERVER, plan=plan) as (service, asked):
        assert asked.answering(pids(service)) == []
        assert asked.collect(pids(service)) == {}
        assert not is_told(service.serving()[0].environ())


def test_a_snapshot_is_written_where_it_belongs(tmp_path: Path) -> None:
    with served(tmp_path, SERVER) as (service, asked):
        path = asked.snapshot(pids(service)[0], "one")
        assert path.parent == asked.folder
        assert json.loads(path.read_text())["snapshot"]["node_count"] > 1000


def test_a_process_that_ends_is_an_error_with_its_number(tmp_path: Path) -> None:
    with served(tmp_path, SERVER) as (service, asked):
        (process,) = service.serving()
        asked.use([process.pid])
        process.kill()
        with pytest.raises(AgentError, match=f"process {process.pid} ended") as failure:
            asked.collect([process.pid])
    assert failure.value.pid == process.pid


def test_a_process_that_only_computes_is_not_waited_for_without_end(tmp_path: Path) -> None:
    source = f"{SERVER}; process.on('SIGUSR2', () => {{ for (;;); }})"
    with served(tmp_path, source, plan=Start(("node", "main.cjs"), stop=0)) as (service, asked):
        (pid,) = pids(service)
        asked.use([pid])
        service.serving()[0].send_signal(12)
        time.sleep(0.05)
        with pytest.raises(AgentError, match="did not answer in time"):
            asked._ask([pid], "use", 0.2)


def test_an_unknown_question_is_answered_with_an_error(tmp_path: Path) -> None:
    with served(tmp_path, SERVER) as (service, asked), pytest.raises(AgentError, match="unknown question"):
        asked._ask(pids(service), "what")


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
