"""Exports of a module in every shape there is, with those of types told apart, and what it takes from other modules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.javascript.members import uses
from perfgate.javascript.module import read


def exported(source: str) -> list[str]:
    """Each export as `name`, `type name`, or with where it comes from: `name < imported < specifier`."""
    return [
        " < ".join(
            part
            for part in (f"{'type ' * one.type_only}{one.name}", one.imported if one.specifier else None, one.specifier)
            if part
        )
        for one in read(source).exports.found
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("export const a = 1, b = 2", ["a", "b"]),
        ("export const { a, b: c, d: { e }, ...f } = x, [g, , h = 1] = y", ["a", "c", "e", "f", "g", "h"]),
        ("export const m: Map<string, number> = new Map<string, number>()", ["m"]),
        ("export const f = <A, B = string>(a: A) => a, g = 1", ["f", "g"]),
        ("export let now = () => Date.now(),\n  zone = 'x',\n  later", ["now", "zone", "later"]),
        ("export const map: Record<K, { a: 1; b: string }> = {}", ["map"]),
        ("export async function* f() {}", ["f"]),
        ("export function f(a: string): void\nexport function f() {}", ["f"]),
        ("export abstract class A<T> extends B {}", ["A"]),
        ("@Injectable()\nexport class A {}", ["A"]),
        ("export @dec class A {}", ["A"]),
        ("export default class A {}", ["default"]),
        ("export default class extends A {}", ["default"]),
        ("export default function () {}", ["default"]),
        ("export default async (a) => a", ["default"]),
        ("export default { a: 1 }", ["default"]),
        ("export default interface A {}", ["type default"]),
        ("interface A {}\nexport default A", ["type default"]),
        ("export interface A {}\nexport type B = 1", ["type A", "type B"]),
        ("export type A = 1\nexport const A = 1", ["A"]),
        ("export const A = 1\nexport type A = 1", ["A"]),
        ("export enum A { x }\nexport const enum B { y }", ["A", "B"]),
        ("export declare const a: 1\nexport declare function f(): void", ["type a", "type f"]),
        ("export namespace A { export const x = 1 }", ["A"]),
        ("export namespace A { export type X = 1; interface Y {} }", ["type A"]),
        ("const a = 1\nexport { a, a as b, a as default }", ["a", "b", "default"]),
        ("type T = 1\nexport { T }", ["type T"]),
        ("const a = 1\nexport { type T, a as 'b-c' }", ["type T", "b-c"]),
        ("const type = 1\nexport { type, type as x }", ["type", "x"]),
        ("export { a as b, default, default as c, type D } from './x'",
         ["b < a < ./x", "default < default < ./x", "c < default < ./x", "type D < D < ./x"]),
        ("export { /* } */ a, // b\n c } from './x'", ["a < a < ./x", "c < c < ./x"]),
        ("export * from './x'\nexport * from './y'", ["* < * < ./x", "* < * < ./y"]),
        ("export * as ns from './x'", ["ns < * < ./x"]),
        ("export type { A } from './x'\nexport type * from './y'", ["type A < A < ./x", "type * < * < ./y"]),
        ("const a = 1\nexport = a", ["export="]),
        ("export import a = b.c", ["a"]),
        ("export as namespace X", []),
        ("export {}", []),
        ("export{a}from'./x';export{b}from'./y'", ["a < a < ./x", "b < b < ./y"]),
        ("// export const a = 1\nconst t = `export const b = 1`", []),
        ("export const A = () => <div>it's {x} </div>\nexport const B = 1", ["A", "B"]),
    ],
)  # fmt: skip
def test_exports_of_modules(source: str, expected: list[str]) -> None:
    assert exported(source) == expected


@pytest.mark.parametrize(
    ("source", "expected", "complete"),
    [
        ("exports.a = 1; module.exports.b = 2", ["a", "b"], True),
        ("exports.a = exports.b = void 0;\nexports.a = f;", ["a", "b"], True),
        ("Object.defineProperty(exports, '__esModule', { value: true });\nexports.a = 1", ["a"], True),
        ("module.exports = { a, b: 1, 'c-d': 2, e() {}, async f() {}, get g() { return 1 } }",
         ["a", "b", "c-d", "e", "f", "g"], True),
        ("module.exports = { a, ...b }", ["a"], False),
        ("module.exports = { ...require('./b') }", ["* < * < ./b"], True),
        ("module.exports = require('./b')", ["* < * < ./b"], True),
        ("__exportStar(require('./b'), exports)", ["* < * < ./b"], True),
        ("tslib_1.__exportStar(require('./b'), exports)", ["* < * < ./b"], True),
        ("module.exports = class A {}", ["export="], False),
        ("for (const k in x) exports[k] = x[k]", [], False),
        ("const x_1 = require('./x');\n"
         "Object.defineProperty(exports, 'a', { enumerable: true, get: function () { return x_1.b; } });",
         ["a < b < ./x"], True),
    ],
)  # fmt: skip
def test_exports_of_commonjs(source: str, expected: list[str], complete: bool) -> None:
    found = read(source).exports
    assert (sorted(exported(source)), found.commonjs, found.complete) == (sorted(expected), True, complete)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n\nexport const a = 1", 3),
        ("export const\n  b = 1,\n  a = 2", 3),
        ("@Dec()\n// why\nexport class a {}", 3),
        ("export {\n  x,\n  y as a,\n} from './x'", 3),
    ],
)
def test_exports_know_their_line(source: str, line: int) -> None:
    assert {one.name: one.line for one in read(source).exports.found}["a"] == line


def bound(source: str) -> list[str]:
    """Each binding as `imported local`, with `type` in front."""
    return [
        f"{'type ' * one.type_only}{one.imported} {one.local}".strip()
        for link in read(source).links
        for one in link.bindings
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import 'x'", []),
        ("import {} from 'x'", []),
        ("import a from 'x'", ["default a"]),
        ("import * as a from 'x'", ["* a"]),
        ("import a, * as b from 'x'", ["* b", "default a"]),
        ("import a, { b, c as d, type E, type F as G } from 'x'",
         ["default a", "b b", "c d", "type E E", "type F G"]),
        ("import { 'a-b' as c, default as d } from 'x'", ["a-b c", "default d"]),
        ("import { type } from 'x'", ["type type"]),
        ("import { type as t } from 'x'", ["type t"]),
        ("import type A from 'x'", ["type default A"]),
        ("import type { A } from 'x'", ["type A A"]),
        ("import type, { a } from 'x'", ["default type", "a a"]),
        ("import a = require('x')", ["* a"]),
        ("const a = require('x')", ["* a"]),
        ("const { a, b: c, d = 1 } = require('x')", ["a a", "b c", "d d"]),
        ("const { a, ...rest } = require('x')", ["a a", "*"]),
        ("const {\n  a, /* , */\n  b, // b, c\n} = require('x')", ["a a", "b b"]),
        ("const { " + "a".join(["a, "] * 120) + " } = require('x')", ["a a"] + ["aa aa"] * 119),
        ("const a = require('x').b", ["b a"]),
        ("const a_1 = __importStar(require('x'))", ["* a_1"]),
        ("require('x')(1)", ["*"]),
        ("const { a } = await import('x')", ["a a"]),
        ("const m = (await import('x')).a", ["a m"]),
        ("import('x').then(({ a }) => a())", ["a a"]),
        ("lazy(() => import('x').then((m) => ({ default: m.a })))", ["a"]),
        ("import('x').then((m) => use(m))", ["*"]),
        ("import('x').catch(f)", ["*"]),
        ("await import('x')", ["*"]),
    ],
)  # fmt: skip
def test_names_taken_from_other_modules(source: str, expected: list[str]) -> None:
    assert bound(source) == expected


@pytest.mark.parametrize(
    ("source", "members", "escapes"),
    [
        ("ns.a(); ns?.b; ns['c']; new ns.D()", {"a", "b", "c", "D"}, 0),
        ("const { a, b: c } = ns", {"a", "b"}, 0),
        ("const { a, ...rest } = ns", set(), 1),
        ("<ns.Button />", {"Button"}, 0),
        ("f(ns)", set(), 1),
        ("({ ...ns })", set(), 1),
        ("ns[key]", set(), 1),
        ("return ns", set(), 1),
        ("({ ns })", set(), 1),
        ("({ ns: 1 })", set(), 0),
        ("type T = typeof ns", set(), 0),
        ("x.ns; 'ns'; // ns", set(), 0),
        ("import * as ns from 'x'", set(), 0),
        ("nso.a; $ns.b", set(), 0),
    ],
)
def test_uses_of_a_namespace(source: str, members: set[str], escapes: int) -> None:
    module = read(source)
    found = uses(module.source, module.code, "ns")
    assert (set(found.members), len(found.escapes)) == (members, escapes)


def declared(source: str) -> list[tuple[Any, ...]]:
    return [(one.names, one.acts, one.calls) for one in read(source).declarations]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'use strict'", [((), False, False)]),
        ("start()", [((), True, False)]),
        ("globalThis.x = 1", [((), True, False)]),
        ("if (a) b()", [((), True, False)]),
        ("const a = 1", [(("a",), False, False)]),
        ("const a = make()", [(("a",), False, True)]),
        ("const a = /* @__PURE__ */ make()", [(("a",), False, False)]),
        ("const a = new Map([[1, 2]])", [(("a",), False, False)]),
        ("const a = () => make()", [(("a",), False, False)]),
        ("const a = { b: () => { make() } }", [(("a",), False, False)]),
        ("@Dec() class A {}", [(("A",), False, True)]),
        ("class A {}\nA.b = 1", [(("A",), False, False), (("A",), False, False)]),
        ("exports.a = function () {}", [(("exports.a",), False, False)]),
        ("__exportStar(require('./a'), exports)", [((), False, False)]),
        ("const a = require('./a')", [((), False, False)]),
    ],
)
def test_what_statements_do_when_loaded(source: str, expected: list[tuple[Any, ...]]) -> None:
    assert declared(source) == expected


def test_lines_of_code_are_those_that_run() -> None:
    source = "import a from 'a'\n// why\ninterface A {\n  b: 1\n}\nexport function f(\n  c,\n) {\n  if (c) {\n    g()\n  } else {\n  }\n}\n"
    assert read(source).lines == {6, 7, 9, 10}


@given(st.text(alphabet="ab{}()[]<>;:,.=\n`'\"/\\*$@ \ufeffé", max_size=60) | st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    module = read(text)
    ends = [one.end for one in module.declarations]
    assert ends == sorted(ends)
    assert all(1 <= line <= module.code.count("\n") + 1 for line in module.lines)


@given(
    st.lists(
        st.sampled_from(["export const {} = 1", "export function {}() {{}}", "export class {} {{}}", "export let {}"]),
        max_size=8,
    ),
    st.sampled_from([";\n", "\n", "\n\n// export const no = 1\n"]),
)
def test_every_export_is_found_once_however_lines_end(forms: list[str], end: str) -> None:
    source = end.join(form.format(f"n{number}") for number, form in enumerate(forms))
    assert exported(source) == [f"n{number}" for number in range(len(forms))]


@pytest.mark.parametrize(
    "source",
    [
        "export const " + "[" * 4_000 + "a" + "]" * 4_000 + " = x",
        "export const " + "{a:" * 2_000 + "b" + "}" * 2_000 + " = x",
        "export " + "namespace a {" * 300 + "}" * 300,
        "if (a)\n" * 4_000,
        "a.b" * 50_000,
        "`${" * 20_000,
        "import * as a from 'a';" * 5_000,
        "(" * 100_000,
    ],
    ids=lambda source: source[:16],
)
def test_hostile_sources_end(source: str) -> None:
    assert read(source).source == source
