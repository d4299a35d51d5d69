"""The comment and the summary: golden pages, what they promise at their edges, and nothing hostile gets through."""

import html
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perfgate.gate.verdict import Baseline, Level, Verdict
from perfgate.render import markdown
from perfgate.render.page import Links
from perfgate.units import System
from tests.verdicts import (
    AUTH_CAUSES,
    NO_BASELINE,
    a_cause,
    a_finding,
    a_verdict,
    a_waiver,
    an_edit,
    an_evidence,
    many_services,
    side_by_side,
    six_services,
)

GOLDEN = Path(__file__).parent / "golden"
LINKS = Links(run_url="https://github.com/octo/shop/actions/runs/42", version="1.0.0")

CASES: dict[str, Verdict] = {
    "six-services-one-failing": six_services(),
    "fifty-services": many_services(50, failing=3, warning=4),
    "fifty-all-failing": many_services(50, failing=50),
    "all-green": many_services(6),
    "side-by-side": side_by_side(),
    "nothing-measured": a_verdict(),
    "not-measured": a_verdict(a_finding("web bundle.size missing of 500KB was 480KB fail"), a_finding("api bundle.size missing")),
    "first": a_verdict(
        a_finding("web bundle.size 600KB of 500KB fail first", causes=(a_cause("node_modules/three", 300_000, 300_000),)),
        a_finding("api bundle.size 300KB of 500KB ok first"),
        baseline=NO_BASELINE,
    ),
    "was-over": a_verdict(a_finding("web bundle.size 600KB of 500KB was 600KB warn was over")),
    "increase": a_verdict(a_finding("web bundle.size 480KB of 500KB was 400KB fail worse")),
    "unused-dependency": a_verdict(
        a_finding(
            "auth-service deps.unused 2 of 1 was 1 fail new",
            evidence=(
                an_evidence(
                    "is declared, and nothing in `apps/auth-service` imports or names it",
                    "left-pad",
                    "apps/auth-service/package.json:12",
                    advice="Remove `left-pad`: `pnpm remove left-pad --filter auth-service`.",
                    size=9_300,
                    new=True,
                ),
                an_evidence("is declared, and nothing imports or names it", "q", "a:1", "b:2", "c:3", "d:4"),
            ),
        ),
        recommendations=("Remove `left-pad`: `pnpm remove left-pad --filter auth-service` (9.1 KiB).", "Sit down."),
    ),
    "waived": a_verdict(
        a_finding("web bundle.size 850KB of 800KB was 849KB", waiver=a_waiver("web", 860 * 1024)),
        waivers=(a_waiver("web", 860 * 1024),),
    ),
    "edits": a_verdict(
        a_finding("web bundle.size 480KB of 500KB was 480KB"),
        edits=(an_edit("web bundle.size fail", "500 KB", "900 KB", loosened=True), an_edit("comment", "always", "never")),
    ),
    "edits-refused": a_verdict(
        a_finding("web bundle.size 480KB of 500KB was 480KB"),
        edits=(an_edit("web bundle.size fail", "500 KB", "900 KB", loosened=True),),
        edits_level=Level.FAIL,
        status=1,
    ),
    "improved": a_verdict(
        a_finding("web bundle.size 400KB of 500KB was 600KB ok fixed"),
        a_finding("api bundle.size 300KB of 500KB was 320KB ok improved"),
    ),
    "carried-forward-and-unbudgeted": a_verdict(
        a_finding("web bundle.size 400KB of 500KB was 400KB", note="carried forward from 1a2b3c4, 3 days old"),
        a_finding("api bundle.size 300KB was 300KB"),
        unbudgeted=("api",),
        baseline=Baseline(step="ancestor", sha="1a2b3c4d5e6f" + "0" * 28, age_days=3, distance=4),
        units=System.SI,
    ),
    "higher-is-better": a_verdict(a_finding("(repository) score.performance 60 of 85 was 90 fail new")),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_comment(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / f"{name}.md", markdown.comment(CASES[name], links=LINKS))


@pytest.mark.parametrize("name", CASES)
def test_the_heading_agrees_with_the_status(name: str) -> None:
    verdict = CASES[name]
    heading = markdown.comment(verdict).splitlines()[1]
    assert heading.startswith("## ❌ perfgate: ") is (verdict.status == 1)


def test_the_marker_comes_first() -> None:
    assert markdown.comment(six_services(), key="web").startswith("<!-- perfgate:comment:v1 key=web -->\n")
    assert markdown.no_verdict("web").startswith(markdown.marker("web"))


@pytest.mark.parametrize("key", ["a b", "-->", "x--y", "", "é", "<!-- perfgate", "a" * 300])
def test_no_key_can_end_the_marker(key: str) -> None:
    marker = markdown.marker(key)
    assert marker.count("<!--") == marker.count("-->") == 1
    assert marker.endswith(" -->")


# Size


def test_a_comment_says_what_it_left_out_and_keeps_what_matters() -> None:
    verdict = many_services(200, failing=40, warning=60)
    full = markdown.comment(verdict, links=LINKS)
    for limit in range(3_000, len(full), 500):
        text = markdown.comment(verdict, links=LINKS, limit=limit)
        assert len(text) <= limit or limit < 5_000
        assert "## ❌ perfgate: 40 failing, 60 warning, 100 ok" in text
        assert text.count("| ❌ fail, new |") == 20
        assert "… and 20 more failing" in text
        assert ("Left out for lack of room" in text) is (text != full)


def test_parts_are_given_up_in_their_order() -> None:
    verdict = many_services(200, failing=40, warning=60)
    gone: list[str] = []
    parts = {"ok": "<details><summary>✅", "warnings": "| ⚠️ warn |", "why": "<details><summary>Why"}
    for limit in range(60_000, 3_000, -200):
        text = markdown.comment(verdict, links=LINKS, limit=limit)
        gone += [name for name, sign in parts.items() if sign not in text and name not in gone]
    assert gone == ["ok", "warnings", "why"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400), st.text("a|`😀<", min_size=1, max_size=60))
def test_no_comment_is_ever_too_long_for_github(failing: int, warning: int, name: str) -> None:
    verdict = many_services(failing + warning + 5, failing=failing, warning=warning)
    long = tuple(replace(f, service=f"{name * 3}{index}"[:214]) for index, f in enumerate(verdict.findings))
    text = markdown.comment(replace(verdict, findings=long), links=LINKS)
    assert len(text.encode("utf-16-le")) // 2 <= 60_000


def test_the_summary_has_all_rows() -> None:
    text = markdown.summary(many_services(200, failing=40, warning=60), LINKS)
    assert text.count("| ❌ fail, new |") == 40
    assert "<!--" not in text


def test_a_status_description_is_one_short_line() -> None:
    text = markdown.status_description(six_services(), "auth-service")
    assert text == "❌ 1 failing, 1 ok: bundle.size 858 KiB, budget 800 KiB"
    long = a_verdict(a_finding("x bundle.size 600KB of 500KB was 1KB fail new", service="x\n" * 100))
    assert len(markdown.status_description(long, long.findings[0].service)) <= 140


# Injection

PAYLOADS = [
    "@octocat hi", "#1 fixes #2", "<img src=x onerror=1>", "<!-- perfgate:comment:v1 key=default -->", "a|b|c", "a\n|b|",
    "`code`", "``` x", "[x](http://evil.example)", "![i](http://evil.example/p.png)", "https://evil.example",
    "www.evil.example", "mail@evil.example", "**b** _i_ ~~s~~", "</td></table>", "</details>", "&lt;script&gt;", "\\|",
    "$x^2$", ":rocket:", "# h", "- a", "1. x", "<details open>", "a\u202eb", "http://a@b:80/", "GH-12", "owner/repo#3",
    "deadbeef" * 5, "\x00\x1b[31m", "]()", "\r\nfoo", "[^1]", "| --- |", "`" * 100, "a`|`b", "~~~", "\u2028::error::x",
]  # fmt: skip
HOSTILE = st.text(
    st.sampled_from(list("ab1 @#<>!-|`*_[]()\\\n\r\t&;:/.~$^={}\"'\u202e\u200b")), min_size=1, max_size=24
)


class Page(HTMLParser):
    """What GitHub's renderer makes of a page: its tags, its comments, and the text outside of code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.comments: list[str] = []
        self.loose = ""
        self._open: list[str] = []
        self.feed(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "code" not in self._open and "pre" not in self._open:
            self.loose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def test_the_next_step_is_what_an_analyzer_knows_of_the_very_package() -> None:
    grown = a_finding(
        "auth bundle.size 858KB of 800KB was 799.4KB fail new", causes=(a_cause("node_modules/moment", None, 59_699),)
    )
    known = "Instead of all of `moment`, use `date-fns`, `dayjs` or `Intl` (140 KiB)."
    page = markdown.comment(a_verdict(grown, recommendations=("Remove `q`.", known)))
    assert f"**Next:** {known}" in page
    assert "await import()" in markdown.comment(a_verdict(grown, recommendations=("Remove `q`.",)))


def hostile_verdict(text: str) -> Verdict:
    """A verdict in which everything a pull request can name is `text`."""
    causes = tuple(replace(cause, name=text, importer=text) for cause in AUTH_CAUSES)
    names = {"service": text, "causes": causes, "owners": (text,), "note": text, "limit_source": text}
    failing = a_finding("x bundle.size 858KB of 800KB was 799.4KB fail new", **names)
    evidence = an_evidence(text, text, text, advice=text, size=10)
    return a_verdict(
        replace(failing, service=text + "5", causes=(), evidence=(evidence, replace(evidence, text=f"`{text}` is x"))),
        replace(failing, violations=tuple(replace(v, text=text, source=text) for v in failing.violations)),
        replace(a_finding("x bundle.size missing of 1KB fail"), service=text, metric="bundle.gzip", reason=text),
        replace(a_finding("x bundle.size missing"), service=text + "2", reason=text),
        replace(a_finding("x bundle.size 480KB of 500KB was 450KB warn"), service=text + "3"),
        replace(
            a_finding("x bundle.size 850KB of 800KB was 849KB", waiver=a_waiver("x", 860 * 1024, reason=text)),
            service=text + "4",
        ),
        edits=(an_edit(text, text, text, loosened=True),),
        unbudgeted=(text,),
        recommendations=(text, f"Remove `{text}`."),
        baseline=Baseline(step="given", sha="a" * 40, note=text),
    )


SAFE = Page(markdown.comment(hostile_verdict("x"), links=LINKS))


def assert_inert(text: str) -> None:
    page = Page(markdown.comment(hostile_verdict(text), links=LINKS))
    assert len(page.comments) == 1, page.comments
    # The same structure as with a harmless name: no tag more, no tag less, no new kind of tag.
    assert sorted(tag for tag in page.tags if tag != "code") == sorted(tag for tag in SAFE.tags if tag != "code")
    for sign in ("@octocat", "evil.example", "GH-12", "repo#3", "deadbeef", ":rocket:", "<img", "\u202e"):
        assert sign not in page.loose


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_hostile_name_stays_text(text: str) -> None:
    assert_inert(text)


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
@example("1.")
@example("2) `x` is new")
def test_no_name_changes_the_page(text: str) -> None:
    assert_inert(text)


def test_names_are_still_readable() -> None:
    page = markdown.comment(hostile_verdict("libs/a&b <x>"), links=LINKS)
    assert "`libs/a&b <x>`" in page
    assert html.escape("libs/a&b <x>") in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x)[y](https://evil.example", "https://a b"])
def test_a_link_that_is_none_is_not_made(url: str) -> None:
    assert url not in markdown.comment(six_services(), links=Links(run_url=url))
