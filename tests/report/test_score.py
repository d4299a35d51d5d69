"""The score: worked examples, and the properties that make it fair."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.report.score import Thresholds, curve, overall, scored
from tests.reports import a_report

WEIGHTS = {"memory": 0.25, "bundle": 0.25, "response": 0.25, "build": 0.15, "dependencies": 0.10}
MEMORY = Thresholds(150, 200, 300)


@pytest.mark.parametrize(
    ("value", "points"), [(0, 100), (140, 90.7), (150, 90), (175, 80), (200, 70), (250, 60), (300, 50), (600, 25)]
)
def test_the_curve_passes_through_its_thresholds(value: float, points: float) -> None:
    assert round(curve(value, MEMORY), 1) == points


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_the_curve_never_rises(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= curve(high, MEMORY) <= curve(low, MEMORY) <= 100


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"memory": 50.0}, 78.5),
        ({"response": 12.5}, 36.1),
        ({}, 97),
    ],
)
def test_one_bad_part_is_not_averaged_away(parts: dict[str, float], expected: float) -> None:
    score = overall({name: (weight, parts.get(name, 97.0)) for name, weight in WEIGHTS.items()})
    assert score is not None
    assert score.overall == expected


@given(st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.floats(1, 100), min_size=1))
def test_the_points_lost_add_up(points: dict[str, float]) -> None:
    score = overall({name: (WEIGHTS[name], value) for name, value in points.items()})
    assert score is not None
    assert min(points.values()) - 0.1 <= score.overall <= max(points.values()) + 0.1
    assert sum(part.lost for part in score.breakdown.values()) == pytest.approx(100 - score.overall, abs=0.5)


def test_nothing_measured_has_no_score() -> None:
    assert overall({}) is None
    assert scored(a_report("auth bundle.size=10"), {}).details.score is None


@pytest.mark.parametrize(("share", "points"), [(0.5, 94.4), (0.9, 90), (1.0, 70), (1.2, 50), (2.4, 25)])
def test_a_bundle_scores_by_its_share_of_the_budget(share: float, points: float) -> None:
    report = scored(
        a_report(f"auth bundle.size={int(share * 100_000)}; web bundle.size=1"), {"auth": 100_000, "web": 100_000}
    )
    assert report.value("(repository)", "score.performance") == points


def test_too_little_coverage_is_unknown_and_a_failure_makes_it_partial() -> None:
    report = scored(a_report("auth bundle.size=10; web bundle.size failed: cannot be read"), {"auth": 100_000})
    score = report.details.score
    assert score is not None
    assert (score.status, score.coverage, score.partial) == ("unknown", 0.25, True)


@pytest.mark.parametrize(("rate", "points"), [(100, 100), (99, 90), (98, 70), (95, 50), (90, 25), (0, 2.5)])
def test_a_build_scores_by_its_failures(rate: float, points: float) -> None:
    report = scored(a_report(f"(repository) build.successRate={rate}%"), {})
    assert report.value("(repository)", "score.performance") == points
