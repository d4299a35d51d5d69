"""perfgate bundle's composition against source-map-explorer, on maps of 40 KB to 40 MB.

usage: python benchmarks/composition.py [ROUNDS]

The bundles are shipped by npm packages, or built of them by esbuild, with and without minifying. perfgate remembers the gzip
sizes of the run that warms up, so that no compression counts, and finds importers besides. Prints a row for each with the medians and
the ratio of wall time, CPU time and memory.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from composition_exactness import CORPUS, EXPLORER
from measuring import PERFGATE, WORK, Contestant, install, race

SHIPPED = (
    "preact/dist/preact.js", "chart.js/dist/chart.umd.js", "hls.js/dist/hls.min.js", "pixi.js/dist/pixi.min.js",
    "mapbox-gl/dist/mapbox-gl.js", "mapbox-gl/dist/mapbox-gl-unminified.js", "echarts/dist/echarts.js",
)  # fmt: skip
BUILT = {
    "medium": ("three", "echarts", "rxjs", "mobx", "date-fns", "date-fns/locale", "zod"),
    "large": ("three", "echarts", "rxjs", "mobx", "date-fns", "date-fns/locale", "zod", "pixi.js", "video.js", "bootstrap", "maplibre-gl"),
    "huge": ("three", "echarts", "rxjs", "mobx", "date-fns", "date-fns/locale", "zod", "pixi.js", "video.js", "bootstrap", "maplibre-gl", "react-router-dom", "typescript"),
}  # fmt: skip


def bundles() -> Iterator[tuple[str, Path]]:
    """Name and file of each bundle, from the smallest map to the largest."""
    corpus = install(WORK / "composition", *CORPUS)
    for path in SHIPPED:
        yield path, corpus / "node_modules" / path
    for name, packages in BUILT.items():
        for minify in (True, False):
            yield f"{name}{', minified' if minify else ''}", built(corpus, name, packages, minify=minify)


def built(corpus: Path, name: str, packages: tuple[str, ...], *, minify: bool) -> Path:
    """A bundle of whole packages, once."""
    out = WORK / "composition-built" / f"{name}{'.min' if minify else ''}.js"
    if not out.is_file():
        esbuild = install(WORK / "esbuild", "esbuild@0.28.2") / "node_modules" / ".bin" / "esbuild"
        source = "".join(f'import * as p{number} from "{package}";\n' for number, package in enumerate(packages))
        used = ", ".join(f"p{number}" for number in range(len(packages)))
        entry = corpus / f"{name}.js"
        entry.write_text(f"{source}globalThis.all = [{used}];\n")
        options = ["--bundle", "--platform=node", "--sourcemap", "--log-level=error", *(["--minify"] if minify else [])]
        subprocess.run([str(esbuild), str(entry), f"--outfile={out}", *options], cwd=corpus, check=True)
    return out


def contestants(name: str, *bundles: Path) -> list[Contestant]:
    """Both, in a folder with the bundles and their maps."""
    folder = WORK / "composition-runs" / name.replace("/", "-").replace(", ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (file for bundle in bundles for file in (bundle, map_of(bundle))):
        shutil.copy(file, folder / file.name)
    report = folder / "performance-reports" / "latest.json"
    sizes = {"PERFGATE_CACHE_DIR": str(folder / "cache")}
    ours = (*PERFGATE, "bundle", "--artifacts", "*.js", "--encoding", "gzip")

    explorer = install(WORK / "source-map-explorer", *EXPLORER) / "node_modules" / ".bin" / "source-map-explorer"
    theirs = (str(explorer), "*.js", "--json", "--no-border-checks")
    return [
        Contestant("perfgate", ours, folder, lambda: report.unlink(missing_ok=True), sizes),
        Contestant("source-map-explorer", theirs, folder),
    ]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(f"{'':<40} {'map':>6}   {'perfgate':^18}   {'source-map-explorer':^18}   {'ratio':^18}")
    columns = f"{'wall s':>6} {'MiB':>5} {'cpu s':>5}"
    print(f"{'':<40} {'MB':>6}   {columns}   {columns}   {'wall':>5} {'memory':>6} {'cpu':>5}")
    found = [(name, (bundle,)) for name, bundle in bundles()]
    together = tuple(bundle for name, (bundle,) in found if name.partition(",")[0] in BUILT)
    for name, files in [*found, ("all that esbuild built, in one run", together)]:
        size = sum(map_of(bundle).stat().st_size for bundle in files)
        ours, theirs = race(contestants(name, *files), rounds).values()
        cells = "   ".join(f"{cost.wall:6.2f} {cost.memory:5.0f} {cost.cpu:5.2f}" for cost in (ours, theirs))
        ratio = f"{ours.wall / theirs.wall:5.2f} {ours.memory / theirs.memory:6.2f} {ours.cpu / theirs.cpu:5.2f}"
        print(f"{name:<40} {size / 1e6:6.1f}   {cells}   {ratio}", flush=True)


def map_of(bundle: Path) -> Path:
    return bundle.with_name(f"{bundle.name}.map")


if __name__ == "__main__":
    main()
