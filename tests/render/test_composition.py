"""What `bundle --why` prints: packages and own modules with shares, the way in, copies, changes; 100 columns, inert."""

from perfgate.gate.verdict import Cause
from perfgate.render import composition
from perfgate.report.model import Bundle, Copy, Duplicate, File, Module
from perfgate.units import System

BUNDLE = Bundle(
    files=(File(label="main.js", path="dist/main.js", size=102_400),),
    modules=(
        Module(name="node_modules/moment", size=61_440, importer="libs/common/src/dates.ts:2", chain=("libs/common/src/index.ts:4", "apps/web/main.ts:1")),
        Module(name="node_modules/ms", size=20_480, importer="node_modules/moment", chain=("libs/common/src/dates.ts:2",)),
        Module(name="apps/web/main.ts", size=10_240),
    ),
    duplicates=(Duplicate(package="ms", copies=(Copy(version="2.1.3", size=12_288), Copy(size=8192))),),
    unmapped=10_240,
    origin="source map",
)  # fmt: skip

EXPECTED = """\
web: 100 KiB in 1 file; bytes exact, from its source map

packages 80 KiB (80%)   own modules 10 KiB (10%)   unmapped 10 KiB (10%)

  size    share  package    imported by
------  -------  ---------  --------------------------
60 KiB      60%  moment     libs/common/src/dates.ts:2
20 KiB      20%  ms         moment

  size    share  own module        imported by
------  -------  ----------------  -------------
10 KiB      10%  apps/web/main.ts

how the largest get in
  moment ← libs/common/src/dates.ts:2 ← libs/common/src/index.ts:4 ← apps/web/main.ts:1
  ms ← moment ← libs/common/src/dates.ts:2

more than once in it
  ms: 2.1.3 12 KiB, of unknown version 8 KiB; one would save 8 KiB

changed since the baseline
  +60 KiB new moment ← libs/common/src/dates.ts:2 ← libs/common/src/index.ts:4 ← apps/web/main.ts:1
  −2 KiB gone: lodash
  +1 KiB apps/web/main.ts"""


def test_what_is_printed() -> None:
    changes = (
        Cause(kind="module", name="node_modules/moment", after=61_440, importer="libs/common/src/dates.ts:2"),
        Cause(kind="module", name="node_modules/lodash", before=2048),
        Cause(kind="module", name="apps/web/main.ts", before=9216, after=10_240, importer="x.ts"),
    )
    assert composition.why("web", BUNDLE, changes, System.IEC) == EXPECTED


def test_a_bundle_nobody_explains() -> None:
    text = composition.why("web", Bundle(files=BUNDLE.files), (), System.IEC)
    assert text.splitlines()[0] == "web: 100 KiB in 1 file"
    assert "let the bundler write a source map" in text


def test_estimates_say_so() -> None:
    estimated = Bundle(files=BUNDLE.files, modules=BUNDLE.modules, origin="stats")
    assert "estimated" in composition.why("web", estimated, (), System.IEC).splitlines()[0]


def test_long_and_hostile_names_stay_within_the_lines() -> None:
    name = "node_modules/" + "x" * 300 + "\n::error::boo"
    place = "src/" + "y" * 300 + ".ts:1"
    modules = tuple(Module(name=name, size=9, importer=place, chain=(place, place)) for _ in range(40))
    files = (File(label="f", path="f", size=1000),)
    duplicates = tuple(
        Duplicate(package=name[:214], copies=(Copy(version="9" * 90, size=3), Copy(size=1))) for _ in range(20)
    )
    text = composition.why("web", Bundle(files=files, modules=modules, duplicates=duplicates), (), System.IEC)
    assert "::error" not in text
    assert max(map(len, text.splitlines())) <= 130
    assert max(len(line) for line in text.split("\n\n")[2].splitlines()) <= 100
