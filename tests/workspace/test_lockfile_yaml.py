"""The YAML of lockfiles, read line by line: the same values as PyYAML's, or a refusal with the place."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from perfgate.workspace.lockfile.block_yaml import documents
from perfgate.workspace.lockfile.model import LockError


class TextLoader(yaml.SafeLoader):
    """PyYAML with every scalar as text."""


TextLoader.yaml_implicit_resolvers = {}


def expected(text: str) -> list[Any]:
    return [document for document in yaml.load_all(text, TextLoader) if document]


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",
        "a:\n  b: c\n  d:\n    e: f\ng: h\n",
        "'@scope/a@1.0.0(b@2.0.0)':\n  'it''s': \"x\\ty\\u00e9\\x41\"\n",
        "a:\n  - b\n  - c\nd:\n- e\n- f\n",
        "a:\n  - b: c\n    d: e\n  - f: g\n",
        "a:\n  -\n    b: c\n",
        "a: {b: c, d: [e, 'f, g'], h: {}}\n",
        "a: {b: c,\n  d: e}\nf: [x,\n  y]\n",
        "a: {tarball: https://example.com/x-1.tgz}\n",
        "a: {cpu: [x64, '!arm'], os: []}\n",
        "a: >-\n  one\n  two\n\n  three\nb: c\n",
        "a: |\n  one\n    two\n\n  three\n\nb: c\n",
        "a: |-\n  one\nb: c\n",
        "a: one\n  two\n  three\nb: c\n",
        "a: 'one\n  two\n\n  three'\nb: c\n",
        "# comment\na: b # comment\n# comment\n\n\n  # comment\nc: d\n",
        "a: b#c\nd: http://e#f\n",
        "? " + "k" * 1200 + "\n: v\n? 'quoted'\n:\n  a: b\n",
        "---\na: b\n---\nc: d\n",
        "a:\nb: c\n",
        "a: ''\nb: \"\"\nc: ~\n",
        "a: <2\nb: ^1 || ^2\nc: -1\n",
        "a-b: c\n",
        "/foo@1.0.0(bar@2.0.0):\n  resolution: {integrity: sha512-a+b/c==}\n",
    ],
)
def test_reads_what_yaml_says(text: str) -> None:
    assert documents(text, "f") == expected(text)


SCALARS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(SCALARS, inner, min_size=1, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(SCALARS, VALUES, min_size=1, max_size=4), st.sampled_from([None, "'", '"']), st.booleans())
def test_reads_whatever_pyyaml_writes(data: dict[str, Any], style: str | None, flow: bool) -> None:
    text = yaml.safe_dump(
        {"root": data}, default_style=style, default_flow_style=None if flow else False, sort_keys=False
    )
    assert documents(text, "f") == [{"root": data}]


@given(st.text(st.sampled_from("ab:-?#'\"{}[],&*!|> \n\t\\("), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        documents(text, "f")
    except LockError as error:
        line = error.problem.source.line
    else:
        line = 1
    assert 1 <= line <= text.count("\n") + 1
