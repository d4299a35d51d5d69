"""A service from its start to its end: ready when it says so, ended with everything it started, its log kept."""

import contextlib
import fcntl
import os
import random
import re
import signal
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO

import psutil

from perfgate import process
from perfgate.config.running import PORT, Start
from perfgate.errors import ProcessError
from perfgate.process import Child
from perfgate.runtime import processes
from perfgate.runtime.readiness import HOSTS, host_when_ready

# Below the ports that systems hand out for outgoing connections, so that none of these takes it before the service does.
_PORTS = range(20_000, 32_000)
POLL_SECONDS = 0.02
TAIL_LINES = 50
MAX_LOG_BYTES = 8 * 1024 * 1024


class ServiceError(ProcessError):
    """A service could not be started, or did not do what it must. `log` is the end of what it wrote."""

    def __init__(self, message: str, *, log: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.log = log


@dataclass(frozen=True)
class Service:
    """A service that runs. `ready` is how long it took, in seconds, `host` the address it answers on."""

    name: str
    plan: Start
    port: int
    child: Child
    mark: str
    output: IO[bytes]
    ready: float = 0
    host: str = HOSTS[0]

    def log(self, lines: int = TAIL_LINES) -> str:
        """The end of what it wrote."""
        return _tail(self.output, lines)

    def members(self) -> list[psutil.Process]:
        """All its processes, launchers included."""
        return processes.members(self.child.pid, self.mark)

    def serving(self) -> list[psutil.Process]:
        """The processes of the service itself."""
        return processes.serving(self.members(), self.port)

    def check(self) -> None:
        """Raises ServiceError when it has ended by itself. Keeps its log from growing without end."""
        _trim(self.output)
        status = self.child.status
        if status is not None and not self.members():
            raise ServiceError(f"{self.name} {ended(status)} while it was measured", log=self.log())


def ended(status: int) -> str:
    """How a program ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


@contextlib.contextmanager
def running(
    name: str, plan: Start, root: Path, *, env: dict[str, str] | None = None, patient: bool = True
) -> Iterator[Service]:
    """A service for the time of the block: started, ready, and ended afterwards whatever happens.

    `env` is set over what the plan says. Raises ServiceError when it does not become ready, when the port is taken, and,
    if `patient`, when it had to be killed because it did not end within `plan.stop` seconds of SIGTERM.
    """
    with contextlib.ExitStack() as stack:
        service = start(name, plan, root, env=env)
        stack.callback(_end_in_any_case, service)
        yield wait_until_ready(service)
        forced = stop(service)
        if forced and patient and plan.stop:
            raise ServiceError(
                f"{name} did not end within {plan.stop:g} s of SIGTERM and was killed",
                log=service.log(),
                hint="let it end on SIGTERM, or write `stop: 0s` to have it killed",
            )


def start(name: str, plan: Start, root: Path, *, env: dict[str, str] | None = None) -> Service:
    """Start a service without waiting for it. Raises ServiceError."""
    port = plan.port if plan.port is not None else free_port()
    if plan.port is not None and _taken(port):
        raise ServiceError(
            f"{name} cannot start: something listens on port {port} already",
            hint="end it, or leave out `port` to have a free one chosen",
        )
    cwd = root / plan.cwd
    if not cwd.is_dir():
        raise ServiceError(f"{name} cannot start: there is no folder {plan.cwd}", hint="correct its `cwd`")
    if not cwd.resolve().is_relative_to(root.resolve()):
        raise ServiceError(f"{name} cannot start: {plan.cwd} is a link to a place outside of the workspace")
    mark = uuid.uuid4().hex
    output = tempfile.TemporaryFile(buffering=0, prefix="perfgate-")  # noqa: SIM115  # closed when the service ends
    # What a service writes goes behind what is there, also when the file was cut meanwhile.
    fcntl.fcntl(output.fileno(), fcntl.F_SETFL, fcntl.fcntl(output.fileno(), fcntl.F_GETFL) | os.O_APPEND)
    given = {variable: os.environ[variable] for variable in plan.inherit if variable in os.environ}
    told = {variable: value.replace(PORT, str(port)) for variable, value in plan.env.items()}
    own = {"PORT": str(port), **given, **told, **(env or {}), processes.MARK: mark}
    argv = [word.replace(PORT, str(port)) for word in plan.argv]
    guard = _guard()
    guard.tell(f"+ {mark}")
    try:
        child = process.start(argv, cwd=cwd, output=output, env=own)
    except ProcessError as error:
        guard.tell(f"- {mark}")
        output.close()
        raise ServiceError(f"{name} cannot start: {error.message}", hint=error.hint) from error
    guard.tell(f"+ {mark} {child.pid}")
    return Service(name, plan, port, child, mark, output)


def wait_until_ready(
    service: Service, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
) -> Service:
    """The service, once it is ready. Raises ServiceError when it ends before, or takes too long."""
    begun = clock()
    plan = service.plan
    while True:
        host = host_when_ready(plan.ready, service.port, https=plan.https, log=service.output)
        if host is not None:
            _refuse_a_stranger(service)
            return replace(service, ready=clock() - begun, host=host)
        status = service.child.status
        if status is not None and not service.members():
            raise ServiceError(f"{service.name} {ended(status)} before it was ready", log=service.log())
        if clock() - begun > plan.timeout:
            what = {"port": f"port {service.port} to accept connections", "url": plan.ready.value, "log": "its line"}
            raise ServiceError(
                f"{service.name} was not ready after {plan.timeout:g} s: waited for {what[plan.ready.kind]}",
                log=service.log(),
                hint="see its log; a slow start needs a longer `timeout`",
            )
        wait(POLL_SECONDS)


def stop(
    service: Service, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
) -> bool:
    """End everything the service started; True when something had to be killed."""
    begun = clock()
    left = service.members()
    if service.plan.stop:
        service.child.signal(signal.SIGTERM)
        for one in left:
            # Some programs take a second signal as a wish to end at once: the group has it already.
            if processes.group_of(one) != service.child.pid:
                _send(one, signal.SIGTERM)
        while clock() - begun < service.plan.stop and (left := [one for one in left if processes.is_alive(one)]):
            service.child.wait(0)
            wait(POLL_SECONDS / 2)
        left = service.members()
    forced = bool(left)
    while left:
        service.child.signal(signal.SIGKILL)
        for one in left:
            _send(one, signal.SIGKILL)
        service.child.wait(0.1)
        left = service.members()
    service.child.wait(1)
    _guard().tell(f"- {service.mark}")
    return forced


def _end_in_any_case(service: Service) -> None:
    """After an error, or again after it has ended: nobody is interested in how, only that it does."""
    with contextlib.suppress(ValueError):
        stop(replace(service, plan=replace(service.plan, stop=min(service.plan.stop, 1))))
    service.output.close()


def free_port() -> int:
    """A port that nobody listens on now."""
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("", port))
            return port
    raise ServiceError("no free port was found", hint="end what occupies the ports from 20,000 to 32,000")


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOSTS[0], port)) == 0


def _refuse_a_stranger(service: Service) -> None:
    """What answers on the port of a service that has ended is something else: never measure that."""
    status = service.child.status
    if status is not None and not service.members():
        raise ServiceError(
            f"{service.name} {ended(status)}, and something else answers on port {service.port}", log=service.log()
        )


def _send(one: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.Error):
        one.send_signal(number)


@cache
def _guard() -> Child:
    """The program that ends all services when this one is gone; one for a run."""
    argv = [sys.executable, "-I", str(Path(__file__).with_name("guard.py"))]
    return process.start(argv, cwd=Path(tempfile.gettempdir()), output=None, talk=True)


def _tail(output: IO[bytes], lines: int) -> str:
    size = os.fstat(output.fileno()).st_size
    content = os.pread(output.fileno(), 64 * 1024, max(0, size - 64 * 1024))
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", content.decode(errors="replace"))
    return "\n".join(text.strip().splitlines()[-lines:])


def _trim(output: IO[bytes]) -> None:
    """Keep the end of a log that has become large."""
    if os.fstat(output.fileno()).st_size > MAX_LOG_BYTES:
        kept = _tail(output, TAIL_LINES).encode()
        os.ftruncate(output.fileno(), 0)
        os.write(output.fileno(), kept + b"\n")
