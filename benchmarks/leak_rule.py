"""How often the leak rule is right: simulated services that are clean in awkward ways, and leaks of known size.

usage: python benchmarks/leak_rule.py [RUNS]

Each series has 30 readings of 500 requests each. For every kind: the share called leak, clean and inconclusive, the
requests used, and what the common rules say of the same series: the last reading 5 % over the first, and a significant
slope (Theil-Sen interval above zero). All of it twice: with readings that are off by a few KB as they please, and with
the garbage that collections of a real runtime leave in some of them.
"""

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median

import measuring  # noqa: F401  # finds perfgate in this tree

from perfgate.statistics.leak import LeakDecision, Reading, decide
from perfgate.statistics.slope import theil_sen

BLOCKS, REQUESTS = 30, 500
START = 12e6  # bytes: a small service
Series = Callable[[random.Random], list[float]]


def noise(rng: random.Random, spread: float) -> list[float]:
    """A quiet heap that warms up and then drifts, by up to 10 bytes a request."""
    pace, warm = rng.uniform(0, 10) * REQUESTS, rng.uniform(0, 400e3)
    return [START + pace * b - warm * math.exp(-b / 2) + rng.gauss(0, spread) for b in range(1, BLOCKS + 1)]


def left_over(rng: random.Random, held: list[float]) -> list[float]:
    """With what collections leave: a little always, now and then much, for one or two readings."""
    readings: list[float] = []
    more, for_readings = 0.0, 0
    for value in held:
        if not for_readings and rng.random() < 0.15:
            more, for_readings = rng.expovariate(1 / 120e3), rng.choice((1, 1, 2))
        readings.append(value + abs(rng.gauss(0, 15e3)) + (more if for_readings else 0))
        for_readings = max(0, for_readings - 1)
    return readings


def plus(rng: random.Random, spread: float, held: Callable[[float], float]) -> list[float]:
    """That heap, and what `held` says the service keeps after so many blocks."""
    return [base + held(b) for b, base in enumerate(noise(rng, spread), start=1)]


def lru(until: int) -> Series:
    """A cache that fills evenly until that block, 1 KiB a request."""
    return lambda rng: plus(rng, 5e3, lambda b: min(b, until) * REQUESTS * 1024.0)


def lru_random(share: float) -> Series:
    """A cache that fills with random keys: the fuller, the more hits. `share` of its keys come in a block."""
    return lambda rng: plus(rng, 8e3, lambda b: 4e6 * (1 - math.exp(-share * b)))


def decay(blocks: float) -> Series:
    return lambda rng: plus(rng, 5e3, lambda b: 3e6 * (1 - math.exp(-b / blocks)))


def saw(period: float) -> Series:
    """A buffer that is written out every so many blocks, from anywhere in its cycle."""

    def series(rng: random.Random) -> list[float]:
        begun = rng.uniform(0, period)
        return plus(rng, 5e3, lambda b: (b + begun) % period * REQUESTS * 900.0)

    return series


def expiring(rng: random.Random) -> list[float]:
    """Entries that live for a while, under a load that swings."""
    lives, phase, swing = rng.uniform(2, 8), rng.uniform(0, 6.3), rng.uniform(4, 15)
    return plus(rng, 40e3, lambda b: min(b, lives) * 400e3 * (1 + 0.3 * math.sin(b * 6.3 / swing + phase)))


def steps(rng: random.Random) -> list[float]:
    """Code loaded on first use, in a few large pieces."""
    at = [rng.uniform(1, 26) for _ in range(rng.randint(2, 6))]
    return plus(rng, 5e3, lambda b: 6e5 * sum(1 for moment in at if moment < b))


def wandering(step: float) -> Series:
    def series(rng: random.Random) -> list[float]:
        place, places = 0.0, []
        for _ in range(BLOCKS):
            place += rng.gauss(0, step)
            places.append(place)
        return [a + b for a, b in zip(noise(rng, 5e3), places, strict=True)]

    return series


def leaking(per_request: float, spread: float = 5e3) -> Series:
    return lambda rng: plus(rng, spread, lambda b: per_request * REQUESTS * b)


def in_a_map(rng: random.Random) -> list[float]:
    """100 bytes a request in a hash table that doubles when it is full."""
    entries = rng.randint(0, 4000)

    def held(b: float) -> float:
        count = entries + REQUESTS * b
        return 100 * count + 28 * 2.0 ** math.ceil(math.log2(count))

    return plus(rng, 5e3, held)


def beside_a_cache(rng: random.Random) -> list[float]:
    """100 bytes a request, and a cache that is full after some blocks."""
    until = rng.uniform(2, 8)
    return plus(rng, 5e3, lambda b: 100 * REQUESTS * b + min(b, until) * REQUESTS * 1024.0)


CLEAN: dict[str, Series] = {
    "quiet, drift to 10 B": leaking(0),
    "churn, spread 100 KB": leaking(0, 100e3),
    **{f"LRU full at block {until}": lru(until) for until in (4, 8, 12, 15, 18, 20, 22, 24, 26, 27)},
    **{f"LRU, random keys, {share:.0%} a block": lru_random(share) for share in (0.04, 0.08, 0.2)},
    **{f"decay over {blocks} blocks": decay(blocks) for blocks in (1, 3, 5, 8, 12, 16, 20, 25)},
    **{f"log buffer of {period} blocks": saw(period) for period in (2.3, 5, 7, 10, 14, 19, 23)},
    "entries that expire": expiring,
    "modules loaded late": steps,
    **{f"wandering, {step / 1e3:.0f} KB a block": wandering(step) for step in (10e3, 30e3, 100e3)},
}
LEAKS: dict[str, Series] = {
    **{f"leak of {size} B": leaking(size) for size in (10, 50, 100, 200, 1000)},
    **{f"leak of 100 B, spread {spread / 1e3:.0f} KB": leaking(100, spread) for spread in (10e3, 20e3, 30e3, 50e3)},
    "leak of 100 B in a hash table": in_a_map,
    "leak of 100 B beside a cache": beside_a_cache,
}


def readings(held: list[float]) -> list[Reading]:
    return [Reading(REQUESTS * b, value) for b, value in enumerate(held, start=1)]


def significant(held: list[float]) -> bool:
    return theil_sen([float(b) for b in range(6, BLOCKS + 1)], held[5:]).low > 0


def judged(series: Series, runs: int, seed: str, garbage: bool) -> Iterator[tuple[LeakDecision, list[float]]]:
    rng = random.Random(seed)
    for _ in range(runs):
        held = left_over(rng, series(rng)) if garbage else series(rng)
        decision = decide(readings(held))
        assert decision is not None
        yield decision, held


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(f"{'':38}{'leak':>7}{'clean':>7}{'incon.':>7}{'requests':>9} | {'+5 %':>6}{'signif.':>8}  reasons")
    for garbage in (False, True):
        for title, kinds in (("clean", CLEAN), ("leaks", LEAKS)):
            print(f"{title}, {'some collections leave garbage' if garbage else 'quiet readings'}")
            for name, series in kinds.items():
                row(name, list(judged(series, runs, name, garbage)))


def row(name: str, results: list[tuple[LeakDecision, list[float]]]) -> None:
    runs = len(results)
    verdicts = Counter(decision.verdict for decision, _ in results)
    shares = "".join(f"{verdicts[v] / runs:7.1%}" for v in ("leak", "clean", "inconclusive"))
    used = median(decision.requests for decision, _ in results)
    grown = sum(held[-1] > 1.05 * held[0] for _, held in results) / runs
    steep = sum(significant(held) for _, held in results) / runs
    why = Counter(decision.reason for decision, _ in results if decision.verdict == "inconclusive")
    said = ", ".join(f"{reason} {count}" for reason, count in why.most_common())
    print(f"  {name:36}{shares}{used:9,.0f} | {grown:6.0%}{steep:8.0%}  {said}")


if __name__ == "__main__":
    main()
