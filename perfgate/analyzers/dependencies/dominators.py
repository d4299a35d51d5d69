"""Dominators of a graph: which vertex every way from the root to another vertex passes through.

The algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm"): vertices in reverse postorder, each
given the nearest common dominator of its predecessors until nothing changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_UNREACHED = -1


@dataclass(frozen=True, slots=True)
class DominatorTree:
    """The immediate dominator of each vertex, `parents`, with the root its own; -1 for what the root does not reach.

    `order` are the reached vertices, each after its dominators; `rank` is the place of a vertex in it.
    """

    parents: Sequence[int]
    order: Sequence[int]
    rank: Sequence[int]

    def nearest_common(self, left: int, right: int) -> int:
        """The nearest vertex that dominates both."""
        return _nearest_common(self.parents, self.rank, left, right)

    def totals(self, weights: Sequence[int]) -> list[int]:
        """For each vertex the weight of all that it dominates, itself included."""
        totals = list(weights)
        for vertex in reversed(self.order[1:]):
            totals[self.parents[vertex]] += totals[vertex]
        return totals

    def dominated(self) -> list[list[int]]:
        """For each vertex those of which it is the immediate dominator."""
        children: list[list[int]] = [[] for _ in self.parents]
        for vertex in self.order[1:]:
            children[self.parents[vertex]].append(vertex)
        return children


def dominator_tree(successors: Sequence[Sequence[int]]) -> DominatorTree:
    """The tree of the graph whose vertex 0 is the root."""
    order = list(_postorder(successors))[::-1]
    rank = [_UNREACHED] * len(successors)
    for place, vertex in enumerate(order):
        rank[vertex] = place
    predecessors: list[list[int]] = [[] for _ in successors]
    for vertex in order:
        for successor in successors[vertex]:
            predecessors[successor].append(vertex)
    parents = [_UNREACHED] * len(successors)
    parents[0] = 0
    while _improve(parents, order, rank, predecessors):
        pass
    return DominatorTree(parents, order, rank)


def _improve(parents: list[int], order: list[int], rank: list[int], predecessors: list[list[int]]) -> bool:
    """One pass over all vertices; says whether a dominator changed."""
    changed = False
    for vertex in order[1:]:
        known = [before for before in predecessors[vertex] if parents[before] != _UNREACHED]
        nearest = known[0]
        for before in known[1:]:
            nearest = _nearest_common(parents, rank, nearest, before)
        if parents[vertex] != nearest:
            parents[vertex] = nearest
            changed = True
    return changed


def _nearest_common(parents: Sequence[int], rank: Sequence[int], left: int, right: int) -> int:
    while left != right:
        while rank[left] > rank[right]:
            left = parents[left]
        while rank[right] > rank[left]:
            right = parents[right]
    return left


def _postorder(successors: Sequence[Sequence[int]]) -> Iterator[int]:
    """The vertices that the root reaches, each after all that were first reached through it."""
    seen = {0}
    pending = [(0, iter(successors[0]))]
    while pending:
        vertex, rest = pending[-1]
        following = next((successor for successor in rest if successor not in seen), None)
        if following is None:
            pending.pop()
            yield vertex
        else:
            seen.add(following)
            pending.append((following, iter(successors[following])))
