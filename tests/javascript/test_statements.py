"""Where top-level statements begin and end, with and without semicolons, and what kind each is."""

import pytest

from perfgate.javascript.lexer import blanked
from perfgate.javascript.statements import statements


def kinds(source: str) -> list[tuple[str, int]]:
    code = blanked(source)
    return [(one.kind, code.count("\n", 0, one.start) + 1) for one in statements(source, code)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("let a = 1\nlet b = 2", [("variable", 1), ("variable", 2)], id="no semicolons"),
        pytest.param("var a=1;function f(){}var b", [("variable", 1), ("function", 1), ("variable", 1)], id="one line"),
        pytest.param("const a =\n  1\n  + 2\nf()", [("variable", 1), ("expression", 4)], id="an operator goes on"),
        pytest.param("a\n++b", [("expression", 1), ("expression", 2)], id="an increment begins"),
        pytest.param("foo\n  .bar()\n  .baz()\nqux()", [("expression", 1), ("expression", 4)], id="a chain goes on"),
        pytest.param("const r = /[/\\n]{2,}/\nconst s = 1", [("variable", 1), ("variable", 2)], id="ends in a regex"),
        pytest.param("const r =\n  /;/\nf()", [("variable", 1), ("expression", 3)], id="a line of a regex only"),
        pytest.param("const t = `a\nlet x = 1\n`\nf()", [("variable", 1), ("expression", 4)], id="lines of a template"),
        pytest.param("const t = `${{a: `\n`}}`;f()", [("variable", 1), ("expression", 2)], id="nested templates"),
        pytest.param("type A = () => void\ntype B = 1", [("type", 1), ("type", 2)], id="a type that ends in void"),
        pytest.param("const a = [1] as const\nf()", [("variable", 1), ("expression", 2)], id="as const"),
        pytest.param(
            "function f(a: string): void\nfunction f(a: number): void\nfunction f() {}",
            [("ambient", 1), ("ambient", 2), ("function", 3)],
            id="overloads",
        ),
        pytest.param(
            "function f(): { a: 1 } {\n}\ng()", [("function", 1), ("expression", 3)], id="an object type returned"
        ),
        pytest.param(
            "function f<T = {}>(a = {}) {\n}\ng()", [("function", 1), ("expression", 3)], id="braces in the head"
        ),
        pytest.param(
            "class A<T extends { a: 1 }>\n  extends B<{}> {\n}\ng()", [("class", 1), ("expression", 4)], id="class"
        ),
        pytest.param(
            "@Dec({ a: 1 })\n@Other\nexport class A {\n}\ng()", [("class", 1), ("expression", 5)], id="decorators"
        ),
        pytest.param("if (a)\n  b()\nelse {\n}\nc()", [("control", 1), ("expression", 5)], id="if and else"),
        pytest.param("if (a) b(); else c()\nd()", [("control", 1), ("expression", 2)], id="else behind a semicolon"),
        pytest.param("try {\n}\ncatch {\n}\nfinally {\n}\na()", [("control", 1), ("expression", 7)], id="try"),
        pytest.param("do {\n} while (a)\nb()", [("control", 1), ("expression", 3)], id="do while"),
        pytest.param(
            "const A = () => <p>:-( and so</p>\nexport const B = 1", [("variable", 1), ("variable", 2)], id="JSX text"
        ),
        pytest.param(
            "declare module 'x' {\n  const a: 1\n}\nf()", [("ambient", 1), ("expression", 4)], id="declared module"
        ),
        pytest.param("declare global {\n}\nf()", [("ambient", 1), ("expression", 3)], id="global"),
        pytest.param("import a from 'a'\n(b)()", [("import", 1), ("expression", 2)], id="an import never goes on"),
        pytest.param("#!/usr/bin/env node\nf()", [("expression", 2)], id="interpreter line"),
        pytest.param("export type { A } from './a'\nexport * from 'b'", [("export", 1), ("export", 2)], id="lists"),
        pytest.param("module.exports = {\n}\nf()", [("expression", 1), ("expression", 3)], id="module is a name too"),
        pytest.param("type\nfoo\n", [("expression", 1), ("expression", 2)], id="type is a name too"),
        pytest.param(
            "}}}\nlet a",
            [("expression", 1), ("expression", 1), ("expression", 1), ("variable", 2)],
            id="too many braces",
        ),
        pytest.param("", [], id="nothing"),
    ],
)
def test_statements(source: str, expected: list[tuple[str, int]]) -> None:
    assert kinds(source) == expected


def test_a_bracket_that_never_closes_ends_with_the_text() -> None:
    assert kinds("f({ a: [") == [("expression", 1)]
