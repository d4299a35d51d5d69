"""Bundle sizes: exact bytes, remembered by content, and never a zero for what is not there."""

import gzip
import json
import random
from pathlib import Path

import brotli
import pytest

from perfgate.analyzers.bundle import analysis as bundle
from perfgate.analyzers.bundle.size_cache import size_cache
from perfgate.config.project import Project, parse
from perfgate.report.document import Part
from perfgate.report.model import File
from perfgate.workspace.services import discover
from tests.javascript.test_source_map import a_map

BOTH = ("gzip", "brotli")


def analyze(
    root: Path, project: Project | None = None, encodings: tuple[str, ...] = BOTH, cache: Path | None = None
) -> Part:
    return bundle.analyze(discover(root, project or Project()), encodings=encodings, cache=size_cache(cache))


def built(root: Path, **services: bytes) -> Path:
    for name, content in services.items():
        path = root / "dist" / "apps" / name / "main.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def values(part: Part, service: str) -> dict[str, float]:
    return {metric.id: metric.value for metric in part.metrics if metric.service == service}


def reasons(part: Part, service: str) -> set[tuple[str, bool]]:
    return {(missing.reason, missing.failed) for missing in part.not_measured if missing.service == service}


CONTENT = b"export const answer = 42;\n" * 500


def test_sizes_are_those_of_the_tools_themselves(tmp_path: Path) -> None:
    assert values(analyze(built(tmp_path, web=CONTENT)), "web") == {
        "bundle.size": len(CONTENT),
        "bundle.gzip": len(gzip.compress(CONTENT, 9)),
        "bundle.brotli": len(brotli.compress(CONTENT)),
        "bundle.files": 1,
    }


def test_the_files_of_a_service_add_up(tmp_path: Path) -> None:
    built(tmp_path, web=CONTENT)
    (tmp_path / "dist/apps/web/other.css").write_bytes(b"body {}")
    (tmp_path / "dist/apps/web/main.js.map").write_bytes(b"{}")
    part = analyze(tmp_path)
    assert values(part, "web")["bundle.size"] == len(CONTENT) + 7
    assert values(part, "web")["bundle.files"] == 2
    assert [file.path for file in part.details["web"].files] == ["dist/apps/web/main.js", "dist/apps/web/other.css"]


def test_only_the_encodings_asked_for(tmp_path: Path) -> None:
    assert set(values(analyze(built(tmp_path, web=CONTENT), encodings=()), "web")) == {"bundle.size", "bundle.files"}


def test_files_are_labelled_without_their_hash(tmp_path: Path) -> None:
    project = parse(b"version: 1\nservices: {web: {artifacts: 'out/main.<hash>.js'}}")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/main.3f9a1c2b.js").write_bytes(CONTENT)
    (file,) = analyze(tmp_path, project).details["web"].files
    assert (file.label, file.path) == ("out/main.<hash>.js", "out/main.3f9a1c2b.js")


def test_what_is_not_there_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "apps/web").mkdir(parents=True)
    part = analyze(built(tmp_path, api=CONTENT))
    assert reasons(part, "web") == {("no file matches dist/apps/web/**/*.{js,mjs,cjs,css}", False)}
    assert {missing.id for missing in part.not_measured} == {
        "bundle.size",
        "bundle.gzip",
        "bundle.brotli",
        "bundle.files",
    }
    assert values(part, "api")


def test_an_empty_file_is_not_measured(tmp_path: Path) -> None:
    assert reasons(analyze(built(tmp_path, web=b"")), "web") == {("dist/apps/web/main.js is empty", False)}


def test_a_link_out_of_the_workspace_is_a_failure_of_that_service_only(tmp_path: Path) -> None:
    built(tmp_path, web=b"x", api=CONTENT)
    (tmp_path / "dist/apps/web/main.js").unlink()
    (tmp_path / "dist/apps/web/main.js").symlink_to("/etc/passwd")
    part = analyze(tmp_path)
    assert reasons(part, "web") == {("dist/apps/web/main.js is a link to a place outside of the workspace", True)}
    assert values(part, "api")


def test_a_file_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    built(tmp_path, web=b"x")
    path = tmp_path / "dist/apps/web/main.js"
    path.unlink()
    path.symlink_to("main.js")  # a link to itself: nobody, root included, can read it
    assert reasons(analyze(tmp_path), "web") == {
        ("dist/apps/web/main.js cannot be read: Too many levels of symbolic links", True)
    }


def test_many_files_come_out_in_order(tmp_path: Path) -> None:
    rng = random.Random(1)  # noqa: S311
    contents = {f"s{i:03}": rng.randbytes(i + 1) for i in range(120)}
    part = analyze(built(tmp_path, **contents), encodings=("gzip",))
    sizes = [(metric.service, metric.value) for metric in part.metrics if metric.id == "bundle.size"]
    assert sizes == [(name, len(content)) for name, content in contents.items()]


# The cache


def test_a_size_is_remembered_by_content(tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "sizes.json"
    first = analyze(built(tmp_path / "w", web=CONTENT), cache=cache)
    known = json.loads(cache.read_text())
    assert len(known["values"]) == 2
    cache.write_text(json.dumps({**known, "values": dict.fromkeys(known["values"], 7)}))
    again = analyze(built(tmp_path / "w", api=CONTENT), cache=cache)
    assert values(first, "web")["bundle.gzip"] > 7
    assert values(again, "api")["bundle.gzip"] == 7, "the same content under another name comes from the cache"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "values": {"a": -1, "b": "x"}}', "[" * 99_999],
)
def test_a_broken_cache_is_an_empty_one(tmp_path: Path, content: str) -> None:
    cache = tmp_path / "sizes.json"
    cache.write_text(content)
    assert values(analyze(built(tmp_path, web=CONTENT), cache=cache), "web")["bundle.size"] == len(CONTENT)


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert values(analyze(built(tmp_path, web=CONTENT), cache=tmp_path / "file" / "sizes.json"), "web")


# Composition


def metafile(root: Path, service: str, inputs: dict[str, int], imports: dict[str, list[str]], size: int) -> None:
    meta = {
        "inputs": {path: {"bytes": 1, "imports": [{"path": to, "kind": "import-statement"} for to in imports.get(path, [])]} for path in inputs},
        "outputs": {f"dist/apps/{service}/main.js": {"bytes": size, "inputs": {path: {"bytesInOutput": n} for path, n in inputs.items()}}},
    }  # fmt: skip
    (root / "dist/apps" / service / "meta.json").write_text(json.dumps(meta))


def test_modules_come_from_the_metafile_packages_as_one(tmp_path: Path) -> None:
    built(tmp_path, web=CONTENT)
    inputs = {
        "src/main.ts": 100,
        "src/dates.ts": 50,
        "node_modules/.pnpm/moment@2/node_modules/moment/moment.js": 900,
        "node_modules/.pnpm/moment@2/node_modules/moment/locale/de.js": 90,
        "node_modules/@scope/pkg/index.js": 10,
        "unused.ts": 0,
    }
    imports = {
        "src/main.ts": ["src/dates.ts"],
        "src/dates.ts": ["node_modules/.pnpm/moment@2/node_modules/moment/moment.js"],
        "node_modules/.pnpm/moment@2/node_modules/moment/moment.js": [
            "node_modules/.pnpm/moment@2/node_modules/moment/locale/de.js"
        ],
    }
    metafile(tmp_path, "web", inputs, imports, len(CONTENT))
    modules = analyze(tmp_path).details["web"].modules
    assert [(m.name, m.size, m.importer) for m in modules] == [
        ("node_modules/moment", 990, "src/dates.ts"),
        ("src/main.ts", 100, None),
        ("src/dates.ts", 50, "src/main.ts"),
        ("node_modules/@scope/pkg", 10, None),
    ]


def source_mapped(root: Path, service: str, text: str, sources: dict[str, int], contents: dict[str, str]) -> None:
    """A bundle of one line, its sources one after the other, with an external map."""
    starts, column, line = [], 0, []
    for index, size in enumerate(sources.values()):
        line.append((column, index))
        column += size
    starts.append(line)
    data = a_map(
        starts, [f"../../../{name}" for name in sources], sourcesContent=[contents.get(name) for name in sources]
    )
    path = root / "dist/apps" / service / "main.js"
    path.write_text(f"{text}\n//# sourceMappingURL=main.js.map\n")
    path.with_name("main.js.map").write_text(json.dumps(data))


def test_modules_come_from_the_source_map_where_there_is_no_metafile(tmp_path: Path) -> None:
    built(tmp_path, web=b"x")
    sources = {"src/main.ts": 30, "node_modules/moment/moment.js": 60}
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.ts").write_text("// dates\nimport moment from 'moment'\n")
    source_mapped(tmp_path, "web", "x" * 90, sources, {"src/main.ts": "import moment from 'moment'"})
    part = analyze(tmp_path)
    detail = part.details["web"]
    assert [(m.name, m.size, m.importer) for m in detail.modules] == [
        ("node_modules/moment", 60, "src/main.ts:2"),
        ("src/main.ts", 30, None),
    ]
    assert detail.unmapped == values(part, "web")["bundle.size"] - 90


def test_a_broken_source_map_is_noted_and_the_sizes_stand(tmp_path: Path) -> None:
    built(tmp_path, web=b"x", api=CONTENT)
    (tmp_path / "dist/apps/web/main.js").write_text("x\n//# sourceMappingURL=gone.map\n")
    part = analyze(tmp_path)
    note = "dist/apps/web/main.js: names the map dist/apps/web/gone.map, which is not there"
    assert (part.details["web"].note, part.details["web"].modules) == (note, ())
    assert values(part, "web")["bundle.size"]
    assert values(part, "api")


def test_an_importer_is_named_with_its_line(tmp_path: Path) -> None:
    built(tmp_path, web=CONTENT)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.ts").write_text("\n\nimport { a } from './dates.js';\n")
    inputs = {"src/main.ts": 100, "src/dates.ts": 50}
    metafile(tmp_path, "web", inputs, {}, len(CONTENT))
    meta = json.loads((tmp_path / "dist/apps/web/meta.json").read_text())
    meta["inputs"]["src/main.ts"]["imports"] = [
        {"path": "src/dates.ts", "kind": "import-statement", "original": "./dates.js"}
    ]
    (tmp_path / "dist/apps/web/meta.json").write_text(json.dumps(meta))
    assert analyze(tmp_path).details["web"].modules[1].importer == "src/main.ts:3"


def test_a_metafile_of_another_build_explains_nothing(tmp_path: Path) -> None:
    metafile(built(tmp_path, web=CONTENT), "web", {"src/main.ts": 100}, {}, len(CONTENT) + 1)
    assert analyze(tmp_path).details["web"].modules == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"outputs": []}', '{"inputs": {"a": 1}, "outputs": {"main.js": 4}}'])
def test_a_broken_metafile_explains_nothing(tmp_path: Path, text: str) -> None:
    built(tmp_path, web=CONTENT)
    (tmp_path / "dist/apps/web/meta.json").write_text(text)
    part = analyze(tmp_path)
    assert part.details["web"].modules == ()
    assert values(part, "web")


def test_the_smallest_modules_are_added_up(tmp_path: Path) -> None:
    inputs = {f"src/{i:04}.ts": 1000 - i for i in range(400)}
    metafile(built(tmp_path, web=CONTENT * 40), "web", inputs, {}, len(CONTENT) * 40)
    modules = analyze(tmp_path, encodings=()).details["web"].modules
    assert len(modules) == 301
    assert modules[-1].name == "(others)"
    assert sum(module.size for module in modules) == sum(inputs.values())


def test_the_same_label_twice_is_two_files() -> None:
    assert File(label="a", path="x", size=1) != File(label="a", path="y", size=1)
