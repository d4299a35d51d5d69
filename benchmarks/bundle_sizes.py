"""perfgate bundle against size-limit and bundlewatch: 10, 100 and 1,000 files of about 50 KB, gzip and brotli.

usage: python benchmarks/bundle_sizes.py [ROUNDS [COUNT,COUNT...]]

The files are slices of scripts that npm packages ship. Prints a row for each size and encoding with the medians, the
ratio to each peer, and, for perfgate, the same with a warm cache.
"""

import json
import random
import sys
from pathlib import Path

from measuring import PERFGATE, WORK, Contestant, Cost, install, race

COUNTS = tuple(map(int, sys.argv[2].split(","))) if len(sys.argv) > 2 else (10, 100, 1000)
CORPUS = (
    "react-dom@18.3.1",
    "lodash@4.17.21",
    "three@0.160.0",
    "d3@7.9.0",
    "moment@2.30.1",
    "rxjs@7.8.1",
    "vue@3.4.21",
    "chart.js@4.4.2",
)
SIZE_LIMIT = ("size-limit@12.1.0", "@size-limit/file@12.1.0")
BUNDLEWATCH = ("bundlewatch@0.4.2", "brotli-size@4.0.0")
CACHE = WORK / "cache"


def corpus(count: int) -> Path:
    """A folder with `count` scripts of 40 to 60 KB, cut from npm packages with a fixed seed."""
    folder = WORK / f"files{count}"
    if len(list(folder.glob("*.js"))) == count:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    packages = install(WORK / "corpus", *CORPUS)
    scripts = [path for path in sorted(packages.glob("node_modules/**/*.js")) if path.stat().st_size > 60_000]
    rng = random.Random(1)
    for number in range(count):
        content = scripts[rng.randrange(len(scripts))].read_bytes()
        length = rng.randrange(40_000, 60_000)
        start = rng.randrange(len(content) - length)
        (folder / f"f{number:04}.js").write_bytes(content[start : start + length])
    return folder


def contestants(folder: Path, encoding: str) -> list[Contestant]:
    glob = f"../{folder.name}/*.js"
    ours = ("bundle", "--artifacts", f"{folder.name}/*.js", "--encoding", encoding, "--report", f"{folder.name}.json")
    report, cache = WORK / f"{folder.name}.json", CACHE / "sizes.json"
    environment = {"PERFGATE_CACHE_DIR": str(CACHE)}
    size_limit = install(WORK / "size-limit", *SIZE_LIMIT)
    limit_file = f"{encoding}-{folder.name}.json"
    (size_limit / limit_file).write_text(json.dumps([{"path": glob, encoding: True, "limit": "900 MB"}]))
    bundlewatch = install(WORK / "bundlewatch", *BUNDLEWATCH)
    (bundlewatch / limit_file).write_text(
        json.dumps({"files": [{"path": f"{glob}", "maxSize": "900 MB", "compression": encoding}]})
    )

    def cold() -> None:
        report.unlink(missing_ok=True)
        cache.unlink(missing_ok=True)

    return [
        Contestant("perfgate", (*PERFGATE, *ours), WORK, cold, environment),
        Contestant(
            "size-limit", ("node", "node_modules/size-limit/bin.js", "--json", "--config", limit_file), size_limit
        ),
        Contestant("bundlewatch", ("node_modules/.bin/bundlewatch", "--config", limit_file), bundlewatch),
    ]


def warm(folder: Path, encoding: str) -> Contestant:
    """perfgate once more, with the cache that the last run left."""
    ours = contestants(folder, encoding)[0]
    return Contestant(
        "perfgate, warm", ours.argv, ours.cwd, lambda: (WORK / f"{folder.name}.json").unlink(missing_ok=True), ours.env
    )


def row(label: str, cost: Cost, reference: Cost) -> str:
    return (
        f"{label:<28} {cost.wall:8.2f} {cost.cpu:8.2f} {cost.memory:8.0f}"
        f"   {cost.wall / reference.wall:6.2f} {cost.cpu / reference.cpu:6.2f} {cost.memory / reference.memory:6.2f}"
    )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'':<28} {'wall s':>8} {'cpu s':>8} {'MiB':>8}   {'of perfgate, cold: wall, cpu, memory'}")
    for encoding in ("gzip", "brotli"):
        for count in COUNTS:
            folder = corpus(count)
            few = rounds if count * (40 if encoding == "brotli" else 1) < 10_000 else 1
            costs = race(contestants(folder, encoding), few)
            costs |= race([warm(folder, encoding)], rounds)
            for name, cost in costs.items():
                print(row(f"{encoding} {count} {name}", cost, costs["perfgate"]), flush=True)


if __name__ == "__main__":
    main()
