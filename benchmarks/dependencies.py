"""perfgate's analysis of dependencies against knip and depcheck, on workspaces made of packages that ship their sources.

usage: python benchmarks/dependencies.py [ROUNDS]

Prints, for each workspace, the medians and the ratio to perfgate, once without and once with the cache of what files
import. `--analyze FOLDER CACHE` does what is measured: one analysis, as the command does it.
"""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from measuring import ROOT, WORK, Contestant, Cost, install, race

KNIP = "knip@6.44.2"
DEPCHECK = "depcheck@1.4.7"
# Packages whose tarballs hold the sources they are built from.
TREES = {
    "theia": tuple(
        f"@theia/{name}@1.45.0"
        for name in (
            "application-package bulk-edit callhierarchy console core debug editor-preview editor file-search filesystem"
            " markers messages monaco navigator notebook outline-view output plugin-ext plugin preferences process request"
            " scm search-in-workspace task terminal test timeline typehierarchy userstorage variable-resolver workspace"
        ).split()
    ),
    "wordpress": tuple(
        f"@wordpress/{name}"
        for name in (
            "a11y@3.58.0 api-fetch@6.55.0 autop@3.58.0 blob@3.58.0 block-editor@12.26.0 block-library@8.35.0 blocks@12.35.0"
            " commands@0.13.14 components@25.16.0 compose@6.35.0 core-commands@0.11.14 core-data@6.35.0 data@9.28.0"
            " date@4.58.0 deprecated@3.58.0 dom@3.58.0 edit-site@5.19.13 edit-widgets@5.19.13 editor@13.35.0 element@5.35.0"
            " hooks@3.58.0 i18n@4.58.0 icons@9.49.0 interactivity@5.7.0 interface@5.35.0 keyboard-shortcuts@4.35.0"
            " keycodes@3.58.0 media-utils@4.49.0 notices@4.26.0 patterns@1.19.0 plugins@6.26.0 preferences@3.35.0"
            " primitives@3.56.0 redux-routine@4.58.0 reusable-blocks@4.35.0 rich-text@6.35.0 router@0.11.13"
            " server-side-render@4.35.0 style-engine@1.41.0 sync@0.20.0 url@3.59.0 viewport@5.35.0 widgets@3.35.0"
        ).split()
    ),
}
DEPCHECK_ALL = """\
const depcheck = require("depcheck"), fs = require("fs"), path = require("path");
(async () => {
  const root = process.argv[2];
  const folders = fs.readdirSync(path.join(root, "packages")).map((name) => path.join(root, "packages", name));
  for (const folder of [root, ...folders]) console.log(JSON.stringify(await depcheck(folder, {})));
})();
"""


def workspace(name: str) -> Path:
    """A workspace of unpacked tarballs, without anything installed and without build output."""
    root = WORK / f"dependencies-{name}"
    if (root / "package.json").exists():
        return root
    packed = WORK / "packed" / name
    packed.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", "--silent", *TREES[name]], cwd=packed, check=True, stdout=subprocess.DEVNULL)
    for archive in sorted(packed.glob("*.tgz")):
        place = root / "packages" / archive.stem
        with tarfile.open(archive) as content:
            content.extractall(place, filter="data")
        for entry in (place / "package").iterdir():
            if entry.name not in ("build", "build-module", "build-types", "dist", "build-style"):
                entry.rename(place / entry.name)
        shutil.rmtree(place / "package")
    (root / "package.json").write_text(json.dumps({"name": name, "private": True, "workspaces": ["packages/*"]}))
    return root


def contestants(root: Path) -> list[Contestant]:
    tools = install(WORK / "dependency-tools", KNIP, DEPCHECK)
    (tools / "all.js").write_text(DEPCHECK_ALL)
    cache = WORK / f"{root.name}.references.json"
    ours = (sys.executable, str(Path(__file__).resolve()), "--analyze", str(root), str(cache))
    knip = ("node", str(tools / "node_modules/knip/bin/knip.js"), "--directory", str(root), "--no-exit-code")
    return [
        Contestant("perfgate", ours, WORK, lambda: forget(cache)),
        Contestant("knip", (*knip, "--no-progress", "--include", "dependencies,unlisted", "--reporter", "json"), root),
        Contestant("depcheck", ("node", "all.js", str(root)), tools),
    ]


def forget(cache: Path) -> None:
    for file in WORK.glob(f"{cache.stem}*"):
        file.unlink()


def analyze(root: Path, cache: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from perfgate.analyzers.dependencies.run import run
    from perfgate.config.project import Project

    print(json.dumps(run(root, Project(), (), cache).document))


def row(label: str, cost: Cost, reference: Cost) -> str:
    ratios = f"{cost.wall / reference.wall:6.2f} {cost.cpu / reference.cpu:6.2f} {cost.memory / reference.memory:6.2f}"
    return f"{label:<28} {cost.wall:8.2f} {cost.cpu:8.2f} {cost.memory:8.0f}   {ratios}"


def main() -> None:
    if sys.argv[1:2] == ["--analyze"]:
        analyze(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'':<28} {'wall s':>8} {'cpu s':>8} {'MiB':>8}   of perfgate, cold: wall, cpu, memory")
    for name in TREES:
        root = workspace(name)
        files = sum(1 for path in root.rglob("*") if path.suffix in (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs"))
        field = contestants(root)
        costs = race(field, rounds)
        warm = Contestant("perfgate, warm", field[0].argv, field[0].cwd)
        costs |= race([warm], rounds)
        for tool, cost in costs.items():
            print(row(f"{name} ({files:,} scripts) {tool}", cost, costs["perfgate"]), flush=True)


if __name__ == "__main__":
    main()
