"""Mappings: the same changes of source as a decoder finds that looks at every segment, however long the line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfgate.javascript import mappings
from perfgate.javascript.mappings import MappingsError, Mark
from tests.javascript.test_source_map import vlq

STEPS = st.tuples(st.integers(0, 40) | st.integers(0, 100_000), st.sampled_from([0, 0, 0, 0, 1, -1, None]))


def written(lines: list[list[tuple[int, int | None]]], extra: int) -> tuple[str, list[Mark], list[int], list[int]]:
    """Mappings out of steps of column and source, and the marks, lines and first columns they say."""
    text: list[str] = []
    marks: list[Mark] = []
    numbers, firsts = [], []
    source, last = 0, -2
    for number, line in enumerate(lines):
        column, segments = 0, []
        for step, change in line:
            column += step
            if change is None or not 0 <= source + change < 3:
                segments.append(vlq(step))
                now = None
            else:
                source += change
                segments.append(vlq(step) + vlq(change) + "AA" + "A" * extra)
                now = source
            if now != last:
                marks.append(Mark(number, column, now))
            last = -1 if now is None else now
        if line:
            numbers.append(number)
            firsts.append(line[0][0])
        text.append(",".join(segments))
    return ";".join(text), marks, numbers, firsts


def changes_only(marks: list[Mark]) -> list[Mark]:
    """Without those that name the source that was in force, and without what is beyond."""
    marks = [mark._replace(beyond=0) for mark in marks]
    return [mark for index, mark in enumerate(marks) if index == 0 or mark.source != marks[index - 1].source]


@given(st.lists(st.lists(STEPS, max_size=30), min_size=1, max_size=8), st.integers(0, 1))
def test_changes_of_source_are_found(lines: list[list[tuple[int, int | None]]], extra: int) -> None:
    text, marks, numbers, firsts = written(lines, extra)
    found = mappings.decode(text.encode(), 3)
    assert changes_only(found.marks) == changes_only(marks)
    assert (found.lines, found.firsts) == (numbers, firsts)


@settings(max_examples=5, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=40), st.integers(4_000, 9_000))
def test_a_line_longer_than_any_chunk_is_added_up(steps: list[tuple[int, int | None]], times: int) -> None:
    line = [step for step in steps if step[1] == 0] or [(3, 0)]
    text, _, _, _ = written([[*(line * (times // len(line))), (7, 1)]], 0)
    column = sum(step for step, _ in line) * (times // len(line)) + 7
    assert mappings.decode(text.encode(), 3).marks[-1] == Mark(0, column, 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("AAAA,DCAA", "the mappings of line 1 go back"),
        (";AAAA," + "CAAA," * 4000 + "DAAA," + "CAAA," * 4000 + "CCAA", "the mappings of line 2 go back"),
        ("AAAA," + "g" * 100 + "A", "the mappings have a number that is too large"),
        ("AAAA," + "g" * 40_000 + "A", "the mappings have a number that is too large"),
        ("AAAA,g", "the mappings of line 1 are broken"),
        ("AAAA;,g", "the mappings of line 2 are broken"),
        ("A\n", "the mappings have characters that no map has"),
    ],
    ids=["back", "far back", "long", "very long", "no end", "no first", "line end"],
)
def test_what_no_bundler_writes_is_refused(text: str, problem: str) -> None:
    with pytest.raises(MappingsError) as refused:
        mappings.decode(text.encode(), 3)
    assert str(refused.value) == problem
