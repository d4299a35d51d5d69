"""Quantities: what is read, what is refused, and that two different numbers never print alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.units import System, Unit, UnitError, parse, show, show_change, show_percent


@pytest.mark.parametrize(
    ("text", "unit", "system", "value"),
    [
        ("500 KB", Unit.BYTES, System.IEC, 512_000),
        ("500KB", Unit.BYTES, System.IEC, 512_000),
        ("500 kb", Unit.BYTES, System.IEC, 512_000),
        ("500 KB", Unit.BYTES, System.SI, 500_000),
        ("500 KiB", Unit.BYTES, System.SI, 512_000),
        ("1.5 MB", Unit.BYTES, System.IEC, 1_572_864),
        ("12 B", Unit.BYTES, System.IEC, 12),
        ("10 ms", Unit.MILLISECONDS, System.IEC, 10),
        ("1.5 s", Unit.MILLISECONDS, System.IEC, 1500),
        ("2 min", Unit.MILLISECONDS, System.IEC, 120_000),
        ("70%", Unit.PERCENT, System.IEC, 70),
        ("85", Unit.POINTS, System.IEC, 85),
        ("3", Unit.COUNT, System.IEC, 3),
    ],
)
def test_reads_a_quantity(text: str, unit: Unit, system: System, value: float) -> None:
    assert parse(text, unit, system) == value


@pytest.mark.parametrize(
    ("text", "unit", "message", "hint"),
    [
        ("500", Unit.BYTES, "'500' has no unit", "write a number and a unit, such as 500 KB"),
        ("abc", Unit.BYTES, "'abc' is not a size", "write a number and a unit, such as 500 KB"),
        ("", Unit.BYTES, "'' is not a size", "write a number and a unit, such as 500 KB"),
        ("-5 KB", Unit.BYTES, "'-5 KB' is not a size", "write a number and a unit, such as 500 KB"),
        ("1e3 B", Unit.BYTES, "'1e3 B' is not a size", "write a number and a unit, such as 500 KB"),
        ("\u0663 KB", Unit.BYTES, "'\u0663 KB' is not a size", "write a number and a unit, such as 500 KB"),
        ("1,5 kB", Unit.BYTES, "'1,5 kB' has a comma", "write decimals with a point and leave out thousands separators"),
        (
            "500 kbs", Unit.BYTES, "'500 kbs' is not a size: unknown unit 'kbs'",
            "write a number and a unit, such as 500 KB; known units: B, KB, KiB, MB, MiB, GB, GiB",
        ),
        (
            "10%", Unit.BYTES, "'10%' is not a size: unknown unit '%'",
            "write a number and a unit, such as 500 KB; known units: B, KB, KiB, MB, MiB, GB, GiB",
        ),
        ("10", Unit.MILLISECONDS, "'10' has no unit", "write a number and a unit, such as 10 ms"),
        ("85%", Unit.POINTS, "'85%' is not a score: unknown unit '%'", "write a number, such as 85"),
        ("2.5", Unit.COUNT, "'2.5' is not a whole number", "write a number, such as 3"),
    ],
)  # fmt: skip
def test_refuses_what_could_be_misread(text: str, unit: Unit, message: str, hint: str) -> None:
    with pytest.raises(UnitError) as refused:
        parse(text, unit)
    assert (str(refused.value), refused.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("value", "unit", "system", "text"),
    [
        (0, Unit.BYTES, System.IEC, "0 B"),
        (1023, Unit.BYTES, System.IEC, "1,023 B"),
        (512_000, Unit.BYTES, System.IEC, "500 KiB"),
        (512_000, Unit.BYTES, System.SI, "512 kB"),
        (1_572_864, Unit.BYTES, System.IEC, "1.5 MiB"),
        (9.5, Unit.MILLISECONDS, System.IEC, "9.5 ms"),
        (1234, Unit.MILLISECONDS, System.IEC, "1.23 s"),
        (0.004, Unit.MILLISECONDS, System.IEC, "0.004 ms"),
        (70.12, Unit.PERCENT, System.IEC, "70.1%"),
        (85, Unit.POINTS, System.IEC, "85"),
        (12_345, Unit.COUNT, System.IEC, "12,345"),
    ],
)
def test_shows_three_significant_digits(value: float, unit: Unit, system: System, text: str) -> None:
    assert show(value, unit, system) == text


def test_numbers_that_would_print_alike_are_printed_exactly() -> None:
    assert show(512_001, Unit.BYTES, beside=[512_000]) == "512,001 B"
    assert show(512_000, Unit.BYTES, beside=[512_001]) == "512,000 B"


def test_numbers_of_a_row_share_their_unit() -> None:
    assert show(900, Unit.BYTES, beside=[512_000]) == "0.88 KiB"
    assert show(512_000, Unit.BYTES, beside=[900]) == "500 KiB"


@given(st.integers(0, 2**50), st.integers(0, 2**50), st.sampled_from(System))
def test_different_sizes_never_print_alike(one: int, other: int, system: System) -> None:
    texts = show(one, Unit.BYTES, system, beside=[other]), show(other, Unit.BYTES, system, beside=[one])
    assert (texts[0] == texts[1]) == (one == other)


@given(st.text(max_size=12))
def test_reading_either_gives_a_number_or_a_hint(text: str) -> None:
    try:
        assert parse(text, Unit.BYTES) >= 0
    except UnitError as error:
        assert error.hint  # noqa: PT017  # either way is right


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (700_000, 760_000, "+58.6 KiB (+8.6%)"),
        (760_000, 700_000, "−58.6 KiB (−7.9%)"),
        (0, 500, "+500 B"),
        (500, 500, "="),
        (10_000_000, 10_000_001, "+1 B (+<0.1%)"),
    ],
)
def test_shows_a_change(before: int, after: int, text: str) -> None:
    assert show_change(before, after, Unit.BYTES) == text


def test_a_percentage_is_never_zero_unless_it_is() -> None:
    assert [show_percent(percent) for percent in (0, 0.01, 0.06, 9.96, 150)] == ["0%", "<0.1%", "0.1%", "10%", "150%"]
