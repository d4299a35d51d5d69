"""Growth that ends is no leak; growth that goes on is one; the rest is said to be open."""

import math
import random
from collections.abc import Callable

import pytest

from perfgate.statistics.leak import LOOKS, LeakDecision, Reading, decide, least_of

KIB = 1024
Held = Callable[[int], float]


def readings(held: Held, blocks: int = 30, *, seed: int = 1, spread: float = 5e3) -> list[Reading]:
    """A service of 12 MB that warms up, drifts by 5 bytes a request, and holds `held(block)` beside that."""
    rng = random.Random(seed)  # noqa: S311 (a fixed seed is the point)
    return [
        Reading(500 * b, 12e6 + 2500 * b - 3e5 * math.exp(-b / 2) + held(b) + rng.gauss(0, spread))
        for b in range(1, blocks + 1)
    ]


def judged(held: Held, *, seed: int = 1, spread: float = 5e3) -> LeakDecision:
    decision = decide(readings(held, seed=seed, spread=spread))
    assert decision is not None
    return decision


def filling(until: float) -> Held:
    return lambda b: min(b, until) * 500 * KIB


def fading(blocks: float) -> Held:
    return lambda b: 3e6 * (1 - math.exp(-b / blocks))


def flushed(every: int, begun: int = 0) -> Held:
    return lambda b: (b + begun) % every * 500 * 900


def leaking(size: float) -> Held:
    return lambda b: size * 500 * b


CLEAN: dict[str, Held] = {
    "nothing": leaking(0),
    **{f"cache full at block {until}": filling(until) for until in (3, 8, 12, 15, 19, 20, 23, 26, 27)},
    **{f"warm-up over {blocks} blocks": fading(blocks) for blocks in (1, 3, 6, 10, 15, 20, 25)},
    **{f"buffer of {every} from {at}": flushed(every, at) for every in (3, 7, 12, 19, 23) for at in (0, 5, 11)},
    "modules loaded": lambda b: 6e5 * sum(b > at for at in (7, 12, 17, 22)),
    "entries that expire": lambda b: min(b, 4) * 4e5 * (1 + 0.3 * math.sin(b)),
}


@pytest.mark.parametrize("held", CLEAN.values(), ids=CLEAN.keys())
def test_growth_that_ends_is_never_a_leak(held: Held) -> None:
    for seed in range(8):
        assert judged(held, seed=seed).verdict != "leak"


@pytest.mark.parametrize("size", [100, 200, 1000])
def test_leaks_on_a_steady_service_are_found_within_15_000_requests(size: float) -> None:
    found = [judged(leaking(size), seed=seed, spread=20e3) for seed in range(20)]
    assert sum(decision.verdict == "leak" for decision in found) >= 19
    assert max(decision.requests for decision in found) <= 15_000
    for decision in found:
        assert decision.slope == pytest.approx(size + 5, abs=10)


def test_collections_cut_short_neither_hide_a_leak_nor_make_one() -> None:
    def leftovers(b: int) -> float:
        return {5: 2e5, 11: 3e5, 12: 1e5, 18: 1.5e5, 25: 3e5, 30: 2e5}.get(b, 0)

    assert judged(lambda b: leaking(100)(b) + leftovers(b)).verdict == "leak"
    assert judged(leftovers).verdict == "clean"


def test_a_table_that_doubles_does_not_hide_the_leak_in_it() -> None:
    for full in range(8, 29):
        assert judged(lambda b, full=full: leaking(100)(b) + (b > full) * 230e3).verdict == "leak"  # type: ignore[misc]


def test_a_leak_beside_a_cache_that_fills_is_found() -> None:
    assert judged(lambda b: leaking(100)(b) + filling(6)(b)).verdict == "leak"


def test_a_few_bytes_a_request_are_clean_however_significant() -> None:
    decision = judged(leaking(10), spread=1e3)
    assert decision.verdict == "clean"
    assert decision.requests <= 10_000
    assert decision.low is not None
    assert decision.low > 5


def test_a_cache_that_was_full_early_is_clean_and_says_so() -> None:
    decision = judged(filling(15))
    assert (decision.verdict, decision.reason) == ("clean", "grew at first, then stopped")


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        (flushed(7), "swings too much to tell"),
        (fading(15), "growth is fading"),
        (filling(26), "growth is fading"),
        (lambda b: leaking(100)(b) + 1e6 * (b < 5), "falls back after growing"),
        (lambda b: 6e5 * sum(b > at for at in (7, 12, 17, 22, 27)), "grows in fits and starts"),
    ],
    ids=["buffer", "warm-up", "cache", "fall", "steps"],
)
def test_what_is_open_says_why(held: Held, reason: str) -> None:
    decision = judged(held)
    assert (decision.verdict, decision.reason) == ("inconclusive", reason)


def test_it_asks_for_more_until_a_look_decides() -> None:
    series = readings(leaking(100))
    assert [n for n in range(31) if decide(series[:n]) is not None] == [30]
    quiet = readings(leaking(0))
    assert [n for n in range(31) if decide(quiet[:n]) is not None] == list(range(12, 31))
    assert decide(quiet) == decide(quiet[:12])


def test_more_readings_than_planned_change_nothing() -> None:
    assert decide(readings(leaking(100), 40)) == decide(readings(leaking(100), 40)[: LOOKS[-1].blocks])


def test_a_measurement_that_ended_early_is_open_whatever_its_slope() -> None:
    for blocks in (0, 5, 12, 19, 29):
        decision = decide(readings(leaking(1000), blocks), ended=True)
        assert decision is not None
        assert (decision.verdict, decision.reason) == ("inconclusive", f"ended after {blocks} of 30 blocks")
        assert (decision.slope is None) == (blocks < 12)


def test_the_smallest_leak_that_counts_can_be_set() -> None:
    decision = decide(readings(leaking(100)), least=1000)
    assert decision is not None
    assert decision.verdict == "clean"


def test_what_a_runtime_comes_to_hold_by_itself_is_no_leak_in_small_blocks() -> None:
    # 2.5 KB a block, whatever a block is: 5 bytes a request in usual ones, 50 in blocks of 50.
    small = [Reading(reading.requests // 10, reading.held) for reading in readings(leaking(0))]
    decision = decide(small, ended=True)
    assert decision is not None
    assert decision.verdict != "leak"
    assert least_of(small) == 10 * least_of(readings(leaking(0)))


def test_readings_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="more requests than the one before"):
        decide([Reading(500, 1.0), Reading(500, 2.0)])
