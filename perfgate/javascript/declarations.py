"""What the top-level statements of a module declare, which names they mention, and which of them do something by themselves."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from perfgate.javascript.statements import Kind, Statement, closing, statements

NAME = r"(?:[^\W\d]|\$)[\w$]*"
_NAMED = re.compile(
    rf"(?:export\s+)?(?:default\s+)?(?:@[\w$.]+(?:\([^()]*\))?\s*)*(?:declare\s+)?(?:abstract\s+)?(?:const\s+(?=enum\b))?"
    rf"(?:async\s+)?(?:function\s*\*?|class|enum|namespace|module|interface|type|import(?:\s+type)?)\s+"
    rf"(?!(?:extends|implements)\b)({NAME})"
)
_VARIABLES = re.compile(r"(?:export\s+)?(?:declare\s+)?(?:const|let|var|using)\b")
_DECLARATOR = re.compile(rf"\s*({NAME})\s*(?:!?\s*:|=(?!=)|[,;]|\Z)")
_INITIAL = re.compile(r"\s*(?:=(?!=)|:)")
_WORD = re.compile(rf"(?<![\w$])(?:(?<!\.)|(?<=\.\.\.)){NAME}")
_MEMBER_ASSIGNED = re.compile(rf"({NAME})(?:\s*(?:\.\s*{NAME}|\[[^\]\n]*\]))+\s*=(?!=)")
# What a compiler writes so that a CommonJS module has exports, and what takes others in.
_GLUE = re.compile(
    r"(?:Object\s*\.\s*defineProperty|(?:[\w$]+\.)?__exportStar|__export|__reExport)\s*\([^;]*?\bexports\b"
    r"|(?:(?:module\s*\.\s*)?exports\s*\.\s*[\w$]+\s*=\s*)+void 0\b|0\s*&&\s*\(\s*module\s*\.\s*exports\b"
    r"|module\s*\.\s*exports\s*=\s*__toCommonJS"
)
_REQUIRES = re.compile(
    rf"(?:const|let|var)\s+(?:{NAME}|\{{[^{{}}]*\}})\s*=\s*(?:[\w$.]*__import(?:Star|Default)\s*\(\s*)?require\s*\(\s*['\"] *['\"]\s*\)"
    r"\s*\)?\s*;?\s*\Z"
)
_EXPORTED = re.compile(rf"(?:module\s*\.\s*)?exports(?:\s*\.\s*({NAME}))?\s*=(?!=)")
_DIRECTIVE = re.compile(r"""\s*(?:'[^']*'|"[^"]*"|void 0)?\s*\Z""")
_CALLS = re.compile(r"[\w$)\]]\s*(?:\?\.)?\(|\bnew\b|`|\bawait\b")
_PURE = re.compile(
    r"\bnew\s+(?:Map|Set|WeakMap|WeakSet|Error|Date|RegExp|URL|AbortController|TextEncoder|TextDecoder)\b|\b(?:Symbol|Object\.freeze"
    r"|Object\.create|String|Number|Boolean|BigInt|Array\.of|forwardRef|memo|createContext|lazy)\s*\("
)
_REACH = 1000
_DEEPEST = 40
_FUNCTION = re.compile(rf"(?:async\b\s*)?(?:function\b|\(|{NAME}\s*=>|<)")
_ANNOTATION = re.compile(r"[@#]__PURE__")
_IMPLEMENTS: frozenset[Kind] = frozenset(["variable", "function", "class", "enum", "namespace"])


@dataclass(frozen=True, slots=True)
class Declaration:
    """One top-level statement: the names it declares, its lines, the names it mentions.

    `acts`: it does something when the module is loaded, apart from making values. `calls`: its values are made by calls,
    so that a bundler that is not told otherwise has to keep it.
    """

    kind: Kind
    first: int
    last: int
    start: int
    end: int
    names: tuple[str, ...] = ()
    mentions: frozenset[str] = field(default_factory=frozenset)
    acts: bool = False
    calls: bool = False

    @property
    def is_value(self) -> bool:
        return self.kind in _IMPLEMENTS


def declarations(source: str, code: str, found: Sequence[Statement]) -> list[Declaration]:
    """The statements of a module as declarations, in order, with line numbers from 1."""
    own = {name for statement in found for name in declared(code, statement)}
    result, line, counted = [], 1, 0
    for statement in found:
        line, counted = line + code.count("\n", counted, statement.start), statement.start
        last = line + code.count("\n", statement.start, statement.end)
        kind = _kind(source, code, statement)
        names = declared(code, statement) if kind != "import" else ()
        mentions = frozenset(_WORD.findall(code, statement.start, statement.end))
        acts = kind in ("expression", "control") and not statement.default and _acts(code, statement)
        if kind == "expression" and not names and not acts and not statement.default:
            names = tuple(name for name in _assigned(code, statement) if name in own or name.startswith("exports"))
            acts = not names and not _DIRECTIVE.fullmatch(code, statement.start, statement.end)
        calls = kind != "import" and _makes_calls(source, code, statement)
        result.append(
            Declaration(kind, line, last, statement.start, statement.end, names, mentions, acts=acts, calls=calls)
        )
    return result


def declared(code: str, statement: Statement) -> tuple[str, ...]:
    """The names that a statement declares; those of `import` clauses are found elsewhere."""
    if statement.kind == "variable" or (statement.kind == "ambient" and _VARIABLES.match(code, statement.head)):
        return tuple(_variables(code, statement))
    if statement.kind in ("function", "class", "enum", "namespace", "type", "ambient"):
        found = _NAMED.match(code, statement.head)
        return (found[1],) if found else ()
    return ()


def _kind(source: str, code: str, statement: Statement, depth: int = 0) -> Kind:
    """The kind in the light of what is in it: a namespace of types is a type, CommonJS has imports and exports too."""
    if statement.kind == "expression" and _GLUE.match(code, statement.head, statement.end):
        return "export"
    if statement.kind == "variable" and _REQUIRES.match(code[statement.head : statement.end]):
        return "import"
    if statement.kind != "namespace" or depth > _DEEPEST:
        return statement.kind
    opening = code.find("{", statement.head, statement.end)
    end = closing(code, opening) - 1 if opening >= 0 else statement.end
    blank = re.sub(r"[^\n]", " ", code[: opening + 1])
    inner = statements(blank + source[opening + 1 : end], blank + code[opening + 1 : end])
    return "namespace" if any(_is_code(source, code, one, depth) for one in inner) else "type"


def _is_code(source: str, code: str, statement: Statement, depth: int) -> bool:
    if statement.kind == "namespace":
        return _kind(source, code, statement, depth + 1) == "namespace"
    return statement.kind not in ("type", "ambient", "import", "export")


def _variables(code: str, statement: Statement) -> Iterator[str]:
    head = _VARIABLES.match(code, statement.head)
    if head is None:
        return
    for start, end in _declarators(code, head.end(), statement.end):
        text = code[start:end].lstrip()
        if text.startswith(("{", "[")):
            yield from pattern_names(text[: closing(text, 0)])
        elif found := _DECLARATOR.match(code, start, end):
            yield found[1]


def _declarators(code: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each part between commas that begins like a declarator."""
    begin = start
    for comma in commas(code, start, end):
        if _begins_declarator(code, comma + 1, end) and not _in_angles(code, begin, comma, end):
            yield begin, comma
            begin = comma + 1
    yield begin, end


def _begins_declarator(code: str, start: int, end: int) -> bool:
    while start < end and code[start].isspace():
        start += 1
    if code.startswith(("{", "["), start):
        return bool(_INITIAL.match(code, closing(code, start), end))
    return bool(_DECLARATOR.match(code, start, end))


def _in_angles(code: str, begin: int, comma: int, end: int) -> bool:
    """Whether a comma stands between the angle brackets of type arguments."""
    before = code[max(begin, comma - _REACH) : comma].replace("=>", "")
    after = code[comma : min(end, comma + _REACH)].replace("=>", "")
    depth = before.count("<") - before.count(">")
    return depth > 0 and bool(re.match(r"[^;()=]*(?:=\s*[\w$.<>\[\]{}|& ,]*)?>", after))


def commas(code: str, start: int, end: int) -> Iterator[int]:
    """The commas between two offsets that stand in no brackets."""
    position = start
    pattern = re.compile(r"[,(\[{]")
    while (found := pattern.search(code, position, end)) is not None:
        if found[0] == ",":
            yield found.start()
            position = found.end()
        else:
            position = closing(code, found.start())


def parts(text: str) -> list[str]:
    """The texts between the commas of a list, brackets respected."""
    ends = [-1, *commas(text, 0, len(text)), len(text)]
    return [text[start + 1 : end] for start, end in pairwise(ends)]


def pattern_names(pattern: str, depth: int = 0) -> Iterator[str]:
    """The names that a destructuring pattern binds, such as `a, b, c` of `{ a, x: { b }, ...c }`."""
    is_object = pattern.lstrip().startswith("{")
    for part in parts(pattern.strip()[1:-1]):
        target = part.strip().removeprefix("...").strip()
        if is_object and (colon := _colon(target)) >= 0:
            target = target[colon + 1 :].strip()
        if target.startswith(("{", "[")):
            if depth < _DEEPEST:
                yield from pattern_names(target[: closing(target, 0)], depth + 1)
        elif found := re.match(NAME, target):
            yield found[0]


def _colon(part: str) -> int:
    """Where the target of a property begins, behind its key, computed or not."""
    found = re.match(rf"""\s*(?:{NAME}|['"][^'"]*['"]|\d+|\[[^\]]*\])\s*:""", part)
    return found.end() - 1 if found else -1


def _acts(code: str, statement: Statement) -> bool:
    if statement.kind == "control":
        return True
    if _DIRECTIVE.fullmatch(code, statement.start, statement.end):
        return False
    return not (
        _EXPORTED.match(code, statement.head, statement.end)
        or _MEMBER_ASSIGNED.match(code, statement.head, statement.end)
    )


def _assigned(code: str, statement: Statement) -> Iterable[str]:
    """The object whose property is set, as in `Button.displayName = ...`, or the export, as in `exports.Button = ...`."""
    if exported := _EXPORTED.match(code, statement.head, statement.end):
        return (f"exports.{exported[1]}" if exported[1] else "exports",)
    found = _MEMBER_ASSIGNED.match(code, statement.head, statement.end)
    return (found[1],) if found else ()


def _makes_calls(source: str, code: str, statement: Statement) -> bool:
    if statement.kind == "class":
        return statement.head > statement.start
    if statement.kind != "variable" and not statement.default:
        return False
    if _ANNOTATION.search(source, statement.start, statement.end):
        return False
    values = code[statement.head : statement.end]
    found = re.search(r"=(?![=>])|\bdefault\b", values)
    if found is None or _FUNCTION.match(values[found.end() :].lstrip()):
        return False
    return bool(_CALLS.search(_PURE.sub(" ", _without_functions(values[found.end() :]))))


def _without_functions(text: str) -> str:
    """The text without what stands in braces behind an arrow or the parameters of a function: it runs later, if at all."""
    out, position = "", 0
    for found in re.finditer(r"(?:=>|\))\s*\{", text):
        if found.start() >= position:
            out += text[position : found.start()]
            position = closing(text, found.end() - 1)
    return out + text[position:]
