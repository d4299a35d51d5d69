"""A service from its start to its end: ready when it says so, ended with everything it started, its log kept."""

import contextlib
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from perfgate import process
from perfgate.config.running import PORT, Start
from perfgate.errors import ProcessError
from perfgate.process import Child
from perfgate.runtime import ports, processes
from perfgate.runtime.guard import MARK
from perfgate.runtime.log import TAIL_LINES, Log
from perfgate.runtime.ports import HOSTS, Port
from perfgate.runtime.protection import GUARD
from perfgate.runtime.readiness import Readiness

DYING_SECONDS = 2.0
POLL_SECONDS = 0.02
# One look at a service that takes connections and does not answer.
LOOK_SECONDS = 5.0
# After this long a process that was killed will not end: it hangs in the kernel, or belongs to somebody else.
KILL_SECONDS = 10.0


class ServiceError(ProcessError):
    """A service could not be started, or did not do what it must. `log` is the end of what it wrote: its words, not ours."""

    def __init__(self, message: str, *, log: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.log = log


@dataclass(frozen=True)
class Service:
    """A service that runs. `ready` is how long it took, in seconds, `host` the address it answers on.

    `begun` is when it was started, by the monotonic clock.
    """

    name: str
    plan: Start
    port: int
    child: Child
    mark: str
    output: Log
    ready: float = 0
    host: str = HOSTS[0]
    begun: float = 0
    claim: Port | None = None

    def log(self, lines: int = TAIL_LINES) -> str:
        """The end of what it wrote."""
        return self.output.tail(lines)

    def members(self) -> list[psutil.Process]:
        """All its processes, launchers included, the oldest first."""
        return processes.members(self.child.pid, self.mark)

    def serving(self) -> list[psutil.Process]:
        """The processes of the service itself."""
        return processes.serving(self.members(), self.port)

    def check(self) -> None:
        """Raises ServiceError when it has ended by itself. Keeps its log from growing without end."""
        self.output.trim()
        how = self.ended()
        if how is None and not ports.accepts(self.host, self.port, DYING_SECONDS):
            # It has let go of its port: a program that is about to end takes a moment until it has.
            how = self._ended_within(DYING_SECONDS)
        if how is not None:
            raise ServiceError(f"{self.name} {how} while it was measured", log=self.log())

    def _ended_within(self, seconds: float) -> str | None:
        until = time.monotonic() + seconds
        while (how := self.ended()) is None and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        return how

    def ended(self) -> str | None:
        """How it ended, in words, when it has; a first process that left others behind has not."""
        status = self.child.status
        return None if status is None or self.members() else ended(status)

    def close(self) -> None:
        """Give back what was held for it."""
        self.output.close()
        if self.claim is not None:
            self.claim.release()


def ended(status: int) -> str:
    """How a program ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


@contextlib.contextmanager
def running(name: str, plan: Start, root: Path, *, env: dict[str, str] | None = None) -> Iterator[Service]:
    """A service for the time of the block: started, ready, and ended afterwards whatever happens.

    `env` is set over what the plan says. Raises ServiceError when it does not become ready, when the port is taken, and
    when it does not end on SIGTERM: what a deployment would have to kill is not in order, whatever it measured.
    """
    service = start(name, plan, root, env=env)
    try:
        yield wait_until_ready(service)
        if stop(service) and plan.stop:
            raise ServiceError(
                f"{name} did not end within {plan.stop:g} s of SIGTERM and was killed",
                log=service.log(),
                hint="let it end on SIGTERM, or write `stop: 0s` to have it killed at once",
            )
    finally:
        # After an error nobody is interested in how it ends; after `stop` there is nothing left to do.
        try:
            stop(replace(service, plan=replace(plan, stop=min(plan.stop, 1))))
        finally:
            service.close()


def start(name: str, plan: Start, root: Path, *, env: dict[str, str] | None = None) -> Service:
    """Start a service without waiting for it; it is ended by `stop`, then `close`. Raises ServiceError."""
    cwd = _folder(name, plan, root)
    claim = _port(name, plan)
    port = str(claim.number)
    given = {variable: os.environ[variable] for variable in plan.inherit if variable in os.environ}
    told = {variable: value.replace(PORT, port) for variable, value in plan.env.items()}
    mark = uuid.uuid4().hex
    own = {"PORT": port, **given, **told, **(env or {}), MARK: mark}
    argv = [word.replace(PORT, port) for word in plan.argv]
    output = Log(secrets=given.values())
    begun = time.monotonic()
    try:
        GUARD.add(mark)
        child = process.start(argv, cwd=cwd, output=output.file, env=own)
        GUARD.add(mark, child.pid)
        return Service(name, plan, claim.number, child, mark, output, begun=begun, claim=claim)
    except BaseException as error:
        # Where we were interrupted it may run already: the guard has its mark, and ends it when perfgate ends.
        output.close()
        claim.release()
        if isinstance(error, ProcessError):
            GUARD.remove(mark)
            raise ServiceError(f"{name} cannot start: {error.message}", hint=error.hint) from error
        raise


def wait_until_ready(
    service: Service, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
) -> Service:
    """The service, once it is ready. Raises ServiceError when it ends before, or takes too long."""
    plan = service.plan
    readiness = Readiness(plan, service.port, service.output)
    deadline = clock() + plan.timeout
    while True:
        host = readiness.host(max(min(LOOK_SECONDS, deadline - clock()), POLL_SECONDS))
        how = service.ended()
        if how is not None and host is not None:
            # What answers on the port of a service that has ended is something else: never measure that.
            where = "its port" if plan.port is None else f"port {service.port}"
            raise ServiceError(f"{service.name} {how}, and something else answers on {where}", log=service.log())
        if how is not None:
            raise ServiceError(f"{service.name} {how} before it was ready", log=service.log())
        if host is not None:
            return replace(service, ready=clock() - service.begun, host=host)
        if clock() >= deadline:
            raise ServiceError(
                f"{service.name} was not ready after {plan.timeout:g} s: {readiness.seen}",
                log=service.log(),
                hint="see its log, and its `ready`; a slow start needs a longer `timeout`",
            )
        service.output.trim()
        wait(POLL_SECONDS)


def stop(
    service: Service, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
) -> bool:
    """End everything the service started; True when something had to be killed. Nothing happens a second time.

    Raises ServiceError when something does not end even then.
    """
    if not GUARD.watches(service.mark):
        return False
    deadline = clock() + service.plan.stop
    asked: set[psutil.Process] = set()
    left = service.members()
    while left and clock() < deadline:
        # Each is asked once, since some take a second signal as a wish to end at once. What appears meanwhile, because
        # something starts its workers anew, is asked too.
        _send([one for one in left if one not in asked], signal.SIGTERM)
        asked |= set(left)
        while clock() < deadline and any(processes.is_alive(one) for one in left):
            wait(POLL_SECONDS / 4)
        left = service.members()
    forced = bool(left)
    limit = clock() + KILL_SECONDS
    while left:
        if clock() > limit:
            pids = ", ".join(str(one.pid) for one in left)
            raise ServiceError(f"{service.name} cannot be ended: processes {pids} are left", log=service.log())
        # To the group at once, so that nothing in it can start anything anew in between.
        service.child.signal(signal.SIGKILL)
        _send(left, signal.SIGKILL)
        wait(POLL_SECONDS / 4)
        left = service.members()
    service.child.wait(1)
    GUARD.remove(service.mark)
    return forced


def _folder(name: str, plan: Start, root: Path) -> Path:
    """Where it is started. Raises ServiceError when that is not a folder of the workspace."""
    cwd = root / plan.cwd
    try:
        exists = cwd.is_dir()
        inside = exists and cwd.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:
        raise ServiceError(f"{name} cannot start: {plan.cwd} cannot be read: {error}") from error
    if not exists:
        raise ServiceError(f"{name} cannot start: there is no folder {plan.cwd}", hint="correct its `cwd`")
    if not inside:
        raise ServiceError(f"{name} cannot start: {plan.cwd} is a link to a place outside of the workspace")
    return cwd


def _port(name: str, plan: Start) -> Port:
    """The port it is to listen on. Raises ServiceError when that is taken: something else would be measured."""
    found = ports.claim(plan.port) if plan.port is not None else ports.free()
    if found is not None:
        return found
    if plan.port is None:
        where = f"{ports.RANGE.start:,} to {ports.RANGE.stop - 1:,}"
        raise ServiceError(f"{name} cannot start: no free port was found", hint=f"end what occupies the ports {where}")
    raise ServiceError(
        f"{name} cannot start: port {plan.port} is in use already",
        hint="end what listens there, or leave out `port` to have a free one chosen",
    )


def _send(to: Sequence[psutil.Process], number: signal.Signals) -> None:
    for one in to:
        with contextlib.suppress(psutil.Error):
            one.send_signal(number)
