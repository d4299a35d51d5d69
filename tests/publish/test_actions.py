"""Outputs and summary, read back as the runner reads them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.publish.actions import MAX_SUMMARY_BYTES, append_summary, write_outputs


def as_the_runner_reads(text: str) -> dict[str, str]:
    """A port of the runner's reader of GITHUB_OUTPUT: lines end at \\n only; `=` before `<<` is a plain value."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            found[name] = value
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            end = lines.index(delimiter, position)
            found[name] = "\n".join(lines[position:end])
            position = end + 1
        else:
            raise AssertionError(f"the runner refuses the line {line!r}")
    return found


VALUES = st.text(st.sampled_from(list("ab=<\n\r\u2028:%{}\"'")), max_size=40)


@given(st.dictionaries(st.sampled_from(["verdict", "score", "comment-url"]), VALUES, max_size=3))
def test_no_value_can_set_another_output(tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, str]) -> None:
    path = tmp_path_factory.mktemp("out") / "output"
    write_outputs(str(path), outputs)
    assert as_the_runner_reads(path.read_bytes().decode()) == outputs


def test_outputs_are_added_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("before=1\n")
    write_outputs(str(path), {"verdict": "passed"})
    assert as_the_runner_reads(path.read_text()) == {"before": "1", "verdict": "passed"}


@pytest.mark.parametrize("name", ["a b", "a=b", "a<<b", "", "A"])
def test_only_our_own_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an output"):
        write_outputs(str(tmp_path / "output"), {name: "x"})


def test_a_summary_stays_under_what_github_shows(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    append_summary(str(path), "é" * MAX_SUMMARY_BYTES)
    assert MAX_SUMMARY_BYTES - 1 <= len(path.read_bytes()) <= MAX_SUMMARY_BYTES + 1
    path.read_text(encoding="utf-8")


def test_without_a_runner_nothing_is_written() -> None:
    write_outputs(None, {"verdict": "passed"})
    append_summary("", "x")
