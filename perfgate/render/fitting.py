"""Fits a page into a limit: what gives way first, and how much of what was left out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Order(IntEnum):
    """What gives way first, from 1; NEVER stays, come what may."""

    NEVER = 0
    OK = 1
    WARNINGS = 2
    REASONS = 3
    FAILING = 4


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page, which `short` replaces when it gives way; then `number` of `noun` are missing."""

    text: str
    order: Order = Order.NEVER
    short: str = ""
    number: int = 0
    noun: str = ""


def fit(
    head: str, blocks: Sequence[Block], foot: Callable[[Mapping[str, int]], str], fits: Callable[[str], bool]
) -> str:
    """The page, with blocks given up until it fits: in their order, and of the same order the last one first.

    `foot` is told how many of what were left out.
    """
    shown, left_out = list(blocks), Counter[str]()
    expendable = sorted(
        (index for index, block in enumerate(blocks) if block.order), key=lambda index: (blocks[index].order, -index)
    )
    while not fits(text := head + _joined(shown, foot(left_out))) and expendable:
        index = expendable.pop(0)
        left_out[blocks[index].noun] += blocks[index].number
        shown[index] = Block(blocks[index].short)
    return text


def _joined(blocks: Sequence[Block], foot: str) -> str:
    return "\n\n".join([*(block.text for block in blocks if block.text), foot]) + "\n"


def utf16_length(text: str) -> int:
    """The length as browsers and GitHub's servers may count it; never less than the number of characters."""
    return len(text.encode("utf-16-le")) // 2
