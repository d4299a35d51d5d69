"""What is recommended: one sentence for each thing to do, most bytes first."""

import json
from typing import Any

from perfgate.report.document import derive
from perfgate.report.model import Dependencies, Details, Remark, Treeshaking
from perfgate.report.recommendation import MOST, recommendations
from tests.reports import a_report


def remark(subject: str, size: int | None = None, **more: Any) -> Remark:
    fields: dict[str, Any] = {"kind": "unused", "text": "is there", "advice": f"Remove {subject}"} | more
    return Remark(subject=subject, size=size, **fields)


def with_remarks(*remarks: Remark, manifest: str = "package.json", shaking: tuple[Remark, ...] = ()) -> Any:
    deps = {"web": Dependencies(manifest=manifest, declared=9, remarks=remarks)}
    treeshake = {"web": Treeshaking(method="source map", remarks=shaking)}
    return a_report(details=Details(deps=deps, treeshake=treeshake))


def test_most_bytes_come_first_of_all_analyzers() -> None:
    report = with_remarks(remark("a"), remark("b", 2048), shaking=(remark("c", 4096, kind="barrel"),))
    assert recommendations(report) == ("Remove c (4 KiB).", "Remove b (2 KiB).", "Remove a.")


def test_the_same_advice_is_given_once() -> None:
    assert recommendations(with_remarks(remark("a", 10), remark("a", 30))) == ("Remove a (30 B).",)


def test_what_is_not_certain_and_what_has_no_advice_is_not_recommended() -> None:
    assert recommendations(with_remarks(remark("a", certain=False), remark("b", advice=None))) == ()


def test_a_long_list_ends() -> None:
    assert len(recommendations(with_remarks(*(remark(f"p{n}") for n in range(MOST + 5))))) == MOST


def test_scripts_find_the_unused_dependencies_of_the_root_only() -> None:
    found = (remark("a", 10), remark("b", certain=False), remark("c", kind="heavy"), remark("d"))
    assert json.loads(json.dumps(derive(with_remarks(*found)).unused_dependencies)) == [
        {"name": "a", "size": 10},
        {"name": "d"},
    ]
    assert derive(with_remarks(*found, manifest="apps/web/package.json")).unused_dependencies == ()
