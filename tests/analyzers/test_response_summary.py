"""From rows to figures: medians of seconds, percentiles by rank, and what is said beside them."""

import math
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.analyzers.response.summary import nearest_rank, summarize
from perfgate.runtime.http import Outcome
from perfgate.runtime.samples import Load, Samples


def load(
    latencies: Sequence[float | Outcome],
    *,
    rate: float = 10,
    routes: Sequence[int] = (0,),
    partial: str = "",
    unstamped: int = 0,
) -> Load:
    """A run whose request i took `latencies[i]` ms, or ended with that outcome; routes in turns."""
    wrong = [isinstance(latency, Outcome) for latency in latencies]
    samples = Samples(
        route=array("H", (routes[i % len(routes)] for i in range(len(latencies)))),
        due=array("d", (i / rate for i in range(len(latencies)))),
        latency=array("d", (math.nan if bad else x for x, bad in zip(latencies, wrong, strict=True))),
        lag=array("d", (0.1 for _ in latencies)),
        outcome=array("b", (int(x) if bad else 0 for x, bad in zip(latencies, wrong, strict=True))),
    )
    names = tuple("abc"[: max(routes) + 1])
    seconds = len(latencies) / rate
    return Load(names, rate, seconds, samples, seconds, 1, unstamped=unstamped, partial=partial)


def test_one_bad_second_does_not_move_the_mean_and_is_said() -> None:
    summary = summarize(load([1.0] * 100 + [51.0] * 10))
    assert (summary.all.mean, summary.all.blocks) == (1, (*[1.0] * 10, 51.0))
    assert summary.all.mean_all == pytest.approx(5.5454, abs=1e-3)
    assert (summary.all.p50, summary.all.p95, summary.all.p99, summary.all.max) == (1, 51, 51, 51)
    assert summary.all.block_p95 == 1
    assert summary.warnings == (
        "stalls that the mean of 1.00 ms does not show: 1 of 11 seconds had a mean of up to 51.0 ms; "
        "p99 51.0 ms, longest 51.0 ms",
    )


def test_a_stall_in_every_second_counts_in_full() -> None:
    summary = summarize(load(([1.0] * 9 + [101.0]) * 12))
    assert summary.all.mean == pytest.approx(11)
    assert summary.warnings == ()


def test_a_single_long_request_is_said() -> None:
    (warning,) = summarize(load([1.0] * 1999 + [150.0], rate=200)).warnings
    assert warning == "stalls that the mean of 1.00 ms does not show: p99 1.0 ms, longest 150.0 ms"


def test_errors_are_no_fast_answers() -> None:
    summary = summarize(load([5.0, Outcome.STATUS, 7.0, Outcome.TIMEOUT] * 30))
    assert (summary.all.mean, summary.all.p50, summary.all.errors, summary.all.error_rate) == (6, 5, 60, 50)
    assert summary.all.problems == {"wrong status": 30, "no answer in time": 30}
    assert summary.all.throughput == pytest.approx(5)


def test_where_everything_errs_there_are_no_times() -> None:
    figures = summarize(load([Outcome.REFUSED] * 20)).all
    assert (figures.errors, figures.error_rate, figures.throughput) == (20, 100, 0)
    assert (figures.blocks, figures.mean, figures.mean_all, figures.p50, figures.p95) == ((), None, None, None, None)
    assert (figures.p99, figures.block_p95, figures.max) == (None, None, None)


def test_a_second_in_which_everything_errs_is_left_out_and_not_zero() -> None:
    figures = summarize(load([Outcome.RESET] * 10 + [4.0] * 20)).all
    assert (figures.mean, figures.blocks) == (4, (4, 4))


def test_routes_have_figures_of_their_own() -> None:
    summary = summarize(load([1.0, 1.0, 9.0] * 40, routes=(0, 0, 1)))
    assert [(route.name, route.requests, route.mean) for route in summary.routes] == [("a", 80, 1), ("b", 40, 9)]
    assert summary.all.requests == 120


def test_a_route_that_was_never_asked() -> None:
    figures = summarize(load([1.0] * 3, routes=(0, 0, 0, 1))).routes[1]
    assert (figures.requests, figures.error_rate, figures.mean) == (0, 0, None)


def test_a_rest_of_a_second_joins_the_last_one() -> None:
    assert len(summarize(load([1.0] * 104)).all.blocks) == 10
    assert len(summarize(load([1.0] * 106)).all.blocks) == 11
    assert len(summarize(load([1.0] * 3)).all.blocks) == 1


def test_what_else_is_said() -> None:
    assert summarize(load([1.0] * 30)).warnings == ("only 3 seconds were measured; means are steady from 10 on",)
    assert "cut short by the deadline" in summarize(load([1.0] * 30, partial="deadline")).warnings[0]
    assert "no receive stamps" in summarize(load([1.0] * 100, unstamped=100)).warnings[0]
    assert summarize(load([])).all.requests == 0


@pytest.mark.parametrize(
    ("count", "percent", "rank"),
    [(1, 50, 1), (1, 99, 1), (20, 95, 19), (100, 95, 95), (100, 99, 99), (101, 50, 51), (10, 99, 10), (1000, 99, 990)],
)
def test_the_nearest_rank(count: int, percent: float, rank: int) -> None:
    assert nearest_rank(range(1, count + 1), percent) == rank


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=400), st.sampled_from([50, 95, 99]))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(values: list[float], percent: int) -> None:
    ordered = sorted(values)
    found = nearest_rank(ordered, percent)
    assert sum(value <= found for value in ordered) * 100 >= percent * len(ordered)
    assert sum(value < found for value in ordered) * 100 < percent * len(ordered)
