"""Services that behave and services that do not: started, known to be ready or not, and ended with all they started."""

import contextlib
import os
import re
import socket
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from perfgate.config.project import parse
from perfgate.config.running import Ready, Start
from perfgate.runtime import lifecycle
from perfgate.runtime.lifecycle import Service, ServiceError, running
from perfgate.runtime.log import MAX_BYTES
from tests.running import ROOT
from tests.services import PNPM, SERVICES, plan, python, survivors

LISTENING = "import os, socket, time; s = socket.create_server(('127.0.0.1', int(os.environ['PORT']))); time.sleep(60)"


def get(service: Service, path: str = "/") -> int:
    host = f"[{service.host}]" if ":" in service.host else service.host
    with urllib.request.urlopen(f"http://{host}:{service.port}{path}", timeout=10) as answer:
        return int(answer.status)


def refused(start: Start, root: Path) -> ServiceError:
    with pytest.raises(ServiceError) as error, running("api", start, root):
        pytest.fail("it was taken for ready")
    assert survivors(start) == []
    return error.value


# Started and ready


@pytest.mark.parametrize(
    ("script", "ready", "env"),
    [
        ("steady.js", Ready(), {}),
        ("steady.js", Ready("url", "/health"), {}),
        ("steady.js", Ready("url", "http://localhost:{port}/health?a=b"), {}),
        ("steady.js", Ready("log", "^listening$"), {}),
        ("steady.js", Ready("url", "/health"), {"HOST": "::1"}),
        ("slow-start.js", Ready(), {"START_MS": "300"}),
        ("slow-start.js", Ready("log", "almost ready$"), {"START_MS": "0"}),
        ("warming-up.js", Ready("url", "/health"), {}),
    ],
)
def test_a_service_is_ready_when_it_answers(script: str, ready: Ready, env: dict[str, str], tmp_path: Path) -> None:
    start = plan(script, ready=ready, env=env)
    with running("api", start, tmp_path) as service:
        assert get(service) == 200
        assert service.ready > 0
        service.check()
    assert survivors(start, 0) == []


def test_the_first_example_of_the_documentation_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
    script, config = re.findall(r"```(?:js|yaml)\n(?:// services/api/main.js\n)?(.*?)```", text, re.DOTALL)[:2]
    (tmp_path / "services" / "api").mkdir(parents=True)
    (tmp_path / "services" / "api" / "main.js").write_text(script)
    api = parse(config.encode()).services["api"].running
    assert api is not None
    with running("api", api.start, tmp_path) as service:
        assert get(service, "/health") == 200


def test_it_is_told_its_port_in_words_and_variables(tmp_path: Path) -> None:
    code = f"import sys; open('told', 'w').write(sys.argv[1] + os.environ['ADDRESS']); {LISTENING}"
    start = python(f"import os; {code}", env={"ADDRESS": "http://localhost:{port}/"})
    with running("api", replace(start, argv=(*start.argv, "--port={port}")), tmp_path) as service:
        told = (tmp_path / "told").read_text()
    assert told == f"--port={service.port}http://localhost:{service.port}/"


def test_it_starts_in_its_folder_and_finds_programs_there(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "api"
    folder.mkdir(parents=True)
    script = folder / "serve"
    script.write_text(f"#!{sys.executable}\n{LISTENING.replace('time.sleep', 'open(chr(97), chr(119)); time.sleep')}\n")
    script.chmod(0o755)
    with running("api", Start(("./serve",), cwd="services/api"), tmp_path):
        assert (folder / "a").exists()


def test_it_sees_of_our_environment_only_what_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GITHUB_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "PERFGATE_TOKEN",
        "SSH_AUTH_SOCK",
        "HTTPS_PROXY",
        "X",
        "WANTED",
    ):
        monkeypatch.setenv(name, "very secret")
    code = f"import os; open('seen', 'w').write(' '.join(os.environ)); print(os.environ['WANTED'], flush=True); {LISTENING}"
    start = python(code, env={"GIVEN": "1"}, inherit=("WANTED", "MISSING"))
    with running("api", start, tmp_path, env={"ADDED": "1"}) as service:
        seen = set((tmp_path / "seen").read_text().split())
        assert service.log() == "***"
    needed = {"PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "USER", "LOGNAME", "SHELL", "TERM"}
    foreign = {name for name in seen - needed if not name.startswith("LC_")}
    assert foreign == {"PORT", "GIVEN", "WANTED", "ADDED", "PERFGATE_RUN", *start.env}


def test_several_run_side_by_side_and_end_one_by_one(tmp_path: Path) -> None:
    first, second = python(LISTENING), python(LISTENING)
    with running("first", first, tmp_path) as one:
        with running("second", second, tmp_path) as other:
            assert one.port != other.port
            assert {process.pid for process in one.members()}.isdisjoint(process.pid for process in other.members())
        assert survivors(second, 0) == []
        one.check()
    assert survivors(first, 0) == []


# Launchers, workers, and what gets away


@pytest.mark.parametrize("manager", [("npm",), PNPM])
def test_a_launcher_is_not_the_service(manager: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(f'{{"name": "x", "scripts": {{"start": "node {SERVICES}/steady.js"}}}}')
    start = replace(plan("steady.js"), argv=(*manager, "run", "start"))
    with running("api", start, tmp_path) as service:
        assert len(service.members()) > 1
        assert [process.name() for process in service.serving()] == ["node"]
        assert "steady.js" in " ".join(service.serving()[0].cmdline())
    assert survivors(start, 0) == []


def test_workers_belong_to_the_service_under_whatever_title(tmp_path: Path) -> None:
    start = plan("cluster.js")
    with running("api", start, tmp_path) as service:
        assert get(service) == 200
        deadline = time.monotonic() + 10
        while len(service.serving()) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(service.serving()) == len(service.members()) == 3
    assert survivors(start, 0) == []


def test_what_leaves_the_session_is_ended_too(tmp_path: Path) -> None:
    start = plan("escapes.js")
    with running("api", start, tmp_path) as service:
        sessions = {os.getsid(process.pid) for process in service.members()}
        assert len(sessions) == 2
    assert survivors(start, 0) == []


def test_what_drops_its_environment_is_ended_too(tmp_path: Path) -> None:
    """In a session of its own it is still below the service."""
    argv = (
        "sh",
        "-c",
        f"setsid env -i {sys.executable} -c 'import time; time.sleep(60)' & exec node {SERVICES}/steady.js",
    )
    with running("api", replace(plan("steady.js"), argv=argv), tmp_path) as service:
        members = service.members()
        assert len(members) == 2
    assert not any(process.is_running() and process.status() != "zombie" for process in members)


def test_a_launcher_may_fork_and_leave(tmp_path: Path) -> None:
    start = replace(plan("steady.js"), argv=("sh", "-c", f"node {SERVICES}/steady.js & exit 0"))
    with running("api", start, tmp_path) as service:
        assert service.child.status == 0
        service.check()
        assert get(service) == 200
    assert survivors(start, 0) == []


def test_one_that_is_started_anew_is_ended_all_the_same(tmp_path: Path) -> None:
    start = plan("supervisor.js", stop=0.5)
    with (
        pytest.raises(ServiceError, match=r"did not end within 0\.5 s of SIGTERM and was killed"),
        running("api", start, tmp_path) as service,
    ):
        assert get(service) == 200
    assert survivors(start, 0) == []


def test_one_that_does_not_want_to_end_is_killed_and_was_not_measured(tmp_path: Path) -> None:
    start = plan("ignores-sigterm.js", stop=0.3)
    with (
        pytest.raises(ServiceError, match=r"did not end within 0\.3 s of SIGTERM") as told,
        running("api", start, tmp_path) as service,
    ):
        assert get(service) == 200
    assert "`stop: 0s`" in told.value.hint
    assert "listening" in told.value.log
    assert survivors(start, 0) == []


def test_one_that_is_to_be_killed_at_once_is(tmp_path: Path) -> None:
    start = plan("ignores-sigterm.js", stop=0)
    with running("api", start, tmp_path) as service:
        assert get(service) == 200
    assert survivors(start, 0) == []


def test_one_that_ends_in_its_own_time_is_asked_once(tmp_path: Path) -> None:
    code = (
        "import os, signal, time, socket\n"
        "count = []\n"
        "signal.signal(signal.SIGTERM, lambda *_: (count.append(1), open('asked', 'a').write('x')))\n"
        "s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))\n"
        "while not count: time.sleep(0.01)\n"
        "time.sleep(0.3)\n"
    )
    with running("api", python(code), tmp_path):
        pass
    assert (tmp_path / "asked").read_text() == "x"


def test_an_error_while_it_is_measured_ends_it(tmp_path: Path) -> None:
    start = plan("escapes.js")
    with pytest.raises(ZeroDivisionError), running("api", start, tmp_path):
        raise ZeroDivisionError
    assert survivors(start, 0) == []


def test_nothing_is_held_afterwards(tmp_path: Path) -> None:
    with running("api", python(LISTENING), tmp_path):
        pass
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with running("api", python(LISTENING), tmp_path) as service:
            pass
        refused(python("pass"), tmp_path)
        refused(Start(("no-such-program",), env=python("").env), tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert service.log() == ""


# Services that cannot be measured


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (("no-such-program",), "No such file or directory", "is it installed?"),
        (("./folder",), "Permission denied", "it is a folder, or nobody may execute it"),
        (("./plain",), "Permission denied", "chmod +x makes a file executable"),
        (("./headless",), "Exec format error", "a script needs its interpreter in the first line"),
        (("./orphaned",), "No such file or directory", "is it installed?"),
        (("./folder/../plain/x",), "Not a directory", ""),
        (("node", "a\0b"), "embedded null byte", ""),
    ],
)
def test_a_command_that_cannot_run(argv: tuple[str, ...], message: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "plain").write_text("")
    (tmp_path / "headless").write_bytes(b"\x01\x02")
    (tmp_path / "orphaned").write_text("#!/no/such/interpreter\n")
    for name in ("headless", "orphaned"):
        (tmp_path / name).chmod(0o755)
    error = refused(Start(argv, env=python("").env), tmp_path)
    assert str(error) == f"api cannot start: cannot run {argv[0]}: {message}"
    assert hint in error.hint


def test_a_folder_that_is_not_there_or_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    (root / "loop").symlink_to("loop")
    (root / "file").write_text("")
    start = python(LISTENING)
    for folder in ("missing", "loop", "file"):
        assert str(refused(replace(start, cwd=folder), root)) == f"api cannot start: there is no folder {folder}"
    assert "a link to a place outside of the workspace" in str(refused(replace(start, cwd="link"), root))


@pytest.mark.parametrize(("code", "how"), [("exit(7)", "ended with status 7"), ("os.abort()", "was ended by SIGABRT")])
def test_one_that_ends_before_it_is_ready(code: str, how: str, tmp_path: Path) -> None:
    error = refused(python(f"import os; print('no configuration', flush=True); {code}"), tmp_path)
    assert str(error) == f"api {how} before it was ready"
    assert error.log == "no configuration"


@pytest.mark.parametrize(
    ("start", "seen"),
    [
        (plan("never-ready.js", timeout=0.5), "nothing accepts connections on its port"),
        (plan("never-ready.js", timeout=0.5, ready=Ready("url", "/health")), "nothing accepts connections on its port"),
        (plan("never-ready.js", timeout=0.5, ready=Ready("log", "list.n")), "no line of its output fits 'list.n'"),
        (plan("slow-start.js", timeout=0.2, env={"START_MS": "5000"}), "nothing accepts connections on its port"),
    ],
)  # fmt: skip
def test_one_that_never_gets_ready(start: Start, seen: str, tmp_path: Path) -> None:
    error = refused(start, tmp_path)
    assert str(error).startswith(f"api was not ready after {start.timeout:g} s: {seen}")


@pytest.mark.parametrize(
    ("start", "seen"),
    [
        (plan("answers-500.js", ready=Ready("url", "/health")), "/health was answered with 500"),
        (python(LISTENING, ready=Ready("url", "/health")), "/health was not answered: nothing came within 0.2 s"),
        (python(LISTENING, ready=Ready("url", "http://localhost:1/")), "nothing accepts connections on port 1"),
    ],
)
def test_one_that_listens_and_never_gets_ready(start: Start, seen: str, tmp_path: Path) -> None:
    service = lifecycle.start("api", start, tmp_path)
    try:
        lifecycle.wait_until_ready(replace(service, plan=replace(start, ready=Ready())))
        impatient = replace(service, plan=replace(start, timeout=0.2))
        with pytest.raises(ServiceError, match=re.escape(f"api was not ready after 0.2 s: {seen}")):
            lifecycle.wait_until_ready(impatient)
    finally:
        lifecycle.stop(service)
        service.close()
    assert survivors(start) == []


def test_the_log_says_why_it_never_got_ready(tmp_path: Path) -> None:
    service = lifecycle.start("api", plan("never-ready.js", timeout=0.1), tmp_path)
    try:
        while not service.log():
            time.sleep(0.02)
        with pytest.raises(ServiceError) as error:
            lifecycle.wait_until_ready(service)
    finally:
        lifecycle.stop(service)
        service.close()
    assert error.value.log == "waiting for the database"


def test_one_that_dies_while_it_is_measured(tmp_path: Path) -> None:
    start = plan("dies-midway.js", env={"REQUESTS": "3"})
    with pytest.raises(ServiceError) as error, running("api", start, tmp_path) as service:  # noqa: PT012  # the block dies
        for _ in range(10):
            service.check()
            with contextlib.suppress(OSError):
                get(service)
    assert str(error.value) == "api ended with status 3 while it was measured"
    assert error.value.log == "out of orders"


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "0.0.0.0"])  # noqa: S104  # on all addresses, for a moment
def test_a_port_that_is_taken_is_not_measured(address: str, tmp_path: Path) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as stranger:
        port = stranger.getsockname()[1]
        error = refused(python(LISTENING, port=port), tmp_path)
    assert str(error) == f"api cannot start: port {port} is in use already"


def test_a_stranger_that_answers_for_a_dead_service_is_not_measured(tmp_path: Path) -> None:
    """It was not there when the service was started."""
    service = lifecycle.start("api", python("pass"), tmp_path)
    try:
        assert service.child.wait(5) == 0
        with (
            socket.create_server(("127.0.0.1", service.port)),
            pytest.raises(ServiceError, match=r"ended with status 0, and something else answers on its port"),
        ):
            lifecycle.wait_until_ready(service)
    finally:
        lifecycle.stop(service)
        service.close()


# What it writes


def test_what_it_writes_is_bounded_and_plain(tmp_path: Path) -> None:
    start = plan("noisy.js", ready=Ready("log", "^ready to"))
    with running("api", start, tmp_path) as service:
        service.check()
        assert os.fstat(service.output.file.fileno()).st_size <= MAX_BYTES
        lines = service.log().split("\n")
    assert len(lines) == 50
    assert lines[-1] in ("listening", "ready to serve")
    assert lines[0].startswith("::error::not yours")
    assert not any(character < " " or character == "\x7f" for line in lines for character in line)
