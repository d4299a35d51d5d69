"""Measures forks of the six example services: unchanged ones, and ones that are slower by a known share."""

import json
import math
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from measuring import ROOT, WORK

from perfgate.analyzers.paired.answers import difference
from perfgate.analyzers.paired.comparing import comparisons
from perfgate.analyzers.paired.fork import Fork, fork
from perfgate.analyzers.paired.sides import Side
from perfgate.config import project
from perfgate.config.running import Compare, Running
from perfgate.runtime.asking import requests

METRICS = ("cpu", "wall")
SHARES = (0.10, 0.20)
UNCHANGED = "unchanged"
_SERVICES = WORK / "six-services"
_INJECT = ROOT / "benchmarks" / "services" / "inject.cjs"
_PILOTS = 10
_PILOT_SHARE = 0.20
_ROUNDS_IN_A_MILLISECOND = 700_000  # a first guess: the pilots say what it really is

# Pairs of one route in one fork, as (base, head) in units of 0.1 us, by metric.
Pairs = dict[str, list[tuple[int, int]]]
# The forks of a service by condition; in each, the pairs of each route.
Forks = dict[str, list[list[Pairs]]]


def condition(metric: str, share: float) -> str:
    return f"{metric} +{share:.0%}"


@dataclass(frozen=True)
class Size:
    """How many forks to measure of unchanged services, and of each change."""

    unchanged: int
    changed: int


def build() -> Path:
    """The example, installed and built by its own build, once."""
    example = ROOT / "examples" / "six-services"
    manager = json.loads((example / "package.json").read_text())["packageManager"]
    if not (_SERVICES / "dist").is_dir():
        shutil.rmtree(_SERVICES, ignore_errors=True)
        shutil.copytree(example, _SERVICES)
        for argv in (["npx", "--yes", manager, "install", "--frozen-lockfile"], ["node", "build.mjs"]):
            subprocess.run(argv, cwd=_SERVICES, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(example / project.FILE, _SERVICES)
    return _SERVICES


def in_the_gate() -> int:
    """The comparisons in a gate of all six services, also where only some of them were recorded."""
    services = project.parse((ROOT / "examples" / "six-services" / project.FILE).read_bytes()).services
    return comparisons({name: one.running for name, one in services.items() if one.running})


def campaign(names: Sequence[str], size: Size, file: Path) -> None:
    """Measure, and write down after each service; conditions take turns, so that a busy hour is busy for all."""
    root = build()
    services = project.parse((root / project.FILE).read_bytes()).services
    rng = random.Random()
    found: dict[str, object] = {}
    for name in names or sorted(services):
        running = services[name].running
        if running is None:
            sys.exit(f"{name}: examples/six-services/perfgate.yaml does not say how it is started")
        bench = _Bench(root, name, running, rng)
        begun = time.monotonic()
        conditions = {UNCHANGED: _nothing(running)} | bench.calibrated()
        wanted = {name: size.unchanged if name == UNCHANGED else size.changed for name in conditions}
        forks: Forks = {name: [] for name in conditions}
        for number in range(max(wanted.values())):
            for one in rng.sample(sorted(conditions), len(conditions)):
                if number < wanted[one]:
                    forks[one].append(_pairs(bench.fork(conditions[one])))
        routes = [request.name for request in requests(running)]
        found[name] = {"routes": routes, "forks": forks, "work": conditions}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"services": found}))
        done = sum(wanted.values()) + 2 * _PILOTS
        print(f"{name}: {done} forks in {time.monotonic() - begun:.0f} s", flush=True)


def _nothing(running: Running) -> dict[str, int]:
    return dict.fromkeys((request.name for request in requests(running)), 0)


class _Bench:
    """One service, started with and without work on top of its own."""

    def __init__(self, root: Path, name: str, running: Running, rng: random.Random) -> None:
        self.root, self.name, self.running, self.rng = root, name, running, rng
        self.settings = Compare()

    def fork(self, work: Mapping[str, int]) -> Fork:
        """A fork whose head has `work`, in rounds by route. The base has the same, with nothing to do in any of them.

        The same to the last table: that a route stands in it at all can be seen, at about 1 % of a quarter millisecond.
        """
        return fork(
            self.name,
            (self._side("base", _nothing(self.running)), self._side("head", work)),
            requests(self.running),
            pairs=self.settings.requests,
            warm_up=self.settings.warm_up,
            rng=self.rng,
        )

    def _side(self, name: str, work: Mapping[str, int]) -> Side:
        environment = {"NODE_OPTIONS": f"--require={_INJECT}", "INJECTED_WORK": json.dumps(work)}
        start = replace(self.running.start, env={**self.running.start.env, **environment})
        return Side("head" if name == "head" else "base", self.root, start)

    def calibrated(self) -> dict[str, dict[str, int]]:
        """The rounds for each change, by condition and route.

        Pilots with about 20 % more say what a round costs in percent of the route, in each metric; the rest is a rule
        of three.
        """
        names = [request.name for request in requests(self.running)]
        plain = [self.fork(_nothing(self.running)) for _ in range(_PILOTS)]
        base = {name: _median(plain, route, "wall")[1] for route, name in enumerate(names)}
        guess = {name: round(_PILOT_SHARE * ms * _ROUNDS_IN_A_MILLISECOND) for name, ms in base.items()}
        pilots = [self.fork(guess) for _ in range(_PILOTS)]
        found: dict[str, dict[str, int]] = {}
        for metric in METRICS:
            a_round = {
                name: math.expm1(_median(pilots, route, metric)[0]) / guess[name] for route, name in enumerate(names)
            }
            for share in SHARES:
                found[condition(metric, share)] = {name: max(0, round(share / a_round[name])) for name in names}
        return found


def _median(forks: Sequence[Fork], route: int, metric: str) -> tuple[float, float]:
    """The median log ratio over forks, and the median of the base in ms."""
    found = [difference(getattr(one.answers[route], metric), one.answers[route].asked) for one in forks]
    known = [one for one in found if one is not None]
    if not known:
        sys.exit(f"route {route} has no {metric}: are its answers right?")
    return statistics.median(one.log_ratio for one in known), statistics.median(one.base for one in known)


def _pairs(one: Fork) -> list[Pairs]:
    return [
        {
            metric: [(round(base * 1e4), round(head * 1e4)) for base, head in getattr(answers, metric)]
            for metric in METRICS
        }
        for answers in one.answers
    ]
