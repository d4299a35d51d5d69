"""Spans of JSON values: what stands in them is what a parser finds, and what is broken is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.javascript import json_scan
from perfgate.javascript.json_scan import ScanError

TEXTS = st.text(st.sampled_from('ab"\\/[]{},: \n\t\u00e9\U0001f600'), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(TEXTS, VALUES, max_size=5),
    st.lists(TEXTS | st.none(), max_size=5),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_spans_hold_what_a_parser_finds(
    data: dict[str, object], texts: list[str | None], indent: int | None, ascii_only: bool
) -> None:
    content = json.dumps({**data, "texts": texts}, indent=indent, ensure_ascii=ascii_only).encode()
    found = json_scan.document(content, 0, "texts")
    assert {key: json_scan.value(content, span) for key, span in found.spans.items()} == {**data, "texts": texts}
    assert [json_scan.value(content, span) for span in found.texts] == texts


@pytest.mark.parametrize("backslashes", range(12))
def test_a_quote_ends_a_string_behind_an_even_number_of_backslashes(backslashes: int) -> None:
    text = "\\" * backslashes + '"'
    content = json.dumps({"a": text, "b": [text, "]"], "c": 1}).encode()
    assert json_scan.value(content, json_scan.document(content, 0, "b").spans["c"]) == 1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"a"', '{"a":', '{"a": 1', '{"a": 1,}', '{"a": [1, 2}', '{"a": "b}', '{"a": "\\', '{"a": 1} x', '{"a": [}',
     '{"a": x}', "{1: 2}", '{"a": 1, "a": 2}', '{"a": 1, "\\u0061": 2}', '{"a": [' + "[" * 1000, '{"a": ["b}'],
)  # fmt: skip
def test_broken_text_is_refused(text: str) -> None:
    with pytest.raises(ScanError):
        json_scan.document(text.encode(), 0)


def test_nesting_has_no_limit_where_nothing_is_decoded() -> None:
    content = b'{"deep": ' + b"[" * 100_000 + b"]" * 100_000 + b', "a": 1}'
    assert json_scan.value(content, json_scan.document(content, 0).spans["a"]) == 1
