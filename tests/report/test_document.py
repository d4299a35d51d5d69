"""The report file: validated on reading, merged on writing, never half written."""

import json
import subprocess
import sys
from dataclasses import fields
from itertools import permutations
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.errors import ReportError
from perfgate.gate import verdict
from perfgate.report import codec, document, model
from perfgate.report.document import Part
from perfgate.report.model import Bundle, File, Metric, NotMeasured, Report
from perfgate.units import Unit
from tests.reports import a_report, budgets, gate

SCHEMA = Path(document.__file__).with_name("schema-v1.json")


def test_the_shipped_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text()) == model.json_schema(), "run `make docs`"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    report = a_report("auth bundle.size=510KB; web bundle.gzip missing: no file")
    document.write(tmp_path / "r.json", report)
    assert document.read(tmp_path / "r.json") == report
    assert document.validate(tmp_path / "r.json") == []


def test_a_verdict_is_read_again() -> None:
    rules = budgets("version: 1\ndefaults: {bundle.size: 1 KB}\n")
    judged = gate(a_report("auth bundle.size=510KB; web bundle.size missing: no file"), rules)
    assert codec.decode(verdict.Verdict, codec.encode(judged), "v") == judged


def test_scripts_find_the_keys_they_read(tmp_path: Path) -> None:
    document.write(
        tmp_path / "r.json", a_report("auth bundle.size=512KB; auth bundle.gzip=100KB; web bundle.size=512KB")
    )
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["bundleSize"] == "1 MiB"
    assert data["bundleSizes"] == {"auth": 524288, "web": 524288}
    assert data["bundleAnalysis"] == {
        "totalSize": 1048576,
        "services": {"auth": {"size": 524288, "gzip": 102400}, "web": {"size": 524288}},
    }
    assert data["recommendations"] == []
    for key in (
        "performanceScore",
        "healthScore",
        "memoryUsage",
        "averageHeapUsed",
        "memoryLeakSuspected",
        "responseTime",
    ):
        assert key in data


OF_BUNDLES = Part("bundle", frozenset({"bundle.size", "bundle.gzip"}))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"metrics": [{"id": "bundle.size"}, {"id": "score.performance"}]}, True, id="the same metrics"),
        pytest.param({"metrics": [{"id": "deps.unused"}]}, False, id="a metric of another analyzer"),
        pytest.param({"notMeasured": [{"id": "deps.unused"}]}, False, id="a reason of another analyzer"),
        pytest.param({"details": {"bundle": {}, "score": {}}}, True, id="the same details"),
        pytest.param({"details": {"treeshake": {}}}, False, id="details of another analyzer"),
        pytest.param({"commit": "b" * 40, "metrics": [{"id": "deps.unused"}]}, True, id="another commit"),
        pytest.param({"formatVersion": 2, "commit": "b" * 40}, False, id="another version"),
        pytest.param({"metrics": 1}, False, id="no list"),
        pytest.param({"metrics": [{"id": []}, 1]}, False, id="no entries"),
        pytest.param({"details": None}, False, id="no details"),
    ],
)
def test_what_is_replaced_need_not_be_validated(tmp_path: Path, told: dict[str, object], expected: bool) -> None:
    path = tmp_path / "r.json"
    path.write_text(
        json.dumps({"formatVersion": 1, "commit": "a" * 40, "metrics": [], "notMeasured": [], "details": {}, **told})
    )
    assert document.is_replaced(path, "a" * 40, [OF_BUNDLES]) is expected


def test_a_report_that_is_no_json_is_validated(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{")
    assert not document.is_replaced(tmp_path / "r.json", None, [OF_BUNDLES])


def documents() -> list[type]:
    """Every class that is stored."""
    return [
        found
        for module in (model, verdict)
        for found in vars(module).values()
        if isinstance(found, type) and hasattr(found, "__pydantic_config__")
    ]


@pytest.mark.parametrize("cls", documents(), ids=lambda cls: cls.__name__)
def test_what_is_left_out_when_it_is_none_is_none_again(cls: type) -> None:
    hints = get_type_hints(cls)
    for field in fields(cls):
        if type(None) in get_args(hints[field.name]):
            assert field.default is None, f"{cls.__name__}.{field.name} would not be read again"


def part(name: str, ids: list[str]) -> Part:
    metrics = tuple(Metric(service="auth", id=id_, value=len(id_), unit=Unit.COUNT) for id_ in ids)
    return Part("bundle", frozenset([*ids, f"{name}.gone"]), metrics)


def test_analyzers_in_any_order_give_the_same_report() -> None:
    parts = [part("a", ["a.x", "a.y"]), part("b", ["b.x"]), part("c", ["c.x"])]
    start = a_report("auth bundle.size=1")
    reports = set()
    for order in permutations(parts):
        report = start
        for one in order:
            report = document.merge(report, one)
        reports.add(codec.encode(report))
    assert len(reports) == 1


def test_an_analyzer_replaces_what_it_said_and_nothing_else() -> None:
    report = a_report("auth bundle.size=1; auth bundle.gzip missing: old; (repository) score.performance=50")
    again = Part(
        "bundle",
        frozenset({"bundle.size", "bundle.gzip"}),
        (Metric(service="auth", id="bundle.gzip", value=5, unit=Unit.BYTES),),
    )
    merged = document.merge(report, again)
    assert [(m.service, m.id) for m in merged.metrics] == [
        ("(repository)", "score.performance"),
        ("auth", "bundle.gzip"),
    ]
    assert merged.not_measured == ()


def test_a_part_of_some_services_replaces_only_theirs_and_no_details() -> None:
    details = model.Details(bundle={"web": Bundle()})
    report = a_report("auth bundle.size=1; web bundle.size=2; api bundle.gzip missing: old", details=details)
    again = Part(
        "ingest",
        frozenset({"bundle.size", "bundle.gzip"}),
        (Metric(service="auth", id="bundle.size", value=5, unit=Unit.BYTES),),
        services=frozenset({"auth"}),
    )
    merged = document.merge(report, again)
    assert [(m.service, m.value) for m in merged.metrics] == [("auth", 5), ("web", 2)]
    assert [reason.service for reason in merged.not_measured] == ["api"]
    assert merged.details == details


def test_a_part_of_some_services_never_replaces_a_whole_report(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(
        json.dumps({"formatVersion": 1, "commit": "b" * 40, "metrics": [], "notMeasured": [], "details": {}})
    )
    assert document.is_replaced(path, "a" * 40, [OF_BUNDLES])
    assert not document.is_replaced(path, "a" * 40, [Part("ingest", frozenset(), services=frozenset({"auth"}))])


VALID = codec.encode(document.derive(a_report("auth bundle.size=10"))).decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (VALID.replace('"value": 10', '"value": NaN'), "r.json: not valid JSON: NaN is not a number"),
        (VALID.replace('"value": 10', '"value": 1e999'), "r.json: not valid JSON: 1e999 is out of range"),
        (VALID.replace('"value": 10', '"value": 1, "value": 2'), "r.json: not valid JSON: duplicate key 'value'"),
        (VALID.replace('"value": 10', '"value": true'), "r.json: metrics.0.value: Input should be a valid number"),
        (VALID.replace('"value": 10', '"value": "10"'), "r.json: metrics.0.value: Input should be a valid number"),
        (VALID.replace('"value": 10', '"value": -1'), "r.json: metrics.0.value: Input should be greater than or equal to 0"),
        (VALID.replace('"formatVersion": 1', '"formatVersion": 7'), "r.json: report of format version 7, this perfgate reads up to 1"),
        (VALID.replace('"formatVersion": 1', '"formatVersion": 0'), "r.json: formatVersion: Input should be 1"),
        (VALID.replace('"dirty"', '"dirt"'), "r.json: dirt: Unexpected keyword argument"),
        ('{\n"formatVersion": 1,\n"timestamp": "2026', "r.json:3:14: not valid JSON: Unterminated string starting at"),
        ("[]", "r.json: not a perfgate report"),
        ("", "r.json:1:1: not valid JSON: Expecting value"),
        ("[" * 100_000 + "]" * 100_000, "r.json: nested too deeply"),
        ("1" * 5000, "r.json: not valid JSON: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit"),
        ('{"formatVersion": 1}', "r.json: timestamp: Field required (and 2 more)"),
    ],
)  # fmt: skip
def test_a_broken_report_is_refused_with_one_clear_line(content: str, message: str) -> None:
    with pytest.raises(ReportError) as refused:
        document.parse(content.encode(), "r.json")
    assert str(refused.value) == message


def test_a_missing_report_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as refused:
        document.read(tmp_path / "r.json")
    assert (refused.value.message, refused.value.hint) == ("no such report", "write one with `perfgate analyze`")


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: Is a directory"):
        document.read(tmp_path)


def test_derived_keys_that_disagree_are_found(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(VALID.replace('"auth": 10', '"auth": 9'))
    assert document.validate(path) == ["bundleSizes: disagrees with metrics"]


def test_the_schema_names_the_place_of_an_error(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(VALID.replace('"unit": "bytes"', '"unit": "furlongs"'))
    assert document.validate(path) == [
        "metrics.0.unit: 'furlongs' is not one of ['bytes', 'ms', 'percent', 'points', 'count']"
    ]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside, link = tmp_path / "outside.txt", tmp_path / "r.json"
    outside.write_text("precious")
    link.symlink_to(outside)
    document.write(link, a_report())
    assert (outside.read_text(), link.is_symlink()) == ("precious", False)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"cannot be written: (Not a directory|File exists)"):
        document.write(tmp_path / "file" / "r.json", a_report())


KILLER = """
import os, signal, sys, time
from dataclasses import replace
from pathlib import Path
from perfgate.report import document
from perfgate.report.model import Metric
from perfgate.units import Unit

path = Path(sys.argv[1])
report = document.read(path)


def write_for_ever():
    n = 0
    while True:
        n += 1
        metrics = tuple(Metric(service=f"s{i}", id="bundle.size", value=n, unit=Unit.BYTES) for i in range(300))
        with document.locked(path):
            document.write(path, replace(report, metrics=metrics))


seen = set()
for attempt in range(100):
    child = os.fork()
    if child == 0:
        write_for_ever()
    time.sleep(0.002 + attempt % 25 * 0.0007)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    values = {metric.value for metric in document.read(path).metrics}
    assert len(values) <= 1, "a mixture of two reports"
    seen |= values
print(len(seen))
"""


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_report(tmp_path: Path) -> None:
    path = tmp_path / "latest.json"
    document.write(path, a_report())
    killer = subprocess.run([sys.executable, "-c", KILLER, path], stdout=subprocess.PIPE, check=True, text=True)
    assert int(killer.stdout) > 1, "no writer was killed after it had written"
    assert document.validate(path) == []


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc"]), min_size=1, max_size=30
)
METRICS = st.builds(
    Metric,
    service=NAMES,
    id=st.sampled_from(["bundle.size", "response.p95", "custom.a_b-c"]),
    value=st.integers(0, 2**53) | st.floats(0, 1e12, allow_nan=False),
    unit=st.sampled_from(Unit),
)
REPORTS = st.builds(
    a_report,
    metrics=st.lists(METRICS, max_size=4).map(tuple),
    not_measured=st.lists(st.builds(NotMeasured, service=NAMES, id=st.just("a.b"), reason=NAMES, failed=st.booleans()), max_size=2).map(tuple),
    details=st.builds(
        model.Details,
        bundle=st.none() | st.dictionaries(NAMES, st.builds(Bundle, files=st.lists(st.builds(File, label=NAMES, path=NAMES, size=st.integers(0, 9)), max_size=2).map(tuple)), max_size=2),
    ),
)  # fmt: skip


@given(REPORTS)
def test_every_report_survives_the_way_through_its_file(report: Report) -> None:
    assert document.parse(codec.encode(document.derive(report)), "r") == report
