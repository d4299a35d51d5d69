"""JSON as tsconfig and its kin write it: with comments and trailing commas."""

import json
import re
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/')
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])')


def parse(text: str) -> Any:
    """The value in `text`, or None where it cannot be read."""
    plain = _TOKEN.sub(lambda token: token[0] if token[0].startswith('"') else " ", text.lstrip("\ufeff"))
    plain = _STRING_OR_COMMA.sub(lambda token: token[0] if token[0].startswith('"') else "", plain)
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        return None
