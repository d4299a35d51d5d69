"""Packages that are in a bundle more than once."""

import re
from collections.abc import Mapping
from pathlib import Path

from perfgate.analyzers.bundle.package_manifests import version
from perfgate.javascript.parts import PACKAGES, package_name
from perfgate.report.model import Copy, Duplicate

# pnpm's store: `.pnpm/@scope+name@1.2.3_peer@4`, and yarn's unplugged and cached ones: `name-npm-1.2.3-0123456789`.
_PNPM = re.compile(r"\.pnpm/(?:@[^/+]+\+)?[^/@]+@([^/_(]+)[^/]*/$")
_YARN = re.compile(r"/[^/]+-npm-([^/]+)-[0-9a-f]{8,10}(?:\.zip|-[0-9]+\.zip)?/$")


def duplicates(root: Path, sizes: Mapping[str, int]) -> tuple[Duplicate, ...]:
    """The packages with several copies, most bytes beside the largest copy first."""
    copies: dict[str, dict[str, int]] = {}
    for path, size in sizes.items():
        before, found, inner = path.rpartition(PACKAGES)
        if found and size:
            name = package_name(inner)
            place = f"{before}{PACKAGES}{name}"
            places = copies.setdefault(name, {})
            places[place] = places.get(place, 0) + size
    found_more = ((name, places) for name, places in copies.items() if len(places) > 1 and name)
    made = [Duplicate(package=name[:214], copies=_copies(root, places)) for name, places in found_more]
    return tuple(sorted(made, key=lambda one: (-extra_bytes(one), one.package)))


def extra_bytes(duplicate: Duplicate) -> int:
    """What all copies but the largest take."""
    return sum(copy.size for copy in duplicate.copies[1:])


def _copies(root: Path, places: Mapping[str, int]) -> tuple[Copy, ...]:
    ranked = sorted(places.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Copy(version=_version(root, place), size=size) for place, size in ranked)


def _version(root: Path, place: str) -> str | None:
    """The version of a copy: from its path where the package manager writes it there, else from its package.json."""
    before = place.rpartition(PACKAGES)[0]
    for pattern in (_PNPM, _YARN):
        if found := pattern.search(before):
            return found[1][:100]
    return version(root, place)
