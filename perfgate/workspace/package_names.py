"""Names and versions of packages as files of a pull request give them, made fit to be shown."""

# npm's own limit for names.
_MAX_LENGTH = 214


def label(text: str) -> str:
    """`text` as long as npm allows names to be, and with visible characters only."""
    text = text[:_MAX_LENGTH]
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)
