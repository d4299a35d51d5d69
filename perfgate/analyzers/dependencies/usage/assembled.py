"""Names of packages that code puts together: `require("nodemailer-" + transport)` loads all that begin so."""

import re
from collections.abc import Iterable, Iterator

# With a plain beginning each, which lets the engine skip most of a file.
_LOADED = (
    re.compile(r"""require(?:\.resolve)?\s*\(\s*["'`](@?[a-z][\w./-]*[-/])(?:["']\s*\+|\$\{)"""),
    re.compile(r"""import\s*\(\s*["'`](@?[a-z][\w./-]*[-/])(?:["']\s*\+|\$\{)"""),
)
_OF_A_VARIABLE = re.compile(r"require(?:\.resolve)?\s*\(\s*[^\"'`\s)]")
_BEGUN = re.compile(r"""["'`](@?[a-z][\w.-]*[-/])(?:["']\s*\+|\$\{)""")
_SHORTEST = 4


def assembled(text: str, names: Iterable[str]) -> Iterator[tuple[str, int, bool]]:
    """The packages among `names` whose names this code may put together: name, offset, and whether it surely loads it."""
    wanted = [name for name in names if "-" in name or "/" in name]
    if not wanted or not ("require" in text or "import" in text):
        return
    patterns = [*_LOADED, *([_BEGUN] if _OF_A_VARIABLE.search(text) else [])]
    for pattern in patterns:
        for found in pattern.finditer(text):
            begin = found[1]
            if len(begin) >= _SHORTEST:
                yield from (
                    (name, found.start(), pattern is not _BEGUN)
                    for name in wanted
                    if name.startswith(begin) and name != begin
                )
