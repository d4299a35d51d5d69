"""Where the statements at the top of a module begin and end, and of what kind each is.

It works on the blanked text of a source, by brackets and line ends, and gets along without a semicolon anywhere. Where a
bracket is missing, as in the text of JSX, it finds its way back at the next brace or at a line that can only be a statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "import", "export", "variable", "function", "class", "enum", "namespace", "type", "ambient", "control", "expression"
]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement from offset `start` to `end`, decorators included; its own first word stands at `head`."""

    kind: Kind
    start: int
    head: int
    end: int
    exported: bool = False
    default: bool = False


_BREAK = re.compile(r"[()\[\]{};\n`]")
_SPACE = re.compile(r"[\s;]*")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_DECORATOR = re.compile(r"@\s*(?:[\w$]+\s*(?:\.\s*[\w$]+\s*)*)?")
_HEAD = re.compile(
    r"(?P<export>export\b(?!\s*[=*{.:(,]))?\s*(?P<default>default\b(?!\s*[:.,]))?\s*(?:@[\w$.]+(?:\([^()]*\))?\s*)*"
    r"(?P<declare>declare\s+(?=[\w$]))?(?:abstract\s+(?=class\b))?"
    r"(?:(?P<enum>(?:const\s+)?enum)\s+[\w$]|(?P<function>(?:async\s+)?function)\b|(?P<class>class)\b(?!\s*[:=.,;)])"
    r"|(?P<interface>interface)\s+[\w$]|(?P<namespace>namespace|module)[ \t]+[\w$'\"]|(?P<global>global)\s*\{"
    r"|(?P<variable>const|let|var|using)\b(?=\s*[\w$\[{])|(?P<type>type)\s+[\w$]+\s*[=<]|(?P<import>import)\b(?!\s*[(.])"
    r"|(?P<control>if|for|while|do|try|switch|with)\b(?=\s*[({\w]))?"
)
# `export` with a list, a star or a value behind it.
_OTHER_EXPORT = re.compile(r"export(?![\w$]|\s*:)")
_BODIES = frozenset(["function", "class", "enum", "namespace", "interface"])
# What may stand before the brace of a type or a default, where the brace of a body may not.
_BEFORE_TYPE = re.compile(r"(?:[:|&<,=?(]|=>|\b(?:extends|implements|keyof|typeof|infer|is|as|readonly|unique))\s*\Z")
_RECOVERY = re.compile(r"\n(?=(?:export|import|const|let|var|interface|enum)\b[^\n:=]*[\w$*{])")
# A line that ends so goes on, as does one before a line that begins so.
_GOES_ON = re.compile(
    r"(?:[=*/%&|^~?:,<.(\[{]|=>|(?<!\+)\+|(?<!-)-|(?<![\w$.])(?:typeof|new|in|of|instanceof|as|satisfies|extends|implements"
    r"|keyof|infer|is|else|do|case|default|export|import|from|let|var|function|class|enum|interface|delete|throw|await|yield)"
    r"|(?<![\w$.])(?<!as )const)\Z"
)
_CONTINUES = re.compile(
    r"[.?:=*/%&|^>,)\]}]|<|!=|\+(?!\+)|-(?!-)"
    r"|(?:instanceof|in|as|satisfies|extends|implements)\s+[\w$('\"{\[`]|from\s*['\"]"
)
_CALL = frozenset("([`")
_CONDITION = re.compile(r"\b(if|for|while|with)\b(?:\s*await)?\s*\(")
_REACH = 2000
_ELSE = re.compile(r"(?:else|catch|finally|while)\b")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
# A line with nothing on it but a regular expression is blank in the blanked text.
_REGEX_LINE = re.compile(r"\s*/(?![/*])")


def statements(source: str, code: str) -> Iterator[Statement]:
    """The statements of a module, in order; `code` is the same text blanked."""
    position = _first(code)
    while position < len(code):
        statement = _Scan(source, code, position).statement()
        yield statement
        position = _skip(code, max(statement.end, position + 1))


def _first(code: str) -> int:
    """Where the first statement begins: after a line that names the interpreter."""
    start = code.find("\n") if code.startswith("#!") else 0
    return _skip(code, start if start >= 0 else len(code))


def _skip(code: str, position: int) -> int:
    found = _SPACE.match(code, position)
    return found.end() if found else position


class _Scan:
    """One statement that begins at `start`."""

    def __init__(self, source: str, code: str, start: int) -> None:
        self.source, self.code, self.start = source, code, start
        self.head = self._after_decorators(start)
        found = _HEAD.match(code, self.head)
        groups = found.groupdict() if found else {}
        self.word = next((name for name, text in groups.items() if text and name not in _MODIFIERS), "")
        self.exported = bool(groups.get("export"))
        self.default = self.exported and bool(groups.get("default"))
        self.ambient = bool(groups.get("declare")) or self.word == "global"
        if not self.exported and _OTHER_EXPORT.match(code, self.head):
            self.word = self.word or "export"
        self.body_seen = False

    def _after_decorators(self, position: int) -> int:
        while found := _DECORATOR.match(self.code, position):
            position = _skip_space(self.code, found.end())
            if self.code.startswith("(", position):
                position = _skip_space(self.code, closing(self.code, position))
        return position

    def statement(self) -> Statement:
        end = self._end()
        return Statement(self._kind(), self.start, self.head, end, self.exported, self.default)

    def _kind(self) -> Kind:
        if self.word in ("interface", "type"):
            return "type"
        # The signature of an overload, or a module that is only declared, has no body.
        if self.ambient or (self.word in ("function", "namespace") and not self.body_seen):
            return "ambient"
        if self.exported and not self.word:
            return "expression" if self.default else "export"
        return _KINDS.get(self.word, "expression")

    def _end(self) -> int:
        stack: list[str] = []
        body = False
        for found in _BREAK.finditer(self.code, self.head):
            position, character = found.start(), found[0]
            if character in "([{`":
                if not stack and character == "{":
                    body = self._begins_body(position)
                _open(stack, character)
            elif character in _CLOSES:
                if not stack:
                    # Closes nothing: the rest of something that went wrong before.
                    return position + 1
                _close(stack, _CLOSES[character])
                if not stack and character == "}" and self._ends_with_block(position + 1, body=body):
                    return position + 1
            elif self._ends_between(character, position, stack):
                return position
        return len(self.code)

    def _ends_between(self, character: str, position: int, stack: list[str]) -> bool:
        """Whether a semicolon or a line end ends the statement."""
        if stack:
            return character == "\n" and "{" not in stack and bool(_RECOVERY.match(self.code, position))
        if character == ";":
            return not self._goes_on_with_else(position + 1)
        return position > self.head and self._ends_at_line(position)

    def _begins_body(self, brace: int) -> bool:
        if self.word not in _BODIES or self.body_seen:
            return False
        self.body_seen = not _BEFORE_TYPE.search(self.code, max(self.head, brace - 40), brace)
        return self.body_seen

    def _ends_with_block(self, position: int, *, body: bool) -> bool:
        if self.word in _BODIES:
            return body
        if self.word == "global":
            return True
        if self.word == "control":
            return not self._goes_on_with_else(position)
        return self.code.startswith("{", self.head)

    def _goes_on_with_else(self, position: int) -> bool:
        return self.word == "control" and bool(_ELSE.match(self.code, _skip_space(self.code, position)))

    def _awaits_body(self, newline: int) -> bool:
        """Whether the line ends behind the condition of an `if` or a loop, so that its statement is still to come."""
        conditions = list(_CONDITION.finditer(self.code, max(self.head, newline - _REACH), newline))
        if not conditions or (conditions[-1][1] == "while" and self.code.startswith("do", self.head)):
            return False
        end = closing(self.code, conditions[-1].end() - 1)
        return end <= newline and not self.code[end:newline].strip()

    def _ends_at_line(self, newline: int) -> bool:
        """Whether the statement ends at this line end, by the rules for a semicolon that was left out."""
        start = max(self.head, self.code.rfind("\n", 0, newline) + 1)
        before = self.code[start:newline].rstrip()
        if not before and not _REGEX_LINE.match(self.source, start, newline):
            # It was decided at the last line that is not blank.
            return False
        if _GOES_ON.search(before) and not _COMMENT.sub("", self.source[start + len(before) : newline]).strip():
            return False
        position = _skip_space(self.code, newline)
        following = self.code[position : position + 40]
        if self.word in _BODIES and not self.body_seen and following.startswith(("{", "<", "(")):
            return False
        if self.word == "control" and (
            following.startswith("{") or _ELSE.match(following) or self._awaits_body(newline)
        ):
            return False
        if following[:1] in _CALL:
            return self.word in ("import", "export", "type", "interface")
        return not _CONTINUES.match(following)


_MODIFIERS = frozenset(["export", "default", "declare"])
_KINDS: dict[str, Kind] = {
    "import": "import",
    "export": "export",
    "variable": "variable",
    "function": "function",
    "class": "class",
    "enum": "enum",
    "namespace": "namespace",
    "control": "control",
}


def _open(stack: list[str], character: str) -> None:
    """Note a bracket that opens; the mark of a template ends it, too."""
    if character == "`" and stack and stack[-1] == "`":
        stack.pop()
    else:
        stack.append(character)


def _close(stack: list[str], opens: str) -> None:
    """Take off the bracket that is closed; a brace also closes round brackets that were forgotten in it."""
    if stack[-1] == opens:
        stack.pop()
    elif opens == "{" and "{" in stack:
        while stack.pop() != "{":
            pass


def closing(code: str, opening: int) -> int:
    """The offset behind the bracket that closes the one at `opening`; the end of the text where none does."""
    stack: list[str] = []
    for found in _BREAK.finditer(code, opening):
        if found[0] in "([{`":
            _open(stack, found[0])
        elif found[0] in _CLOSES:
            _close(stack, _CLOSES[found[0]])
            if not stack:
                return found.end()
    return len(code)


def _skip_space(code: str, position: int) -> int:
    while position < len(code) and code[position].isspace():
        position += 1
    return position
