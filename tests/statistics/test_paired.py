"""Three answers about forks, and how often each is wrong."""

import math
import random
from collections import Counter
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.statistics.paired import decide, outliers, settled
from perfgate.statistics.plan import PLAN


def dice(seed: object) -> random.Random:
    return random.Random(repr(seed))  # noqa: S311 (a fixed seed is the point)


def forks(rng: random.Random, increase: float, spread: float, n: int = 24) -> list[float]:
    return [math.log1p(increase) + rng.gauss(0, spread) for _ in range(n)]


def shares(increase: float, spread: float, comparisons: int, runs: int = 300) -> dict[str, float]:
    rng = dice((increase, spread))
    verdicts = Counter(decide(forks(rng, increase, spread), 0.05, comparisons=comparisons).verdict for _ in range(runs))
    return {verdict: verdicts[verdict] / runs for verdict in ("regressed", "not regressed", "inconclusive")}


@pytest.mark.parametrize("comparisons", [1, 24])
def test_unchanged_code_is_cleared_and_never_fails(comparisons: int) -> None:
    for spread in (0.03, 0.05):
        found = shares(0.0, spread, comparisons)
        assert found["regressed"] == 0
        assert found["not regressed"] >= 0.95


@pytest.mark.parametrize(
    ("increase", "spread", "comparisons", "least"),
    [(0.10, 0.03, 24, 0.95), (0.10, 0.05, 6, 0.85), (0.20, 0.05, 24, 0.99), (0.20, 0.03, 24, 0.99)],
)
def test_real_changes_are_found(increase: float, spread: float, comparisons: int, least: float) -> None:
    assert shares(increase, spread, comparisons)["regressed"] >= least


def test_a_change_of_exactly_the_limit_fails_and_is_cleared_no_more_often_than_the_plan_allows() -> None:
    found = shares(0.05, 0.05, 1, runs=1500)
    assert found["regressed"] <= 0.025 + 3 * math.sqrt(0.025 / 1500)
    assert found["not regressed"] <= 0.025 + 3 * math.sqrt(0.025 / 1500)


def test_asking_after_every_fork_and_stopping_when_it_suits_decides_no_more_often() -> None:
    rng = dice(5)
    for _ in range(150):
        differences = forks(rng, 0.05, 0.05)
        asked = [decide(differences[:n], 0.05).verdict for n in range(1, 25)]
        assert set(asked[:7]) == {"inconclusive"}
        for n in range(1, 25):
            looked = [look for look in PLAN.looks if look <= n]
            assert asked[n - 1] == (asked[looked[-1] - 1] if looked else "inconclusive")
        decided = [verdict for verdict in asked if verdict != "inconclusive"]
        assert len(set(decided)) <= 1


def test_the_decision_of_a_look_stands_whatever_is_measured_after_it() -> None:
    early = [0.2 + 0.001 * i for i in range(8)]
    assert decide([*early, *[-1.0] * 16], 0.05) == decide(early, 0.05)
    assert decide(early, 0.05).n == 8


def test_a_look_can_be_asked_for_by_its_number_of_forks() -> None:
    differences = forks(dice(2), 0.05, 0.05)
    assert decide(differences, 0.05, look=14) == decide(differences[:14], 0.05)
    with pytest.raises(ValueError, match="11 forks are no look"):
        decide(differences, 0.05, look=11)


def test_with_many_comparisons_the_first_look_can_clear_but_not_fail() -> None:
    high, low = [0.3 + 0.01 * i for i in range(8)], [-0.3 + 0.01 * i for i in range(8)]
    assert decide(high, 0.05).verdict == "regressed"
    failing, clearing = decide(high, 0.05, comparisons=24), decide(low, 0.05, comparisons=24)
    assert (failing.verdict, failing.low, failing.detectable, failing.more_forks) == ("inconclusive", None, None, 6)
    assert clearing.verdict == "not regressed"


def test_too_few_forks_say_so_with_no_ends() -> None:
    decision = decide([0.5, 0.6, 0.7], 0.05)
    assert (decision.verdict, decision.n, decision.low, decision.high, decision.detectable) == (
        "inconclusive", 3, None, None, None,
    )  # fmt: skip
    assert decision.ratio == pytest.approx(math.exp(0.6))
    assert decision.more_forks == 5


@pytest.mark.parametrize(("comparisons", "spread"), [(1, 0.03), (24, 0.05)])
def test_the_smallest_change_that_is_promised_is_found_8_times_of_10(comparisons: int, spread: float) -> None:
    rng = dice(11)
    said = median(decide(forks(rng, 0.0, spread), 0.05, comparisons=comparisons).detectable or 0 for _ in range(500))
    assert 0.77 <= shares(said, spread, comparisons, runs=600)["regressed"] <= 0.9


def test_more_forks_are_named_only_where_they_would_help() -> None:
    rng = dice(3)
    near, at = forks(rng, 0.08, 0.06), [math.log1p(0.05) + (-1) ** i * 0.01 * (1 + i // 2) for i in range(24)]
    open_now = decide(near, 0.05, comparisons=24)
    assert open_now.verdict == "inconclusive"
    assert open_now.more_forks is not None
    assert 0 < open_now.more_forks <= 176
    assert decide(at, 0.05).more_forks is None
    assert decide([0.0] * 24, 0.05).more_forks == 0


def test_a_few_bad_forks_are_counted_and_neither_fail_nor_hide() -> None:
    rng = dice(8)
    unchanged, slower = forks(rng, 0.0, 0.02), forks(rng, 0.2, 0.02)
    for each in (unchanged, slower):
        each[3] += 0.7
        each[9] -= 0.5
    assert decide(unchanged, 0.05, comparisons=24).verdict == "not regressed"
    assert decide(slower, 0.05, comparisons=24).verdict == "regressed"
    assert (outliers(unchanged), outliers(slower), outliers([])) == (2, 2, 0)


def test_identical_sides_are_cleared_exactly() -> None:
    decision = decide([0.0] * 8, 0.05)
    assert (decision.verdict, decision.ratio, decision.low, decision.high) == ("not regressed", 1, 1, 1)
    assert decision.detectable == pytest.approx(0.05)


def test_with_no_tolerance_no_difference_is_not_decided() -> None:
    assert decide([0.0] * 24, 0.0).verdict == "inconclusive"


def test_measuring_stops_when_all_is_decided_or_nothing_more_is_planned() -> None:
    cleared, undecided = decide([-0.3] * 8, 0.05), decide([math.log1p(0.05)] * 8, 0.05)
    assert settled([cleared])
    assert not settled([cleared, undecided])
    assert settled([cleared, decide([math.log1p(0.05)] * 24, 0.05)])
    assert settled([])


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=30), st.floats(0, 0.5), st.integers(1, 100))
def test_more_comparisons_and_a_larger_limit_fail_less(
    differences: list[float], limit: float, comparisons: int
) -> None:
    alone, among = decide(differences, limit, look=24), decide(differences, limit, look=24, comparisons=comparisons)
    if among.verdict == "regressed":
        assert alone.verdict == "regressed"
    for decision in (alone, among):
        assert (decision.more_forks == 0) == (decision.verdict != "inconclusive")
        assert (decision.low or 0) <= decision.ratio <= (decision.high or math.inf)
        if decision.verdict == "regressed":
            assert decision.low is not None
            assert decision.low >= 1 + limit
        if decision.verdict == "not regressed":
            assert decision.high is not None
            assert decision.high < 1 + limit


@pytest.mark.parametrize("differences", [[], [math.nan] * 8, [math.inf] * 8])
def test_what_is_no_measurement_is_refused(differences: list[float]) -> None:
    with pytest.raises(ValueError, match="interval needs"):
        decide(differences, 0.05)


def test_absurd_ratios_stay_numbers() -> None:
    decision = decide([(-1) ** i * 5000.0 for i in range(24)], 0.05)
    assert decision.detectable is not None
    assert math.isfinite(decision.detectable)


def test_a_limit_below_nothing_or_no_comparison_is_refused() -> None:
    with pytest.raises(ValueError, match="limit of -1"):
        decide([0.0], -1.0)
    with pytest.raises(ValueError, match="0 comparisons"):
        decide([0.0], 0.05, comparisons=0)
