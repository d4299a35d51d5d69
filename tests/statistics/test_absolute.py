"""One run against an absolute limit."""

import pytest

from perfgate.statistics.absolute import Place, against


@pytest.mark.parametrize(
    ("samples", "limit", "place"),
    [
        ([11, 12, 13, 14, 15, 16], 10, "above"),
        ([10, 12, 13, 14, 15, 16], 10, "straddles"),
        ([5, 6, 7, 8, 9, 10], 10, "below"),
        ([5, 6, 7, 8, 9, 11], 10, "straddles"),
        ([11, 12, 13, 14, 15], 10, "unknown"),
        ([10] * 20, 10, "below"),
        ([5] * 15 + [500] * 5, 10, "below"),
    ],
)
def test_the_whole_interval_decides_and_equal_is_within(samples: list[float], limit: float, place: Place) -> None:
    assert against(samples, limit).place == place


def test_with_fewer_than_six_samples_there_is_a_median_but_no_interval() -> None:
    position = against([3, 1, 2], 10)
    assert (position.median, position.low, position.high) == (2, None, None)


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        against([], 10)
