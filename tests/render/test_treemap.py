"""The page of treemaps: areas in proportion to bytes, nothing lost, nothing asked for from outside, nothing obeyed."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.render import treemap
from perfgate.render.squarify import Box, squarify
from perfgate.report.model import Bundle, File, Module, PackageFile
from perfgate.units import System

HOSTILE = [
    "</script><script>alert(1)</script>",
    "\"onmouseover='x' <img src=http://x.example/y>",
    "a&amp;b",
    "\u202egnp.exe",
    "x\ny",
]


class Page(HTMLParser):
    """The leaves of each map with their bytes and areas, all tags and attributes, and whether tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.areas: dict[str, list[tuple[int, float]]] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.labels: list[str] = []
        self._open: list[tuple[str, float]] = []
        self._map = ""
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= given.keys()
        if tag == "section":
            self._map = given["id"]
        share = self._open[-1][1] if self._open else 1.0
        if "style" in given:
            place = {name: float(value) / 100 for name, value in re.findall(r"--(\w+):([\d.]+)%", given["style"])}
            assert place["x"] + place["w"] < 1.00001
            assert place["y"] + place["h"] < 1.00001
            share *= place["w"] * place["h"]
        if "data-bytes" in given:
            self.areas.setdefault(self._map, []).append((int(given["data-bytes"]), share))
            self.labels.append(given["aria-label"])
        if tag not in ("meta", "!doctype"):
            self._open.append((tag, share))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag


def a_bundle(size: int, **modules: int) -> Bundle:
    listed = tuple(
        Module(name=name, size=part, importer="src/main.ts:3", chain=("src/a.ts:1",)) for name, part in modules.items()
    )
    return Bundle(files=(File(label="f", path="f", size=size),), modules=listed, unmapped=size - sum(modules.values()))


BUNDLES = {
    "web": a_bundle(
        1000, **{"node_modules/moment": 600, "apps/web/src/a.ts": 200, "apps/web/src/b.ts": 50, "main.ts": 30}
    ),
    "api": a_bundle(500, **{"node_modules/zod": 300, "(others)": 100}),
    "none": Bundle(files=(File(label="f", path="f", size=70),), note="no map"),
}


def test_bytes_and_areas_add_up_in_every_map() -> None:
    page = Page(treemap.page(BUNDLES, "shop", System.IEC))
    totals = {key: sum(size for size, _ in leaves) for key, leaves in page.areas.items()}
    assert totals == {"all": 1570, "s0": 1000, "s1": 500, "s2": 70}
    for key, leaves in page.areas.items():
        for size, area in leaves:
            assert area == pytest.approx(size / totals[key], abs=0.0005), key
        assert sum(area for _, area in leaves) == pytest.approx(1, abs=0.001)


def test_the_page_needs_nothing_from_outside_and_no_script() -> None:
    text = treemap.page(BUNDLES, "shop", System.IEC)
    page = Page(text)
    assert not re.search(r"https?:|//|url\(|@import", text)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "a"}
    assert not page.attributes & {"src", "href", "onclick"}
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_and_not_obeyed(name: str) -> None:
    plain = Page(treemap.page({"x": a_bundle(9, y=5)}, "t", System.IEC))
    bundle = a_bundle(9, **{name: 5})
    hostile = Page(
        treemap.page({name: Bundle(files=bundle.files, modules=bundle.modules, note=name)}, name, System.IEC)
    )
    assert hostile.tags - {"p"} == plain.tags - {"p"}
    assert hostile.attributes == plain.attributes
    assert "\u202e" not in "".join(hostile.labels)


def test_details_tell_bytes_share_and_the_way_in() -> None:
    page = Page(treemap.page({"web": BUNDLES["web"]}, "shop", System.IEC))
    assert "node_modules/moment · 600 B (600 bytes), 60% · imported by src/main.ts:3 ← src/a.ts:1" in page.labels


def test_what_is_estimated_says_so() -> None:
    bundle = a_bundle(9, y=5)
    estimated = Bundle(files=bundle.files, modules=bundle.modules, unmapped=4, origin="stats")
    assert "estimated" in treemap.page({"x": estimated}, "t", System.IEC)
    assert "estimated" not in treemap.page({"x": bundle}, "t", System.IEC)


def test_many_services_keep_the_page_small() -> None:
    bundles = {f"s{number:03}": a_bundle(1000, **{f"m{i}": 3 for i in range(300)}) for number in range(60)}
    page = Page(treemap.page(bundles, "t", System.IEC))
    assert sum(size for size, _ in page.areas["all"]) == 60_000
    assert len(page.areas) == 31


# Layout


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=60), st.floats(1, 500), st.floats(1, 500))
def test_rectangles_fill_theirs_in_proportion(sizes: list[float], width: float, height: float) -> None:
    boxes = squarify(sorted(sizes, reverse=True), Box(3, 5, width, height))
    for size, box in zip(sorted(sizes, reverse=True), boxes, strict=True):
        assert box.width * box.height == pytest.approx(size / sum(sizes) * width * height, rel=1e-6)
        assert box.x >= 3 - 1e-6
        assert box.y >= 5 - 1e-6
        assert box.x + box.width <= 3 + width + 1e-6
        assert box.y + box.height <= 5 + height + 1e-6


@given(st.lists(st.floats(0.1, 100), min_size=2, max_size=25))
def test_rectangles_do_not_overlap(sizes: list[float]) -> None:
    boxes = squarify(sorted(sizes, reverse=True), Box(0, 0, 160, 90))
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert across < 1e-6 or down < 1e-6


def test_the_example_of_the_paper() -> None:
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], Box(0, 0, 6, 4))
    assert [(round(box.width, 2), round(box.height, 2)) for box in boxes[:5]] == [
        (3, 2),
        (3, 2),
        (1.71, 2.33),
        (1.29, 2.33),
        (1.2, 1.67),
    ]


@pytest.mark.parametrize("sizes", [[], [0, 0], [5]])
def test_nothing_to_lay_out(sizes: list[float]) -> None:
    assert len(squarify(sizes, Box(0, 0, 10, 10))) == len(sizes)


def test_a_package_shows_its_largest_files_inside() -> None:
    files = (PackageFile(path="core/schemas.js", size=200), PackageFile(path="util.js", size=60))
    module = Module(name="node_modules/zod", size=300, files=files)
    bundle = Bundle(files=(File(label="f", path="f", size=300),), modules=(module,), unmapped=0)
    page = Page(treemap.page({"web": bundle}, "t", System.IEC))
    assert [size for size, _ in page.areas["s0"]] == [200, 60, 40]
    assert "node_modules/zod/core/schemas.js · 200 B (200 bytes), 67%" in page.labels
    assert "node_modules/zod/(smaller files) · 40 B (40 bytes), 13%" in page.labels
