"""Heap snapshots that real Node writes: what was added is found under a name that its author knows."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from perfgate.analyzers.memory import snapshot
from perfgate.analyzers.memory.snapshot import Census, SnapshotError, census, grown
from perfgate.report.model import Grown

ADD = """
const v8 = require('v8');
const bus = new (require('events'))();
bus.setMaxListeners(0);
class Grüße { constructor(i) { this.i = i; this.tags = [i, i + 1] } }
globalThis.kept = [];
const add = {
  objects: (i) => kept.push(new Grüße(i)),
  buffers: (i) => kept.push(Buffer.alloc(2000, i & 255)),
  listeners: (i) => bus.on('change', function onChange() { return i + kept.length }),
  arrows: (i) => kept.push(() => i),
  strings: (i) => kept.push('"strings":[\\n' + JSON.stringify({ i, text: 'x'.repeat(i % 50) })),
}[process.argv[1]];
add(0);
v8.writeHeapSnapshot(process.argv[2] + '/before');
for (let i = 0; i < 3000; i += 1) add(i);
v8.writeHeapSnapshot(process.argv[2] + '/after');
"""


def snapshots(folder: Path, kind: str) -> tuple[Census, Census]:
    environment = {"PATH": os.environ["PATH"]}
    subprocess.run(["node", "-e", ADD, kind, str(folder)], check=True, env=environment, timeout=60)
    return census(folder / "before"), census(folder / "after")


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("objects", {"Grüße": 3000 * 24}),
        ("buffers", {"(contents of Buffers)": 3000 * 2000, "Buffer": 3000 * 64}),
        ("listeners", {"onChange()": 3000 * 32}),
        ("arrows", {"(anonymous function)": 3000 * 32}),
        ("strings", {"(string)": 3000 * 24}),
    ],
)
def test_what_was_added_stands_at_the_top(tmp_path: Path, kind: str, least: dict[str, int]) -> None:
    found = {one.constructor: one for one in grown(*snapshots(tmp_path, kind))[:5]}
    for name, size in least.items():
        assert found[name].count >= 2950
        assert found[name].size >= size


def test_names_are_as_the_report_takes_them(tmp_path: Path) -> None:
    meta = '{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object","closure"]],"location_fields":[]}},'
    names = ["a\nb\x1b[31m", "n" * 999, ""]
    strings = ",\n".join(map(json.dumps, names))
    nodes = "0,0,8\n,0,1,8\n,0,2,8\n,1,2,8"
    (tmp_path / "one").write_text(f'{meta}\n"nodes":[{nodes}],\n"strings":[{strings}]}}')
    assert list(census(tmp_path / "one").counts) == ["a b [31m", "n" * 214, "(object)", "(anonymous function)"]


def test_only_what_grew_is_told_the_most_first() -> None:
    before = Census(Counter(A=5, B=5, C=5), Counter(A=50, B=50, C=50))
    after = Census(Counter(A=6, B=4, C=5, D=1), Counter(A=60, B=40, C=50, D=90))
    assert grown(before, after) == (Grown(constructor="D", count=1, size=90), Grown(constructor="A", count=1, size=10))


def test_the_list_is_short() -> None:
    after = Census(Counter({str(n): 1 for n in range(100)}), Counter({str(n): n for n in range(100)}))
    found = grown(Census(Counter(), Counter()), after)
    assert [one.constructor for one in found] == [str(n) for n in range(99, 79, -1)]


def test_pieces_of_any_size_add_up_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = snapshots(tmp_path, "objects")
    monkeypatch.setattr(snapshot, "_PIECE_BYTES", 1000)
    assert census(tmp_path / "after") == after
    content = json.loads((tmp_path / "before").read_text())
    fields = content["snapshot"]["meta"]["node_fields"]
    placed = census(tmp_path / "after", dict.fromkeys(range(1000), "some.js"))
    assert placed.counts.total() == after.counts.total()
    assert placed.sizes.total() == after.sizes.total()
    assert len([name for name in placed.counts if "() some.js:" in name]) > 100
    assert before.counts.total() == content["snapshot"]["node_count"]
    assert before.sizes.total() == sum(content["nodes"][fields.index("self_size") :: len(fields)])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"no snapshot",
        b'{"snapshot":{"meta":{}},\n"nodes":[1,2,3],\n"strings":["a"]}',
        b'{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object"]]}},\n"nodes":[0,0,1',
        b'{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object"]]}},\n"nodes":[0,9,1]',
        b'{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object"]]}},\n"nodes":[0,9,1],\n"strings":["a"]}',
        b'{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object"]]}},\n"nodes":[5,0,1],\n"strings":["a"]}',
        b'{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object"]]}},\n"nodes":[0,0],\n"strings":["a"]}',
        b'{"snapshot":{"meta":{"node_fields":["type","name","self_size"],"node_types":[["object"]]}},\n"nodes":[0,0,{}],\n"strings":["a"]}',
    ],
)
def test_what_is_no_snapshot_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "one.heapsnapshot"
    path.write_bytes(content)
    with pytest.raises(SnapshotError, match=r"one\.heapsnapshot cannot be read as a heap snapshot"):
        census(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError):
        census(tmp_path / "none")
