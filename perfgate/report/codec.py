"""How values become JSON documents and come back: dataclasses in code, camelCase in files, pydantic at the edge.

The documents are standard dataclasses, so that measuring and writing start without pydantic (0.1 s); reading something
from outside validates it with pydantic, strictly.
"""

import json
import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, dataclass_transform

from annotated_types import Ge

from perfgate.errors import ReportError, Source

MAX_BYTES = 64 * 1024 * 1024

Number = Annotated[int, Ge(0)] | Annotated[float, Ge(0)]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression a text must match; enforced by pydantic on reading, and part of the schema."""

    regex: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {**handler(source), "pattern": self.regex}


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def document(cls: type[T]) -> type[T]:
    """A frozen, keyword-only dataclass that reads and writes camelCase, and refuses unknown keys and loose types."""
    made = dataclass(frozen=True, kw_only=True)(cls)
    config = {"strict": True, "extra": "forbid", "allow_inf_nan": False, "alias_generator": camel}
    made.__pydantic_config__ = config  # type: ignore[attr-defined]
    return made


def plain(value: Any) -> Any:
    """`value` as JSON types. Fields that are None, or empty where empty is the default, are left out."""
    if is_dataclass(value):
        return {
            key: plain(part) for name, key, default in _keys(type(value)) if (part := getattr(value, name)) != default
        }
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


@cache
def _keys(cls: Any) -> list[tuple[str, str, Any]]:
    """Name, JSON key and the value that need not be written, for each field."""
    empty = {None, ()}
    return [
        (
            field.name,
            camel(field.name),
            field.default if _hashable(field.default) and field.default in empty else MISSING,
        )
        for field in fields(cls)
    ]


def _hashable(value: Any) -> bool:
    return value is None or isinstance(value, tuple)


def encode(value: Any) -> bytes:
    """A document as the bytes of its file: indented, with a final newline."""
    return (json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def decode(cls: type[T], content: bytes, file: str) -> T:
    """Read and validate a document. Raises ReportError with the file and the first thing that is wrong."""
    from pydantic import ValidationError

    parse_json(content, file)
    try:
        adapter: Any = _adapter(cls)
        return adapter.validate_json(content)  # type: ignore[no-any-return]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ReportError(
            f"{where}: {first['msg']}{more}", source=Source(file), hint="write it again with this perfgate"
        ) from error


@cache
def _adapter(cls: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(cls)


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
