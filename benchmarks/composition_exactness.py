"""Bytes by source against source-map-explorer's, on real bundles with maps, and against esbuild's metafile where there is one.

usage: python benchmarks/composition_exactness.py

The bundles are what npm packages ship, and services of the example built by six set-ups. Prints a row for each: sources
whose bytes are equal, how many bytes apart the others are in all, and why. Ends with 1 when something has no reason.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.parse import unquote

from measuring import ROOT, WORK, install

sys.path.insert(0, str(ROOT))
from perfgate.analyzers.bundle.bundler_output import BundlerOutput
from perfgate.analyzers.bundle.composition import compose, explain
from perfgate.javascript import attribution, source_map
from perfgate.javascript.parts import unit
from perfgate.javascript.source_map import SourceMap, SourceMapError

DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NUMBER = re.compile("[g-z0-9+/]*[A-Za-f]")
EXPLORER = ("source-map-explorer@2.5.3",)
CORPUS = (
    "three@0.160.0", "echarts@5.5.0", "mapbox-gl@3.4.0", "maplibre-gl@4.3.0", "pixi.js@8.1.0", "hls.js@1.5.8", "rxjs@7.8.1",
    "chart.js@4.4.2", "leaflet@1.9.4", "mobx@6.12.3", "preact@10.22.0", "bootstrap@5.3.3", "date-fns@3.6.0", "typescript@5.4.5",
    "react@18.3.1", "react-dom@18.3.1", "@popperjs/core@2.11.8", "zod@3.23.8", "react-router-dom@6.23.1", "video.js@8.12.0",
)  # fmt: skip
SHIPPED = (
    "echarts/dist/echarts.js", "echarts/dist/echarts.esm.js", "zrender/dist/zrender.js", "mapbox-gl/dist/mapbox-gl.js",
    "maplibre-gl/dist/maplibre-gl.js", "maplibre-gl/dist/maplibre-gl-dev.js", "pixi.js/dist/pixi.js",
    "pixi.js/dist/pixi.min.js", "hls.js/dist/hls.js", "hls.js/dist/hls.min.js", "chart.js/dist/chart.umd.js",
    "leaflet/dist/leaflet-src.js", "rxjs/dist/bundles/rxjs.umd.js", "mobx/dist/mobx.esm.js", "preact/dist/preact.js",
    "bootstrap/dist/js/bootstrap.bundle.js", "bootstrap/dist/css/bootstrap.min.css", "date-fns/locale/cdn.min.js",
)  # fmt: skip
BUNDLERS = (
    "esbuild@0.28.2", "esbuild-loader@4.3.0", "webpack@5.99.9", "@rspack/core@1.3.12", "rollup@4.41.1", "vite@6.3.5",
    "rollup-plugin-esbuild@6.2.1", "rollup-plugin-visualizer@6.0.1", "@rollup/plugin-commonjs@28.0.3",
    "@rollup/plugin-json@6.1.0", "@rollup/plugin-node-resolve@16.0.1", "@rollup/plugin-terser@0.4.4",
)  # fmt: skip
SERVICES = ("auth-service", "notification-service")
# What esbuild adds to a line at most, on average: brackets around a module, a semicolon.
_ADDED = 4
PNPM = ("npx", "--yes", "pnpm@10.34.9")


@dataclass(frozen=True)
class Row:
    """One bundle: sources, those whose bytes are equal, the bytes the others are apart, why, and what nothing explains."""

    name: str
    size: int
    sources: int = 0
    equal: int = 0
    apart: int = 0
    reason: str = ""
    metafile: str = ""
    unexplained: str = ""


def bundles() -> Iterator[tuple[str, Path, str]]:
    """Name, workspace and path of each."""
    corpus = install(WORK / "composition", *CORPUS)
    for path in SHIPPED:
        yield path, corpus / "node_modules", path
    for bundler in sorted(folder.name for folder in built().iterdir()):
        for service in SERVICES:
            yield f"{bundler} {service}", built().parent, f"built/{bundler}/{service}/main.js"


def built() -> Path:
    """The example, built by each bundler inside of its copy, once."""
    example = WORK / "six-services"
    done = example / "built"
    if not (done / "vite" / SERVICES[-1] / "main.js").is_file():
        shutil.copytree(ROOT / "examples" / "six-services", example, dirs_exist_ok=True)
        subprocess.run([*PNPM, "install", "--silent", "--frozen-lockfile"], cwd=example, check=True)
        tools = install(WORK / "bundlers", *BUNDLERS)
        shutil.copy(ROOT / "benchmarks" / "bundlers.mjs", tools)
        subprocess.run(["node", "bundlers.mjs", example, done, *SERVICES], cwd=tools, check=True)
    return done


def explored(root: Path, path: str) -> dict[str, int]:
    """Bytes by source, as source-map-explorer names them."""
    explorer = install(WORK / "source-map-explorer", *EXPLORER) / "node_modules" / ".bin" / "source-map-explorer"
    argv = [str(explorer), path, f"{path}.map", "--json", "--no-border-checks", "--no-root"]
    answer = json.loads(subprocess.run(argv, cwd=root, check=True, capture_output=True).stdout)
    return {name: part["size"] for name, part in answer["results"][0]["files"].items()}


def compared(name: str, root: Path, path: str) -> Row:
    content = (root / path).read_bytes()
    found = source_map.find(root, path, content)
    assert found is not None
    try:
        ours = attribution.sizes(content, found)
    except SourceMapError as error:
        return Row(name, len(content), len(found.sections[0].names), reason=f"refused: {error}")
    explained = explain(root, BundlerOutput(root), path, content)
    composition = compose(root, [explained], {})
    complaints = []
    if sum(module.size for module in composition.modules) + (composition.unmapped or 0) != len(content):
        complaints.append("the total is not the size of the file")
    reason, (equal, sources, apart) = "", against_explorer(ours, root, path, found)
    if apart:
        copy, mended = without_pitfalls(root, path)
        reason = f"{mended}: {apart:,} B apart, none without" if mended else ""
        equal, sources, apart = against_explorer(ours, copy, path, found)
    if apart:
        complaints.append(f"{sources - equal} sources are {apart:,} B apart")
    told = ""
    if explained.origin == "metafile":
        told, complaint = against_metafile(ours, explained.parts.sizes, content)
        complaints += [complaint] if complaint else []
    return Row(name, len(content), sources, equal, apart, reason, told, "; ".join(complaints))


def without_pitfalls(root: Path, path: str) -> tuple[Path, str]:
    """A copy of a bundle and its map on which source-map-explorer is right, and what was changed for that.

    It takes one carriage return for the line end of the whole file, cuts blank lines off the beginning, which moves all
    lines that follow, and of two segments at one column takes the one whose source comes later in the map, not the last.
    """
    content, mended = (root / path).read_bytes(), []
    if b"\r\n" in content:
        mended.append("CRLF")
        content = content.replace(b"\r\n", b"\n")
    if content[:1].isspace():
        mended.append("blank first line")
        content = b"//" + content
    data = json.loads((root / f"{path}.map").read_bytes())
    untied = without_ties(data["mappings"])
    if untied != data["mappings"]:
        mended.append("two segments at a column")
    copy = WORK / "without-pitfalls"
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    (copy / path).write_bytes(content)
    (copy / f"{path}.map").write_text(json.dumps({**data, "mappings": untied}))
    return copy, ", ".join(mended)


def without_ties(mappings: str) -> str:
    """The mappings with only the last of the segments that stand at one column, or as they are where none do."""
    lines, state, last, tied = [], [0, 0, 0, 0], [0, 0, 0, 0], False
    for line in mappings.split(";"):
        column, kept = 0, dict[int, list[int]]()
        for segment in line.split(",") if line else ():
            step, *more = (number(text) for text in NUMBER.findall(segment))
            column += step
            state = [value + change for value, change in zip_longest(state, more, fillvalue=0)]
            tied |= column in kept
            kept[column] = state[: len(more)]
        segments, before = [], 0
        for place, values in kept.items():
            steps = [place - before, *(value - old for value, old in zip(values, last, strict=False))]
            segments.append("".join(map(vlq, steps)))
            before, last = place, [*values, *last[len(values) :]]
        lines.append(",".join(segments))
    return ";".join(lines) if tied else mappings


def number(text: str) -> int:
    value = sum((DIGITS.index(digit) & 31) << 5 * place for place, digit in enumerate(text))
    return -(value >> 1) if value & 1 else value >> 1


def vlq(value: int) -> str:
    rest, text = (value << 1 if value >= 0 else -value << 1 | 1), ""
    while rest > 31:
        text, rest = text + DIGITS[rest & 31 | 32], rest >> 5
    return text + DIGITS[rest]


def against_explorer(ours: Mapping[str, int], root: Path, path: str, found: SourceMap) -> tuple[int, int, int]:
    """How many sources are equal, of how many, and the bytes that the others are apart in all."""
    written = json.loads((root / f"{path}.map").read_bytes())["sources"]
    names = dict(zip(map(plain, written), found.sections[0].names, strict=True))
    theirs: dict[str, int] = {}
    for source, size in explored(root, path).items():
        if not source.startswith("["):
            known = names.get(plain(source), source)
            theirs[known] = theirs.get(known, 0) + size
    sources = {source for source in ours.keys() | theirs.keys() if ours.get(source) or theirs.get(source)}
    apart = [abs(ours.get(source, 0) - theirs.get(source, 0)) for source in sources]
    return apart.count(0), len(sources), sum(apart)


def plain(source: str) -> str:
    """A source's name without what source-map-explorer's library changes in an address."""
    return unquote(source).replace("/./", "/")


def against_metafile(ours: Mapping[str, int], exact: Mapping[str, int], content: bytes) -> tuple[str, str]:
    """The share of the metafile's bytes that the map has, and what is wrong with that.

    A metafile counts line ends, indentation, and the brackets and semicolons that esbuild adds to an input, which have no
    segment in a map: the map lacks no more than that. Where a package ships maps, esbuild's map names the sources behind
    them, and what these do not map counts to the source before it: of an input the map may have more by a thousandth.
    """
    by_map, by_metafile = by_unit(ours), by_unit(exact)
    more = sum(max(0, by_map.get(name, 0) - size) for name, size in by_metafile.items())
    lacking = sum(by_metafile.values()) - sum(by_map.values())
    added = sum(len(line) - len(line.lstrip()) + 1 + _ADDED for line in content.splitlines())
    complaint = f"the map has {more:,} B more" if more > len(content) / 1000 else ""
    if not 0 <= lacking <= added:
        complaint += f" the map lacks {lacking:,} B, line ends and the like are {added:,} B"
    return f"{sum(by_map.values()) / sum(by_metafile.values()) * 100:.1f}%", complaint


def by_unit(sizes: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for path, size in sizes.items():
        found[unit(path)] = found.get(unit(path), 0) + size
    return found


def main() -> None:
    print(f"{'bundle':<44} {'KiB':>6} {'sources':>8} {'equal':>6} {'apart':>6} {'of metafile':>12}  why")
    unexplained = 0
    for name, root, path in bundles():
        row = compared(name, root, path)
        unexplained += bool(row.unexplained)
        why = row.reason + (f" UNEXPLAINED: {row.unexplained}" if row.unexplained else "")
        numbers = f"{row.size / 1024:6.0f} {row.sources:8} {row.equal:6} {row.apart:6} {row.metafile:>12}"
        print(f"{row.name:<44} {numbers}  {why}".rstrip(), flush=True)
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
