"""perfgate.yaml."""

import pytest

from perfgate.config.project import DepsConfig, IgnoredDependency, Project, ServiceConfig, parse
from perfgate.errors import ConfigError, Source
from perfgate.report.model import MetricSpec
from perfgate.units import Unit


def test_an_empty_file_asks_for_nothing() -> None:
    assert parse(b"") == Project()


def test_everything_it_can_say() -> None:
    text = b"""\
version: 1
services:
  web: {path: apps/web/, artifacts: ["dist/web/**/*.js", "!**/*.test.js"]}
  api:
ignore: [docs]
encodings: gzip
data-branch: measurements
deps:
  heavy: 10 MB
  ignore:
    - {package: left-pad, reason: "loaded by name"}
    - package: "@acme/x"
      workspace: web
      reason: kept for the next release
custom:
  custom.checkout.p95: {unit: ms, better: lower, about: "checkout, 95 of 100"}
  custom.hits: {unit: percent, better: higher, noise: exact}
"""
    project = parse(text)
    web = project.services["web"]
    assert (web.path, web.artifacts) == ("apps/web", ("dist/web/**/*.js", "!**/*.test.js"))
    assert isinstance(project.services["api"], ServiceConfig)
    assert (set(project.ignore), project.encodings, project.data_branch) == ({"docs"}, ("gzip",), "measurements")
    assert project.deps == DepsConfig(
        ignore=(
            IgnoredDependency("left-pad", "loaded by name", Source("perfgate.yaml", 11, 7)),
            IgnoredDependency("@acme/x", "kept for the next release", Source("perfgate.yaml", 12, 7), "web"),
        ),
        heavy=10 * 1024 * 1024,
    )
    assert project.custom == {
        "custom.checkout.p95": MetricSpec(
            "custom.checkout.p95", Unit.MILLISECONDS, "checkout, 95 of 100", noise="noisy"
        ),
        "custom.hits": MetricSpec("custom.hits", Unit.PERCENT, "", better="higher", noise="exact"),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("services: {}", "1:1: no version (add `version: 1` as the first line)"),
        ("version: 1\nservice: {}", "2:1: unknown key 'service', expected a key of the project file (did you mean services?)"),
        ("version: 1\nservices: {a: {artifacts: ../x.js}}", "2:27: '../x.js' leaves the workspace (paths are relative to the folder of perfgate.yaml)"),
        ("version: 1\nservices: {a: {artifacts: ['!../x.js', a]}}", "2:28: '!../x.js' leaves the workspace (paths are relative to the folder of perfgate.yaml)"),
        ("version: 1\nservices: {a: {path: /etc}}", "2:22: '/etc' leaves the workspace (paths are relative to the folder of perfgate.yaml)"),
        ("version: 1\nservices: {a: {artifacts: '!x.js'}}", "2:27: artifacts only excludes (add a pattern that says what to measure)"),
        ("version: 1\nencodings: [gzip, zstd]", "2:12: unknown encoding 'zstd' (known: brotli, gzip)"),
        ("version: 1\ndeps: {ignor: []}", "2:8: unknown key 'ignor', expected a part of deps (did you mean ignore?)"),
        ("version: 1\ndeps: {ignore: [{package: x}]}", "2:17: no reason (say why, for whoever reads this next year)"),
        ("version: 1\ndeps: {ignore: [{reason: x}]}", "2:17: no package (name the dependency)"),
        ("version: 1\ndeps: {ignore: [{package: x, reason: ''}]}", "2:38: expected a reason"),
        ("version: 1\ndeps: {ignore: [x]}", "2:17: expected a mapping with package, reason, workspace, not a single value"),
        ("version: 1\ndeps: {ignore: {package: x}}", "2:16: expected a list of entries (write `- {package: x, reason: why}`)"),
        ("version: 1\ncustom: {p95: {unit: ms, better: lower}}", "2:10: 'p95' is no id of a custom metric (write custom. and a name of letters, digits, - and _, at most 80 characters in all)"),
        ("version: 1\ncustom: {custom.a b: {unit: ms, better: lower}}", "2:10: 'custom.a b' is no id of a custom metric (write custom. and a name of letters, digits, - and _, at most 80 characters in all)"),
        ("version: 1\ncustom: {custom.a: {better: lower}}", "2:10: custom.a has no unit (write custom.a: {unit: ms, better: lower, noise: noisy})"),
        ("version: 1\ncustom: {custom.a: {unit: ms}}", "2:10: custom.a has no better (write custom.a: {unit: ms, better: lower, noise: noisy})"),
        ("version: 1\ncustom: {custom.a: {unit: sec, better: lower}}", "2:27: unit: 'sec' is not one of bytes, ms, percent, points, count (known: bytes, count, ms, percent, points)"),
        ("version: 1\ncustom: {custom.a: {unit: ms, better: les}}", "2:39: better: 'les' is not one of lower, higher (known: higher, lower)"),
        ("version: 1\ncustom: {custom.a: {unit: ms, better: lower, nois: noisy}}", "2:46: unknown key 'nois', expected a part of custom.a (did you mean noise?)"),
        ("version: 1\ndeps: {heavy: 5}", "2:15: '5' has no unit (write a number and a unit, such as 500 KB)"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_remedy(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text.encode())
    assert str(refused.value) == f"perfgate.yaml:{problem}"
