"""A plan never spends more error than it was given, whatever is carried from look to look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.statistics.intervals import signed_rank_level
from perfgate.statistics.plan import PLAN, Plan, rates

PLANS = st.lists(
    st.tuples(st.integers(1, 40), st.floats(0, 0.2)), min_size=1, max_size=5, unique_by=lambda look: look[0]
)


@given(PLANS, st.integers(1, 200))
def test_the_looks_together_spend_no_more_than_the_plan(looks: list[tuple[int, float]], comparisons: int) -> None:
    looks.sort()
    plan = Plan(tuple(n for n, _ in looks), tuple(alpha for _, alpha in looks))
    spent = [
        (signed_rank_level(n, allowed.failing), signed_rank_level(n, allowed.clearing))
        for n, allowed in zip(plan.looks, rates(plan, comparisons), strict=True)
    ]
    total = sum(plan.alphas) / 2
    assert sum(failing for failing, _ in spent) <= total / comparisons + 1e-12
    assert sum(clearing for _, clearing in spent) <= total + 1e-12


def test_what_the_first_look_cannot_spend_the_next_one_may() -> None:
    first, second, last = rates(PLAN, 24)
    assert first.failing == 0.0075 / 24
    assert signed_rank_level(8, first.failing) == 0
    assert second.failing == pytest.approx(2 * 0.0075 / 24)
    assert last.failing > 0.01 / 24


def test_the_next_look() -> None:
    assert [PLAN.next_look(n) for n in (0, 7, 8, 13, 14, 23, 24, 30)] == [8, 8, 14, 14, 24, 24, None, None]


@pytest.mark.parametrize(
    ("looks", "alphas"),
    [((), ()), ((8, 8), (0.01, 0.01)), ((14, 8), (0.01, 0.01)), ((0,), (0.05,)), ((8,), (0.01, 0.01)), ((8,), (1.1,))],
)
def test_what_is_no_plan_is_refused(looks: tuple[int, ...], alphas: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="look"):
        Plan(looks, alphas)
