"""Results of other tools: what each figure becomes, and that a file which is not what it should be is no value."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.analyzers import METRICS
from perfgate.analyzers.ingest import READERS, analysis, load
from perfgate.analyzers.ingest.declared import UndeclaredError, declarations, matched
from perfgate.analyzers.ingest.found import Found, Missing, Options, Reading, slug, thinned
from perfgate.config import custom, project
from perfgate.errors import ConfigError, ReportError
from perfgate.report import document
from perfgate.report.codec import MAX_BYTES
from perfgate.report.model import REPOSITORY, Metric, MetricSpec, NotMeasured
from perfgate.units import Unit
from tests.reports import a_report

SAMPLES = Path(__file__).parents[1] / "data/ingest"
FILES = sorted(path for path in SAMPLES.glob("*/*") if path.is_file())
NO_OPTIONS = Options()


def read(path: str, tool: str = "auto", options: Options = NO_OPTIONS) -> Found:
    return analysis.read(tool, (SAMPLES / path).read_bytes(), path, options)[1]


def read_text(tool: str, text: str | bytes, options: Options = NO_OPTIONS) -> Found:
    content = text if isinstance(text, bytes) else text.encode()
    return analysis.read(tool, content, "f", options)[1]


def values(found: Found) -> dict[str, float]:
    return {reading.id: reading.value for reading in found.readings}


def reasons(found: Found) -> dict[str, str]:
    return {missing.id: missing.reason for missing in found.missing}


def refused(tool: str, text: str | bytes, options: Options = NO_OPTIONS) -> str:
    with pytest.raises((ReportError, ConfigError)) as error:
        read_text(tool, text, options)
    assert "\n" not in str(error.value)
    return f"{error.value} ({error.value.hint})" if error.value.hint else str(error.value)


def edited(path: str, *changes: tuple[str, Any]) -> str:
    """A JSON sample with other values at some places, such as `latency.mean`; None takes a key away."""
    data = json.loads((SAMPLES / path).read_bytes())
    for place, value in changes:
        *parents, last = place.split("/")
        node = data
        for key in parents:
            node = node[int(key) if isinstance(node, list) else key]
        if value is None:
            del node[last]
        else:
            node[int(last) if isinstance(node, list) else last] = value
    return json.dumps(data)


# Every tool


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_real_file_is_known_for_what_it_is(path: Path) -> None:
    assert analysis.recognise(path.read_bytes()) == path.parent.name


@pytest.mark.parametrize("tool", sorted(set(READERS) - {"json", "prometheus"}))
def test_the_file_of_another_tool_is_called_by_its_name(tool: str) -> None:
    other = "size-limit/entries.json" if tool == "hyperfine" else "hyperfine/named.json"
    with pytest.raises(ReportError) as error:
        read(other, tool)
    seen = other.partition("/")[0]
    assert str(error.value) == f"{other}: this looks like {seen}, not {tool}"
    assert error.value.hint == f"perfgate ingest {seen} {other}"


@pytest.mark.parametrize("tool", sorted(set(READERS) - {"prometheus"}))
@pytest.mark.parametrize("text", ["", " \n", "[]", "{}", "null", "[1]", '"x"', "Hello, world", "[" * 90_000, '{"results": 1}', '{"metrics": {"http_reqs": 1, "http_req_duration": 2}}', '[{"name": 1, "size": 2}]', '{"latency": [], "requests": 0}', '{"benchmarks": [1]}', '{"categories": 0, "audits": 0}', "\x00\x01"])  # fmt: skip
def test_no_file_is_a_traceback(tool: str, text: str) -> None:
    assert refused(tool, text)


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".json"], ids=lambda path: path.name)
def test_a_cut_file_names_the_place(path: Path) -> None:
    content = path.read_bytes()
    assert "is the file complete?" in refused(path.parent.name, content[: len(content) // 2])


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_cut_output_of_wrk_is_not_complete(keep: float) -> None:
    text = (SAMPLES / "wrk/latency.txt").read_text().partition("  2481 requests")[0]
    assert (
        refused("wrk", text[: int(len(text) * keep)])
        == "f: the output of wrk is not complete (did wrk run to its end?)"
    )


def test_a_file_without_end_is_not_read() -> None:
    assert refused("k6", b" " * (MAX_BYTES + 1)) == "f: larger than 67,108,864 bytes (is this the right file?)"


def test_an_empty_file_and_a_wrong_kind_of_file_say_what_to_do() -> None:
    assert refused("k6", "") == "f: empty (did the tool end well? Look at what it said)"
    assert refused("autocannon", "┌─────┐\n│ Stat │") == (
        "f: this is text, and autocannon is read from JSON (write it with `autocannon --json URL > FILE`)"
    )
    assert refused("wrk", '{"a": 1}') == (
        "f: this is JSON, and wrk is read from text (write it with `wrk --latency URL > FILE`)"
    )
    assert refused("auto", "Hello").startswith("f: no tool is recognised by this file (name it: autocannon, k6, wrk")


def test_what_powershell_redirects_is_read() -> None:
    text = (SAMPLES / "wrk/latency.txt").read_text()
    content = text.replace("\n", "\r\n").encode("utf-16")
    assert values(read_text("wrk", content)) == values(read("wrk/latency.txt"))
    content = (SAMPLES / "hyperfine/named.json").read_text().encode("utf-8-sig")
    assert values(read_text("hyperfine", content)) == values(read("hyperfine/named.json"))


def test_text_that_is_none_names_the_byte() -> None:
    assert refused("wrk", b"Running \xff") == "f: not UTF-8 text (byte 8) (is this the right file?)"


def test_an_option_of_another_tool_is_refused() -> None:
    text = (SAMPLES / "wrk/latency.txt").read_bytes()
    assert refused("wrk", text, Options(as_id="custom.x")) == "--as is for hyperfine, not for wrk"
    assert refused("wrk", text, Options(selected={"a": "custom.a"})) == "--metric is for prometheus, not for wrk"
    assert refused("wrk", text, Options(unit="bytes")) == "--unit is for prometheus, not for wrk"


# Load tools


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("autocannon/ok.json", {"mean": 3.07, "p50": 3, "p99": 6, "errorRate": 0}),
        ("autocannon/non-2xx.json", {"mean": 0.76, "p50": 1, "p99": 3, "errorRate": 25}),
        ("autocannon/timeouts.json", {"errorRate": 100}),
        ("autocannon/refused.json", {"errorRate": 100}),
        ("wrk/latency.txt", {"mean": 3.3, "p50": 3.28, "p99": 4.22, "errorRate": 0}),
        ("wrk/non-2xx.txt", {"mean": 0.94, "p50": 1.21, "p99": 1.66, "errorRate": 25.011494253}),
        ("wrk/socket-errors.txt", {"mean": 1.33, "p50": 1.37, "p99": 2.42, "errorRate": 20.005428882}),
        ("wrk/plain.txt", {"mean": 3.29, "errorRate": 0}),
        ("wrk/wrk2.txt", {"mean": 6.6, "p50": 6.67, "p95": 10.015, "p99": 11.18, "errorRate": 0}),
        ("k6/summary-export.json", {"mean": 22.238609924, "p50": 14.66015, "p95": 61.283685, "p99": 112.548453, "errorRate": 0}),
        ("k6/handle-summary.json", {"mean": 14.21, "p50": 12.04, "p95": 28.93, "p99": 61.3, "errorRate": 0.12}),
        ("k6/machine-readable.json", {"mean": 15, "p50": 15, "p95": 19.5, "p99": 19.9}),
    ],
)  # fmt: skip
def test_a_load_tool_tells_how_a_service_answers(path: str, expected: dict[str, float]) -> None:
    found = read(path)
    assert values(found) == {f"response.{name}": value for name, value in expected.items()}
    assert {reading.id: reading.unit for reading in found.readings} == {id_: METRICS[id_].unit for id_ in values(found)}
    assert set(values(found)) | set(reasons(found)) == set(load.IDS)
    assert matched(found, METRICS) == found


def test_a_quantile_that_a_tool_does_not_give_is_not_interpolated() -> None:
    assert reasons(read("autocannon/ok.json")) == {
        "response.p95": "autocannon did not report the 95th percentile; it has the 90th and the 97.5th, and perfgate does not interpolate"
    }
    assert (
        reasons(read("wrk/plain.txt"))["response.p50"]
        == "wrk did not report the 50th percentile; run wrk with --latency"
    )
    text = edited("k6/summary-export.json", ("metrics/http_req_duration/p(99)", None))
    assert reasons(read_text("k6", text)) == {
        "response.p99": 'k6 did not report the 99th percentile; name it in summaryTrendStats: ["avg", "med", "p(95)", "p(99)"]'
    }


@pytest.mark.parametrize("path", ["autocannon/refused.json", "autocannon/timeouts.json"])
def test_without_an_answer_there_is_no_time(path: str) -> None:
    missing = read(path).missing
    assert {entry.id for entry in missing} == set(load.IDS) - {load.ERROR_RATE}
    assert all(entry.failed and entry.reason == "every request failed" for entry in missing)


def test_no_request_is_nothing_measured() -> None:
    nothing = "f: 0 requests were answered, so nothing was measured (does the service answer, and does the run last long enough?)"
    assert refused("wrk", (SAMPLES / "wrk/no-answer.txt").read_bytes()) == nothing
    assert refused("autocannon", edited("autocannon/refused.json", ("errors", 0))) == nothing
    assert refused("k6", edited("k6/summary-export.json", ("metrics/http_reqs/count", 0))) == nothing
    assert refused("k6", (SAMPLES / "k6/no-http.json").read_bytes()) == (
        "f: no HTTP requests in this summary (perfgate reads http_req_duration, http_reqs and http_req_failed)"
    )


def test_what_autocannon_rounds_to_nothing_is_not_0_ms() -> None:
    found = read_text("autocannon", edited("autocannon/ok.json", ("latency/p50", 0)))
    assert reasons(found)["response.p50"] == "the 50th percentile is below the 1 ms that autocannon tells apart"


def test_requests_that_autocannon_lost_are_told() -> None:
    assert read("autocannon/dropped.json").notes == (
        "at least 1,348 requests were sent and not answered, which autocannon does not count as errors",
    )
    assert read("autocannon/ok.json").notes == ()


def test_a_wrong_body_is_an_error_and_no_request_fails_more_than_once() -> None:
    assert (
        values(read_text("autocannon", edited("autocannon/ok.json", ("mismatches", 221))))["response.errorRate"] == 10
    )
    found = read_text("autocannon", edited("autocannon/non-2xx.json", ("mismatches", 7772)))
    assert values(found)["response.errorRate"] == 100


def test_wrk_whose_answers_all_took_too_long_has_no_times() -> None:
    text = (SAMPLES / "wrk/socket-errors.txt").read_text()
    late = text.replace("read 1474, write 0, timeout 0", "read 0, write 0, timeout 5894")
    found = read_text("wrk", late)
    assert values(found) == {"response.errorRate": 100}


def test_connections_that_k6_could_not_open_are_not_0_ms() -> None:
    zero = [(f"metrics/http_req_duration/{name}", 0) for name in ("avg", "med", "p(95)", "p(99)")]
    found = read_text("k6", edited("k6/summary-export.json", *zero, ("metrics/http_req_failed/value", 1)))
    assert values(found) == {"response.errorRate": 100}
    assert reasons(found)["response.mean"] == "k6 reports 0 ms as the mean, so nothing was timed"


def test_two_runs_in_a_file_of_wrk_are_not_one() -> None:
    text = (SAMPLES / "wrk/latency.txt").read_text()
    assert refused("wrk", text + text) == "f: 2 runs of wrk in one file (keep one run a file: wrk --latency URL > FILE)"


@pytest.mark.parametrize(
    ("text", "ms"), [("635.91us", 0.63591), ("0.94ms", 0.94), ("1.20s", 1200), ("1.50m", 90_000), ("0.01h", 36_000)]
)
def test_times_of_wrk_have_units(text: str, ms: float) -> None:
    output = (SAMPLES / "wrk/plain.txt").read_text().replace("3.29ms  284.43us", f"{text}  284.43us")
    assert values(read_text("wrk", output))["response.mean"] == ms


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("latency/mean", -1), "f: latency.mean: -1 is no value of a metric (values lie between 0 and 2^53)"),
        (("latency/mean", 10**400), "f: latency.mean: 100000000000000000000000000000 is no value of a metric (values lie between 0 and 2^53)"),
        (("latency/p99", "6"), "f: latency.p99: expected a number"),
        (("latency/p99", True), "f: latency.p99: expected a number"),
        (("errors", 1.5), "f: errors: 1.5 is not a whole number"),
        (("requests/total", None), "f: 0 requests were answered, so nothing was measured (does the service answer, and does the run last long enough?)"),
    ],
)  # fmt: skip
def test_a_wrong_number_names_its_place(change: tuple[str, Any], message: str) -> None:
    assert refused("autocannon", edited("autocannon/ok.json", change)) == message


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_what_is_no_number_is_refused(number: str) -> None:
    text = (SAMPLES / "autocannon/ok.json").read_text().replace('"mean":3.07', f'"mean":{number}')
    assert refused("autocannon", text).startswith("f: not valid JSON: ")


def test_a_rate_of_k6_is_a_share() -> None:
    text = edited("k6/handle-summary.json", ("metrics/http_req_failed/values/rate", 12))
    assert refused("k6", text) == (
        "f: metrics.http_req_failed.values.rate: 12 is no share of requests (a rate of k6 lies between 0 and 1)"
    )


# Timers, sizes, pages


def test_hyperfine_is_read_by_its_median() -> None:
    found = read("hyperfine/named.json")
    assert values(found) == {"custom.node-start": 70.2323605, "custom.node-p-1": 75.01299}
    first = found.readings[0]
    assert (first.unit, first.better, first.name) == (Unit.MILLISECONDS, "lower", "node start")
    assert first.samples == (68.604784, 70.383105, 69.764975, 70.081616, 73.601348, 74.448812)


def test_one_command_of_hyperfine_can_be_the_build() -> None:
    text = json.dumps({"results": json.loads((SAMPLES / "hyperfine/named.json").read_bytes())["results"][:1]})
    assert values(read_text("hyperfine", text, Options(as_id="build.duration"))) == {"build.duration": 70.2323605}
    assert refused("hyperfine", (SAMPLES / "hyperfine/named.json").read_bytes(), Options(as_id="build.duration")) == (
        "f: --as names one command, and here are 2: node start, node -p 1 (time one command in a file of its own)"
    )


def test_failing_runs_of_hyperfine_are_told() -> None:
    assert read("hyperfine/failing.json").notes == ("4 of 4 runs of 'exit 3' failed, and their times count",)
    text = edited("hyperfine/named.json", ("results/0/exit_codes", [0, None, 1]))
    assert read_text("hyperfine", text).notes == ("2 of 3 runs of 'node start' failed, and their times count",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("results", []), "f: no command was timed (hyperfine writes the commands that ran to their end)"),
        (("results/0/median", 0), "f: results[0]: 0 s: the command is faster than its shell (time it with hyperfine -N, without a shell)"),
        (("results/1/times", [0.1, -0.1]), "f: results[1].times[1]: -0.1 is no value of a metric (values lie between 0 and 2^53)"),
        (("results/1/command", "node (start)"), "f: 'node start' and 'node (start)' would both be custom.node-start (give one of them another name in the tool)"),
        (("results/1/command", "–"), "f: '–' has no letter or digit for a metric id (give it a short name of letters, digits, - and _ in the tool)"),
        (("results/0/command", "x" * 74), f"f: '{'x' * 74}' is too long for a metric id (give it a short name of letters, digits, - and _ in the tool)"),
    ],
)  # fmt: skip
def test_a_file_of_hyperfine_that_cannot_be_stored(change: tuple[str, Any], message: str) -> None:
    assert refused("hyperfine", edited("hyperfine/named.json", change)) == message


def test_pytest_benchmark_is_read_by_its_median() -> None:
    found = read("pytest-benchmark/sorting.json")
    data = json.loads((SAMPLES / "pytest-benchmark/sorting.json").read_bytes())
    assert values(found) == {
        f"custom.{name}": round(benchmark["stats"]["median"] * 1000, 9)
        for name, benchmark in zip(("test_sort-100", "test_sort-1000", "test_join"), data["benchmarks"], strict=True)
    }
    assert [len(reading.samples or ()) for reading in found.readings] == [12, 12, 8]
    empty = edited("pytest-benchmark/sorting.json", ("benchmarks", []))
    assert refused("pytest-benchmark", empty) == "f: no benchmark was run (did pytest select any, and did they pass?)"


def test_samples_are_thinned_over_the_whole_run() -> None:
    many = edited("pytest-benchmark/sorting.json", ("benchmarks/0/stats/data", [n / 1000 for n in range(2500)]))
    samples = read_text("pytest-benchmark", many).readings[0].samples or ()
    assert (len(samples), samples[0], samples[1], samples[-1]) == (1000, 0, 2, 2497)


@given(st.lists(st.integers(), max_size=3000), st.integers(1, 1000))
def test_thinning_keeps_the_order_and_the_bound(samples: list[int], most: int) -> None:
    kept = thinned(list(range(len(samples))), most)
    assert len(kept) == min(most, len(samples))
    assert list(kept) == sorted(set(kept))


def test_size_limit_tells_bytes() -> None:
    found = read("size-limit/entries.json")
    assert values(found) == {
        "custom.main-bundle.size": 2000,
        "custom.dist-vendor-js.size": 4177,
        "custom.dist-main-js-dist-vendor-js.size": 61467,
    }
    assert {reading.unit for reading in found.readings} == {Unit.BYTES}
    assert refused("size-limit", (SAMPLES / "size-limit/gone.json").read_bytes()) == (
        "f: [0].size: 0 bytes: size-limit found no file for 'gone' (build first, or correct its path)"
    )


def test_lighthouse_tells_points_and_times() -> None:
    found = read("lighthouse/page.json")
    by_id = {reading.id.removeprefix("custom.lighthouse."): reading for reading in found.readings}
    assert {key: (reading.value, reading.unit, reading.better) for key, reading in by_id.items()} == {
        "performance": (100, Unit.POINTS, "higher"),
        "accessibility": (100, Unit.POINTS, "higher"),
        "best-practices": (96, Unit.POINTS, "higher"),
        "seo": (82, Unit.POINTS, "higher"),
        "fcp": (651.32505, Unit.MILLISECONDS, "lower"),
        "lcp": (762.6501, Unit.MILLISECONDS, "lower"),
        "tbt": (0, Unit.MILLISECONDS, "lower"),
        "cls": (0, Unit.POINTS, "lower"),
        "si": (651.32505, Unit.MILLISECONDS, "lower"),
        "tti": (762.6501, Unit.MILLISECONDS, "lower"),
        "ttfb": (5.984, Unit.MILLISECONDS, "lower"),
        "weight": (484, Unit.BYTES, "lower"),
    }


def test_a_page_that_lighthouse_could_not_load_is_no_score_of_zero() -> None:
    assert refused("lighthouse", (SAMPLES / "lighthouse/not-served.json").read_bytes()) == (
        "f: Lighthouse could not load the page: Chrome prevented page load with an interstitial. Make sure you are testing the correct URL and that the server is properly responding to all requests. (is the page served?)"
    )
    found = read_text("lighthouse", edited("lighthouse/not-served.json", ("runtimeError", None)))
    assert found.readings == ()
    assert all(missing.failed for missing in found.missing)
    assert reasons(found)["custom.lighthouse.lcp"].startswith("Lighthouse: Chrome prevented page load")


def test_a_unit_that_lighthouse_changed_is_not_guessed() -> None:
    text = edited("lighthouse/page.json", ("audits/speed-index/numericUnit", "second"))
    assert (
        refused("lighthouse", text)
        == "f: audits.speed-index.numericUnit: 'second' where perfgate knows speed-index in ms"
    )


# The JSON of perfgate's own


def test_plain_json_says_everything_itself() -> None:
    text = '{"metrics": [{"id": "custom.checkout.p95", "value": 12.5, "unit": "ms", "better": "lower", "samples": [12, 13]}, {"id": "response.p95", "value": 3, "unit": "ms", "better": "lower", "name": "GET /"}]}'
    assert read_text("auto", text).readings == (
        Reading("custom.checkout.p95", 12.5, Unit.MILLISECONDS, "custom.checkout.p95", "lower", (12, 13)),
        Reading("response.p95", 3, Unit.MILLISECONDS, "GET /", "lower"),
    )


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"unit": "sec"}, "f: metrics[0].unit: 'sec' is not one of bytes, ms, percent, points, count (known: bytes, count, ms, percent, points)"),
        ({"better": "less"}, "f: metrics[0].better: 'less' is not one of lower, higher (known: higher, lower)"),
        ({"id": "bundle.size"}, "f: metrics[0]: 'bundle.size' is no metric that is ingested (write custom. and a name of letters, digits, - and _, or one of build.duration, response.errorRate, response.mean, response.p50, response.p95, response.p99)"),
        ({"id": "custom.a b"}, "f: metrics[0]: 'custom.a b' is no metric that is ingested (write custom. and a name of letters, digits, - and _, or one of build.duration, response.errorRate, response.mean, response.p50, response.p95, response.p99)"),
        ({"value": -1}, "f: metrics[0].value: -1 is no value of a metric (values lie between 0 and 2^53)"),
        ({"value": None}, "f: metrics[0]: no value (is the file complete, and of a version that perfgate knows?)"),
        ({"samples": [1, None]}, "f: metrics[0].samples[1]: expected a number"),
        ({"vaule": 1}, "f: metrics[0]: unknown key 'vaule' (did you mean value?)"),
    ],
)  # fmt: skip
def test_a_mistake_in_plain_json_is_named(entry: dict[str, Any], message: str) -> None:
    metric = {"id": "custom.x", "value": 1, "unit": "ms", "better": "lower", **entry}
    assert refused("json", json.dumps({"metrics": [metric]})) == message


def test_plain_json_with_nothing_in_it() -> None:
    assert (
        refused("json", '{"metrics": []}')
        == "f: no metric in this file (leave the file out, or name what was measured)"
    )
    assert refused("json", '{"metrics": [], "more": 1}') == "f: the document: unknown key 'more' (known: metrics)"


# Prometheus


def prom(text: str | None, unit: str | None = None, **selected: str) -> Found:
    """Series by the last part of the id they are stored as."""
    options = Options(selected={series: f"custom.{id_}" for id_, series in selected.items()}, unit=unit)
    content = (SAMPLES / "prometheus/node.txt").read_bytes() if text is None else text.encode()
    return analysis.read("prometheus", content, "f", options)[1]


def test_series_are_selected_by_their_labels() -> None:
    found = prom(
        None,
        p95='http_request_duration_seconds{route="/orders",quantile="0.950"}',
        failures='http_requests_total{code="500"}',
        hits="cache_hit_ratio",
        heap="nodejs_heap_size_used_bytes",
        total="db_query_duration_seconds_sum",
        queries="db_query_duration_seconds_count",
        fast='db_query_duration_seconds_bucket{le="0.01"}',
    )
    assert {reading.id.removeprefix("custom."): (reading.value, reading.unit) for reading in found.readings} == {
        "p95": (19.05, Unit.MILLISECONDS),
        "failures": (4, Unit.COUNT),
        "hits": (87.5, Unit.PERCENT),
        "heap": (found.readings[3].value, Unit.BYTES),
        "total": (4020, Unit.MILLISECONDS),
        "queries": (200, Unit.COUNT),
        "fast": (50, Unit.COUNT),
    }
    assert {reading.better for reading in found.readings} == {None}


def test_labels_are_read_with_their_escapes() -> None:
    found = prom(None, "count", depth='queue_depth{queue="a\\\\b \\"mail\\"\\nnight"}')
    assert (found.readings[0].value, found.readings[0].unit) == (3, Unit.COUNT)
    text = '{"http.wait", "a.b"="}", c = "x,y=\\\\" , } 5 1700000000000\n'
    assert prom(text, "milliseconds", wait='{"http.wait","a.b"="}"}').readings[0].value == 5


def test_openmetrics_has_units_exemplars_and_an_end() -> None:
    text = (SAMPLES / "prometheus/openmetrics.txt").read_text()
    found = prom(
        text,
        heap="heap_bytes",
        slow='render_time_seconds_bucket{le="0.1"}',
        jobs='jobs_total{kind="mail"}',
        sum="import_duration_seconds_sum",
    )
    assert {reading.id.removeprefix("custom."): (reading.value, reading.unit) for reading in found.readings} == {
        "heap": (48_123_904, Unit.BYTES),
        "slow": (10, Unit.COUNT),
        "jobs": (12, Unit.COUNT),
        "sum": (1500, Unit.MILLISECONDS),
    }
    assert prom('# UNIT wait milliseconds\nwait 5 # {a="b"} 1 2\n', x="wait").readings[0].value == 5


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [
        ("a_seconds", Unit.MILLISECONDS, 2000),
        ("a_seconds_total", Unit.MILLISECONDS, 2000),
        ("a_seconds_max", Unit.MILLISECONDS, 2000),
        ("a_milliseconds", Unit.MILLISECONDS, 2),
        ("a_bytes", Unit.BYTES, 2),
        ("a_bytes_total", Unit.BYTES, 2),
        ("a_bytes_count", Unit.COUNT, 2),
        ("a_ratio", Unit.PERCENT, 200),
        ("a_percent", Unit.PERCENT, 2),
        ("a_total", Unit.COUNT, 2),
    ],
)
def test_the_name_tells_the_unit(name: str, unit: Unit, value: float) -> None:
    reading = prom(f"{name} 2\n", x=name).readings[0]
    assert (reading.unit, reading.value) == (unit, value)


TWICE = 'a_total{code="200"} 5\na_total{code="500"} 1\n'


@pytest.mark.parametrize(
    ("text", "series", "message"),
    [
        (TWICE, "a_total", 'f: a_total is 2 series: a_total{code="200"} in line 1, a_total{code="500"} in line 2 (add the labels that tell them apart)'),
        (TWICE, 'a_total{code="404"}', 'f: no a_total{code="404"}; there is a_total{code="200"} (labels are compared exactly)'),
        (TWICE, "a_totals", "f: no a_totals in this file (did you mean a_total?)"),
        ("a 1\n", "a", "f:1: the unit of a is not told by its name (add --unit, one of seconds, milliseconds, bytes, ratio, percent, points, count)"),
        ("a_bytes -1\n", "a_bytes", "f:1: a_bytes is -1.0 (values lie between 0 and 2^53)"),
        ("\na_bytes NaN\n", "a_bytes", "f:2: a_bytes is nan (values lie between 0 and 2^53)"),
        ("a_bytes +Inf\n", "a_bytes", "f:1: a_bytes is inf (values lie between 0 and 2^53)"),
        ("a_bytes 1_0\n", "a_bytes", "f:1: '1_0' is no number (is this the text of /metrics?)"),
        ("ok 1\na_bytes{x=1} 2\n", "ok", "f:2: 'x=1} 2' is no label such as code=\"200\" (is this the text of /metrics?)"),
        ('ok 1\na{x="1",x="2"} 2\n', "ok", "f:2: label x is given twice (is this the text of /metrics?)"),
        ("ok 1\na_bytes\n", "ok", "f:2: no value after a_bytes (is this the text of /metrics?)"),
        ("ok 1\n<html>\n", "ok", "f:2: '<html>' does not begin with the name of a metric (is this the text of /metrics?)"),
        ("# TYPE a histogram\n", "a", "f: no sample in this file (is this the text of /metrics?)"),
        ("a_total 1\n", 'a_total{code="5"', '--metric a_total{code="5": \'code="5"\' is no label such as code="200" (write NAME{label="value"}=custom.id)'),
        ("a_total 1\n", "a_total > 5", '--metric a_total > 5: \'> 5\' is left over (write NAME{label="value"}=custom.id)'),
    ],
)  # fmt: skip
def test_a_series_that_cannot_be_read_is_named(text: str, series: str, message: str) -> None:
    assert refused("prometheus", text, Options(selected={series: "custom.x"})) == message


def test_a_histogram_has_no_quantiles() -> None:
    series = 'db_query_duration_seconds{quantile="0.95"}'
    text = (SAMPLES / "prometheus/node.txt").read_bytes()
    assert refused("prometheus", text, Options(selected={series: "custom.x"})) == (
        "f: db_query_duration_seconds is a histogram, which has no quantiles of its own (expose a summary; perfgate does not interpolate)"
    )


def test_the_unit_of_a_name_cannot_be_overruled() -> None:
    assert refused("prometheus", "a_bytes 1\n", Options(selected={"a_bytes": "custom.x"}, unit="seconds")) == (
        "f:1: a_bytes is in bytes, not in seconds (leave --unit out)"
    )
    assert (
        refused("prometheus", "a 1\n")
        == "which series? (add --metric 'http_requests_total{code=\"500\"}=custom.failures', once for each)"
    )


# Ids


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("npm run build", "npm-run-build"),
        ("dist/index.js", "dist-index-js"),
        ("test_sort[100]", "test_sort-100"),
        ("  --x  ", "x"),
        ("Überblick", "berblick"),
        ("日本", ""),
    ],
)
def test_a_name_becomes_a_part_of_an_id(name: str, part: str) -> None:
    assert slug(name) == part


@given(st.text(max_size=60))
def test_a_slug_is_an_id_or_nothing(name: str) -> None:
    assert slug(name) == "" or custom.is_id(custom.PREFIX + slug(name))


# What the team declares


def specs(*declared: MetricSpec) -> dict[str, MetricSpec]:
    return METRICS | {spec.id: spec for spec in declared}


P95 = MetricSpec("custom.p95", Unit.MILLISECONDS, "")
READ_P95 = Reading("custom.p95", 5, Unit.MILLISECONDS, "p95")


def test_what_nobody_declared_is_refused_with_the_lines_to_paste() -> None:
    found = read("lighthouse/page.json")
    with pytest.raises(UndeclaredError) as error:
        matched(found, METRICS)
    assert str(error.value) == "12 metrics are not declared in perfgate.yaml"
    assert (
        '  custom.lighthouse.lcp: {unit: ms, better: lower, noise: noisy, about: "largest-contentful-paint"}'
        in error.value.lines
    )
    declared = project.parse(f"version: 1\n{error.value.lines}\n".encode()).custom
    assert matched(found, specs(*declared.values())) == found


@given(st.text(min_size=1, max_size=200), st.sampled_from(Unit))
def test_the_lines_to_paste_are_valid_whatever_a_tool_calls_its_figures(name: str, unit: Unit) -> None:
    lines = declarations([Reading("custom.x", 1, unit, name, "higher")])
    spec = project.parse(f"version: 1\n{lines}\n".encode()).custom["custom.x"]
    assert (spec.unit, spec.better) == (unit, "higher")


def test_a_declaration_that_disagrees_is_refused() -> None:
    hint = "correct custom.p95 in perfgate.yaml, or give the metric another id"
    with pytest.raises(ConfigError) as error:
        matched(Found((READ_P95,)), specs(MetricSpec("custom.p95", Unit.BYTES, "")))
    assert (str(error.value), error.value.hint) == ("custom.p95 is in ms, and declared in bytes", hint)
    with pytest.raises(ConfigError) as error:
        matched(Found((READ_P95,)), specs(MetricSpec("custom.p95", Unit.MILLISECONDS, "", better="higher")))
    assert str(error.value) == "custom.p95: lower is better, and declared is that higher is better"


def test_where_a_tool_does_not_say_which_way_is_better_the_declaration_does() -> None:
    found = Found((Reading("custom.p95", 5, Unit.MILLISECONDS, "p95", better=None),))
    assert matched(found, specs(MetricSpec("custom.p95", Unit.MILLISECONDS, "", better="higher"))) == found


def test_an_id_of_perfgate_itself_must_be_one() -> None:
    with pytest.raises(ConfigError) as error:
        matched(Found((Reading("build.durations", 5, Unit.MILLISECONDS, "x"),)), METRICS)
    assert (str(error.value), error.value.hint) == (
        "build.durations is no metric that perfgate knows",
        "did you mean build.duration?",
    )


def test_only_some_can_be_taken() -> None:
    found = analysis.only(read("lighthouse/page.json"), ["custom.lighthouse.lcp"], "f")
    assert values(found) == {"custom.lighthouse.lcp": 762.6501}
    with pytest.raises(ReportError) as error:
        analysis.only(found, ["custom.lighthouse.lpc"], "f")
    assert (str(error.value), error.value.hint) == (
        "f: no custom.lighthouse.lpc in this file",
        "did you mean custom.lighthouse.lcp?",
    )


# The report


def test_files_of_several_tools_and_services_add_up_and_one_again_replaces_its_own() -> None:
    declared = specs(P95, MetricSpec("custom.other", Unit.BYTES, ""))
    other = Found((Reading("custom.other", 7, Unit.BYTES, "o"),))
    report = a_report("web bundle.size=1")
    for found, service in ((Found((READ_P95,)), "web"), (Found((READ_P95,)), "api"), (other, "web")):
        report = document.merge(report, analysis.part(found, service, declared))
    again = Found((Reading("custom.p95", 6, Unit.MILLISECONDS, "p95"),))
    report = document.merge(report, analysis.part(again, "web", declared))
    assert {(metric.service, metric.id): metric.value for metric in report.metrics} == {
        ("api", "custom.p95"): 5,
        ("web", "bundle.size"): 1,
        ("web", "custom.other"): 7,
        ("web", "custom.p95"): 6,
    }


def test_times_of_two_load_tools_are_not_mixed() -> None:
    report = document.merge(a_report(), analysis.part(read("k6/summary-export.json"), "web", METRICS))
    report = document.merge(report, analysis.part(read("wrk/plain.txt"), "web", METRICS))
    assert {metric.id: metric.value for metric in report.metrics} == {"response.mean": 3.29, "response.errorRate": 0}
    assert {missing.id for missing in report.not_measured} == {"response.p50", "response.p95", "response.p99"}


def test_a_reason_is_stored_where_there_is_no_value() -> None:
    found = Found(missing=(Missing("response.p95", "why", failed=True),))
    part = analysis.part(found, "web", METRICS)
    assert part.not_measured == (NotMeasured(service="web", id="response.p95", reason="why", failed=True),)


def test_the_build_is_of_the_whole_repository() -> None:
    found = Found((Reading("build.duration", 5, Unit.MILLISECONDS, "b"),))
    part = analysis.part(found, None, METRICS)
    assert part.metrics == (Metric(service=REPOSITORY, id="build.duration", value=5, unit=Unit.MILLISECONDS),)
    with pytest.raises(ConfigError, match=r"build\.duration is of the whole repository, not of a service"):
        analysis.part(found, "web", METRICS)
    with pytest.raises(ConfigError, match=r"custom\.p95 is of a service"):
        analysis.part(Found((READ_P95,)), None, specs(P95))
