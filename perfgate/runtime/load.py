"""Asks a service at a fixed rate, whatever it does meanwhile, and notes what each request took.

The model is open: request i is due at the start plus i/rate, as requests of many independent users are, and does not wait
for the one before. While the service stalls, connections grow; so the requests of the stall are all seen, where a client
with a fixed number of connections leaves them out and calls the service fast (coordinated omission).

A latency begins just before the request is sent, and ends when the kernel received the last segment of the answer. What
comes before is the client's own lateness, `lag`, and never part of it. With these exceptions, where a user would wait, too:

- Without keep-alive each request connects, and its latency begins before that; so it does where the service closes
  connections and none is left.
- A request that finds all connections busy opens one. On the same machine the kernel connects it at once, and that does
  not count. Where it is not ready at once (TLS, a full queue of the service), or no more may be opened, the latency
  begins when the request was to be sent.
"""

import math
import time
from collections.abc import Sequence
from pathlib import Path

from perfgate.errors import ConfigError
from perfgate.runtime.endpoint import reach
from perfgate.runtime.http import Request, Target, encode
from perfgate.runtime.open_model import Plan, Run
from perfgate.runtime.samples import Load
from perfgate.runtime.stamps import clock

# Opened before the first request: a few, and for TLS, where opening one takes milliseconds of the service, enough for a
# fifth of a second in which the service or this program does nothing.
CONNECTIONS = 10
TLS_SECONDS = 0.2
MOST_CONNECTIONS = 1000
MOST_REQUESTS = 20_000_000
# Descriptors that are left to the rest of the program.
_SPARE_DESCRIPTORS = 32


def drive(
    target: Target,
    requests: Sequence[Request],
    *,
    rate: float,
    seconds: float,
    warm_up: int = 0,
    connections: int | None = None,
    most: int = MOST_CONNECTIONS,
    keep_alive: bool = True,
    timeout: float = 10,
    deadline: float = math.inf,
) -> Load:
    """Send `rate` requests a second for `seconds`, routes in turns by their weight.

    `warm_up` requests come first, at the same rate, and do not count. `connections` are opened before (None: as many as do), `most` at most.
    A request without an answer after `timeout` seconds is an error. At `deadline` (time.monotonic) the run ends, marked
    as partial; requests that are then under way are left out. Raises ConfigError for what cannot be sent, AnalyzerError
    for a host without address; whatever the service does is in the samples.
    """
    if not requests or not (rate > 0 and seconds > 0 and warm_up >= 0 and rate * seconds + warm_up <= MOST_REQUESTS):
        raise ConfigError(
            f"cannot send {len(requests)} routes at {rate:g} requests/s for {seconds:g} s",
            hint=f"at least one route, and at most {MOST_REQUESTS:,} requests",
        )
    payloads = tuple(encode(request, target, keep_alive=keep_alive) for request in requests)
    most = max(1, min(most, _descriptors_left()))
    plan = Plan(tuple(requests), payloads, rate, max(1, round(rate * seconds)), warm_up, most, keep_alive, timeout)
    ends = None if math.isinf(deadline) else clock() + int((deadline - time.monotonic()) * 1e9)
    if connections is None:
        connections = max(2, math.ceil(rate * TLS_SECONDS)) if target.tls else CONNECTIONS
    run = Run(plan, reach(target))
    try:
        run.open(min(connections, most) if keep_alive else 0)
        partial = run.go(ends)
    finally:
        run.close()
    return run.load(seconds, partial)


def _descriptors_left() -> int:
    """How many more files and sockets this process may open."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return soft - sum(1 for _ in Path("/dev/fd").iterdir()) - _SPARE_DESCRIPTORS
