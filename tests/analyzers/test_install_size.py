"""What removing a dependency frees, and which dependencies are heavy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfgate.analyzers.dependencies.dominators import dominator_tree
from perfgate.analyzers.dependencies.install_size import HEAVY, Part, Weight, freed_together, heavy, total_size, weigh
from perfgate.analyzers.dependencies.installed import Installed, Package


def package(name: str, size: int, *needs: str) -> Package:
    return Package(name, "1.0.0", size, {need: need for need in needs})


def freed(installed: Installed) -> dict[str, dict[str, int]]:
    return {
        folder: {name: weight.freed for name, weight in weights.items()} for folder, weights in weigh(installed).items()
    }


def test_what_several_need_stays() -> None:
    installed = Installed(
        {"": {"a": "a", "b": "b"}, "packages/x": {"c": "c"}},
        {
            "a": package("a", 1, "only-a", "shared"),
            "only-a": package("only-a", 10, "deep"),
            "deep": package("deep", 100, "a"),
            "shared": package("shared", 1000),
            "b": package("b", 10_000, "shared"),
            "c": package("c", 100_000),
            "nobody": package("nobody", 1_000_000),
        },
    )
    assert freed(installed) == {"": {"a": 111, "b": 10_000}, "packages/x": {"c": 100_000}}
    assert freed_together(installed, {"": {"a", "b"}}) == 11_111
    assert weigh(installed)[""]["a"].own == 1


def test_what_another_workspace_package_declares_too_stays() -> None:
    installed = Installed({"": {"a": "a"}, "x": {"a": "a"}}, {"a": package("a", 5)})
    assert freed(installed) == {"": {"a": 0}, "x": {"a": 0}}
    assert freed_together(installed, {"": {"a"}, "x": {"a"}}) == 5


def test_what_a_workspace_package_expects_as_a_peer_stays() -> None:
    assert freed(Installed({"": {"a": "a"}}, {"a": package("a", 5)}, peers={"x": {"a": "a"}})) == {"": {"a": 0}}


def test_workspace_packages_weigh_nothing() -> None:
    assert weigh(Installed({"": {"x": "link:x"}, "x": {}}, {})) == {"": {"x": Weight(0, 0)}, "x": {}}


def test_the_largest_parts_are_named() -> None:
    needs = [f"n{number}" for number in range(8)]
    packages = {"a": package("a", 5, *needs)} | {name: package(name, int(name[1]) * 10) for name in needs}
    assert weigh(Installed({"": {"a": "a"}}, packages))[""]["a"].parts == tuple(
        Part(f"n{number}", "1.0.0", number * 10) for number in (7, 6, 5, 4, 3)
    )


@pytest.mark.parametrize(("size", "is_heavy"), [(HEAVY - 1, False), (HEAVY, True), (HEAVY + 1, True)])
def test_the_limit_itself_is_heavy(size: int, is_heavy: bool) -> None:
    assert ("a" in heavy({"a": Weight(1, size)})) is is_heavy


def test_heavy_ones_stand_by_what_they_free() -> None:
    weights = {"b": Weight(0, 20), "a": Weight(0, 20), "c": Weight(0, 30), "d": Weight(99, 5)}
    assert list(heavy(weights, 10)) == ["c", "a", "b"]


NAMES = [f"p{number}" for number in range(8)]


@st.composite
def installations(draw: st.DrawFn) -> Installed:
    needs = st.lists(st.sampled_from(NAMES), max_size=3)
    # Each is large enough for the byte of each of the two files that it may share with others.
    packages = {name: package(name, 4 << (2 * place), *draw(needs)) for place, name in enumerate(NAMES)}
    direct = {folder: {name: name for name in draw(needs)} for folder in ("", "x", "y")}
    groups = draw(st.lists(st.frozensets(st.sampled_from(NAMES), min_size=2), max_size=2))
    return Installed(direct, packages, {"x": dict.fromkeys(draw(st.just([])), "")}, dict.fromkeys(groups, 1))


@given(installations())
def test_freed_is_what_is_no_longer_reached(installed: Installed) -> None:
    for folder, weights in weigh(installed).items():
        for name, weight in weights.items():
            assert weight.freed == freed_together(installed, {folder: {name}})


@given(installations())
def test_removing_everything_frees_no_more_than_there_is(installed: Installed) -> None:
    everything = {folder: set(direct) for folder, direct in installed.importers.items()}
    assert sum(sum(names.values()) for names in freed(installed).values()) <= freed_together(installed, everything)
    assert freed_together(installed, everything) <= total_size(installed)


def reached_without(successors: list[list[int]], removed: int) -> set[int]:
    found: set[int] = set()
    pending = [0] if removed else []
    while pending:
        vertex = pending.pop()
        if vertex not in found and vertex != removed:
            found.add(vertex)
            pending += successors[vertex]
    return found


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=10, max_size=10))
def test_dominators_are_the_vertices_without_which_one_is_not_reached(successors: list[list[int]]) -> None:
    tree = dominator_tree(successors)
    reached = reached_without(successors, -1)
    assert {vertex for vertex, parent in enumerate(tree.parents) if parent >= 0} == reached
    totals = tree.totals([1] * 10)
    for vertex in reached:
        assert totals[vertex] == len(reached - reached_without(successors, vertex))
