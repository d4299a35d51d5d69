"""Squarified treemap layout: Bruls, Huizing and van Wijk, "Squarified Treemaps", Proc. Joint Eurographics and IEEE TCVG
Symposium on Visualization, 2000.

Rectangles are laid in rows along the shorter side of what is left; a row takes another one as long as the worst of its
aspect ratios becomes no worse.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: its left upper corner and its extent."""

    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[float], within: Box) -> list[Box]:
    """A rectangle for each size, in the given order, which is best from large to small; areas are in proportion."""
    total = sum(sizes)
    if total <= 0 or within.width <= 0 or within.height <= 0:
        return [Box(within.x, within.y, 0, 0) for _ in sizes]
    scale = within.width * within.height / total
    boxes: list[Box] = []
    start, rest = 0, within
    while start < len(sizes):
        side = min(rest.width, rest.height)
        end = _row(sizes, start, side, scale)
        made, rest = _placed([size * scale for size in sizes[start:end]], rest)
        boxes += made
        start = end
    return boxes


def _row(sizes: Sequence[float], start: int, side: float, scale: float) -> int:
    """Where the row that begins at `start` ends."""
    largest = smallest = area = sizes[start] * scale
    end = start + 1
    while end < len(sizes):
        size = sizes[end] * scale
        longer = _worst(max(largest, size), min(smallest, size), area + size, side)
        if longer > _worst(largest, smallest, area, side):
            break
        largest, smallest, area, end = max(largest, size), min(smallest, size), area + size, end + 1
    return end


def _worst(largest: float, smallest: float, area: float, side: float) -> float:
    """The worst aspect ratio in a row of that area along that side."""
    if smallest <= 0 or side <= 0:
        return float("inf")
    return max(side * side * largest / (area * area), area * area / (side * side * smallest))


def _placed(areas: Sequence[float], rest: Box) -> tuple[list[Box], Box]:
    """The rectangles of one row along the shorter side, and what it leaves."""
    total = sum(areas)
    boxes = []
    if rest.width >= rest.height:
        thick, y = (total / rest.height if rest.height else 0), rest.y
        for area in areas:
            boxes.append(Box(rest.x, y, thick, area / thick if thick else 0))
            y += boxes[-1].height
        return boxes, Box(rest.x + thick, rest.y, max(0, rest.width - thick), rest.height)
    thick, x = (total / rest.width if rest.width else 0), rest.x
    for area in areas:
        boxes.append(Box(x, rest.y, area / thick if thick else 0, thick))
        x += boxes[-1].width
    return boxes, Box(rest.x, rest.y + thick, rest.width, max(0, rest.height - thick))
