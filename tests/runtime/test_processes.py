"""Which processes belong to a service, and what they hold."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from perfgate.runtime import processes
from perfgate.runtime.lifecycle import Service, running
from tests.services import SERVICES, plan, python

FAMILY = """
import os, socket, subprocess, sys, time
s = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
subprocess.Popen(sleep, start_new_session=True, env={})
subprocess.Popen(sleep, process_group=0)
time.sleep(60)
"""


def settled(service: Service, number: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 10
    while len(found := service.members()) < number and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_members_are_of_the_session_or_marked_or_below(tmp_path: Path) -> None:
    with running("api", python(FAMILY), tmp_path) as service:
        found = settled(service, 5)
        assert len(found) == 5
        assert found[0].pid == service.child.pid, "the oldest first"
        assert {process.pid for process in service.serving()} == {process.pid for process in found}
        # A zombie is nobody, and its children are still there.
        for process in found[1:]:
            process.kill()
        deadline = time.monotonic() + 10
        while len(service.members()) > 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [process.pid for process in service.members()] == [service.child.pid]


def test_without_proc_the_same_are_found(tmp_path: Path) -> None:
    with running("api", python(FAMILY), tmp_path) as service:
        expected = {process.pid for process in settled(service, 5)}
        elsewhere = list(processes._members_elsewhere(service.child.pid, service.mark))
        assert {process.pid for process in elsewhere} == expected
        owners = [process.pid for process in elsewhere if processes._listens_elsewhere(process, service.port)]
        assert (
            owners == [process.pid for process in processes._listening(elsewhere, service.port)] == [service.child.pid]
        )


def test_another_service_with_another_mark_is_no_member(tmp_path: Path) -> None:
    with running("one", python(FAMILY), tmp_path) as one, running("other", python(FAMILY), tmp_path) as other:
        mine, theirs = settled(one, 5), settled(other, 5)
        assert {process.pid for process in mine}.isdisjoint(process.pid for process in theirs)
        assert processes.serving(mine, other.port) == mine, "everything, where nobody is seen to own the port"


def test_the_number_of_a_service_is_its_own_until_it_is_ended(tmp_path: Path) -> None:
    with running("api", python(FAMILY), tmp_path) as service:
        settled(service, 5)
        os.kill(service.child.pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while service.child.status is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert service.child.status == -signal.SIGKILL
        assert psutil.pid_exists(service.child.pid), "it is not collected, so that nothing else can get its number"
        assert service.members() != []
    assert not psutil.pid_exists(service.child.pid)
    assert service.child.status == -signal.SIGKILL


def test_memory_of_one_process_is_its_resident_size() -> None:
    me = psutil.Process()
    held = processes.memory([me])
    assert held.processes == 1
    assert held.bytes == pytest.approx(me.memory_info().rss, rel=0.1)


def test_shared_memory_counts_once(tmp_path: Path) -> None:
    with running("api", plan("cluster.js"), tmp_path) as service:
        found = settled(service, 3)
        resident = sum(process.memory_info().rss for process in found)
        held = processes.memory(found)
        assert held.processes == 3
        assert max(process.memory_info().rss for process in found) < held.bytes < resident


def test_who_has_ended_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as program:
        gone = psutil.Process(program.pid)
    assert processes.memory([gone]) == processes.Held(0, 0)
    assert not processes.is_alive(gone)
    assert processes.serving([gone], 1) == [gone]


@pytest.mark.skipif(not processes.has_processor_clock(), reason="no such clock here")
def test_processor_time_is_that_of_all_threads(tmp_path: Path) -> None:
    before = time.process_time_ns()
    mine = processes.processor_time([os.getpid()])
    after = time.process_time_ns()
    assert before <= mine <= after
    with running("api", plan("steady.js"), tmp_path) as service:
        pids = [process.pid for process in service.serving()]
        assert 0 < processes.processor_time(pids) <= processes.processor_time(pids)
    with pytest.raises(OSError):  # noqa: PT011  # any of them
        processes.processor_time(pids)


def test_services_have_nothing_in_common_with_our_own_session(tmp_path: Path) -> None:
    with running("api", plan("steady.js"), tmp_path) as service:
        assert os.getsid(service.child.pid) == os.getpgid(service.child.pid) == service.child.pid
        assert str(SERVICES) in " ".join(service.members()[0].cmdline())
