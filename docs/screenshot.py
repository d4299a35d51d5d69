"""A comment as GitHub shows it, as a picture: `python docs/screenshot.py COMMENT.md PICTURE.png [WIDTH]`.

Needs cmarkgfm, GitHub's own renderer, and Chromium.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

STYLE = """
body { margin: 0; background: #fff; color: #1f2328; font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
main { margin: 16px; border: 1px solid #d1d9e0; border-radius: 6px; }
header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; color: #59636e; }
header b { color: #1f2328; }
article { padding: 16px; }
h2 { margin: 0 0 16px; padding-bottom: .3em; border-bottom: 1px solid #d1d9e0; font-size: 1.5em; line-height: 1.25; }
p, ul, table, pre, details { margin: 0 0 16px; }
ul { padding-left: 2em; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0; }
tr:nth-child(2n) { background: #f6f8fa; }
code { padding: .2em .4em; background: #818b981f; border-radius: 6px; font: 85% ui-monospace, "DejaVu Sans Mono", monospace; }
pre { padding: 16px; background: #f6f8fa; border-radius: 6px; overflow: auto; line-height: 1.45; }
pre code { padding: 0; background: none; }
summary { cursor: pointer; }
details[open] > summary { margin-bottom: 12px; }
sub { font-size: 75%; line-height: 0; vertical-align: baseline; }
a { color: #0969da; }
"""


def page(markdown: str) -> str:
    body = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
    head = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>"
    comment = f"<main><header><b>github-actions</b> bot commented</header><article>{body}</article></main>"
    measure = "<script>document.body.dataset.height = document.querySelector('main').offsetHeight + 32</script>"
    return f"{head}{comment}{measure}"


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    width = int(sys.argv[3]) if len(sys.argv) > 3 else 920
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page(source.read_text(encoding="utf-8")), encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        argv = [browser, *flags, *quiet, f"--user-data-dir={folder}/profile"]

        def browse(*more: str) -> str:
            done = subprocess.run([*argv, *more, file.as_uri()], check=True, capture_output=True, text=True)
            return done.stdout

        height = re.search(r'data-height="(\d+)"', browse(f"--window-size={width},600", "--dump-dom"))
        browse(f"--window-size={width},{height[1] if height else 1200}", f"--screenshot={target}")


if __name__ == "__main__":
    main()
