"""How values become JSON documents and come back: dataclasses in code, camelCase in files, pydantic at the edge.

The documents are standard dataclasses, so that measuring and writing start without pydantic (0.1 s); reading something
from outside validates it with pydantic, strictly.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, dataclass_transform

from perfgate.errors import ReportError, Source

MAX_BYTES = 64 * 1024 * 1024

T = TypeVar("T")


class Check:
    """Bounds of a value (`ge`, `min_length`, `max_length`, `pattern`): enforced on reading, and part of the schema."""

    def __init__(self, **bounds: Any) -> None:
        self.bounds = bounds

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(source), **self.bounds}


Count = Annotated[int, Check(ge=0)]
Number = Count | Annotated[float, Check(ge=0)]
# Logarithms of ratios and slopes, which fall below zero too.
Signed = int | float


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def document(cls: type[T]) -> type[T]:
    """A keyword-only dataclass that reads and writes camelCase, and refuses unknown keys and loose types.

    Immutable as far as the type checker sees. Only `__init__` is generated: the other methods of a frozen dataclass would
    cost a millisecond a class at every start, and are shared instead.
    """
    made = dataclass(kw_only=True, eq=False, repr=False)(cls)
    shared = {"__eq__": _equal, "__hash__": _hash, "__repr__": _repr, "__pydantic_config__": _CONFIG}
    for name, value in shared.items():
        setattr(made, name, value)
    return made


_CONFIG = {"strict": True, "extra": "forbid", "allow_inf_nan": False, "alias_generator": camel}


def _equal(self: object, other: object) -> bool:
    return type(self) is type(other) and vars(self) == vars(other)


def _hash(self: object) -> int:
    return hash(repr(self))


def _repr(self: object) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


def plain(value: Any) -> Any:
    """`value` as JSON types; parts that are None are left out."""
    if is_dataclass(value):
        return {key: plain(part) for name, key in _keys(type(value)) if (part := getattr(value, name)) is not None}
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


@cache
def _keys_of(cls: Any) -> list[tuple[str, str]]:
    return [(field.name, camel(field.name)) for field in fields(cls)]


@cache
def _adapter_of(cls: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(cls)


# The wrapper of functools.cache does not see that a class is hashable.
_keys: Callable[[Any], list[tuple[str, str]]] = _keys_of
_adapter: Callable[[Any], Any] = _adapter_of


def encode(value: Any) -> bytes:
    """A document as the bytes of its file: every key of the head (null where unknown), one line for each entry below.

    That reads and diffs well, and lets the C encoder do the work: it does not indent.
    """
    head = {key: None for _, key in _keys(type(value))} | plain(value)
    dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    lines = (f"{dump(key)}: {_lines(part, dump)}" for key, part in head.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _lines(part: Any, dump: Callable[[Any], str]) -> str:
    if isinstance(part, list) and part:
        return "[\n " + ",\n ".join(map(dump, part)) + "\n]"
    if isinstance(part, dict) and part:
        return "{\n " + ",\n ".join(f"{dump(key)}: {dump(value)}" for key, value in part.items()) + "\n}"
    return dump(part)


def decode(cls: type[T], content: bytes, file: str) -> T:
    """Read and validate a document. Raises ReportError with the file and the first thing that is wrong."""
    from pydantic import ValidationError

    parse_json(content, file)
    try:
        return _adapter(cls).validate_json(content)  # type: ignore[no-any-return]
    except ValidationError as error:
        problems = {_place(found["loc"]): found["msg"] for found in error.errors(include_url=False)}
        where, message = next(iter(problems.items()))
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ReportError(
            f"{where}: {message}{more}", source=Source(file), hint="write it again with this perfgate"
        ) from error


_NUMBER_TAGS = frozenset({"int", "float", "constrained-int", "constrained-float"})


def _place(loc: tuple[int | str, ...]) -> str:
    """Where in the document, without the names pydantic gives to the two kinds of number."""
    return ".".join(str(part) for part in loc if part not in _NUMBER_TAGS) or "the document"


def parse_json(content: bytes, file: str, max_bytes: int = MAX_BYTES) -> Any:
    """The JSON value in `content`, refusing what JSON parsers disagree on: duplicate keys, NaN, overflowing numbers.

    Raises ReportError with the place.
    """
    if len(content) > max_bytes:
        raise ReportError(f"larger than {max_bytes:,} bytes", source=Source(file), hint="is this the right file?")
    try:
        return json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        source = Source(file, error.lineno, error.colno)
        raise ReportError(f"not valid JSON: {error.msg}", source=source, hint="is the file complete?") from error
    except RecursionError as error:
        raise ReportError("nested too deeply", source=Source(file)) from error
    except ValueError as error:
        raise ReportError(f"not valid JSON: {error}", source=Source(file)) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(name for name in names if names.count(name) > 1)!r}")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is out of range")
    return number


def schema(cls: type, title: str, name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://github.com/perfgate/perfgate/schema/{name}.json",
        **_adapter(cls).json_schema(),
        "title": title,
    }
