"""An HTML page with treemaps of what the services ship: service, package or folder, module.

One file that asks for nothing: no script, no font, no address. Positions are percentages, once for a wide and once for
a narrow window, so that the page needs no script to fit either.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perfgate.javascript.parts import PACKAGES
from perfgate.render.escape import line, shorten
from perfgate.render.squarify import Box, squarify
from perfgate.report.model import Bundle, Module
from perfgate.units import System, Unit, show, show_percent

_WIDE, _NARROW = Box(0, 0, 160, 90), Box(0, 0, 100, 130)
# Pixels of a unit of these in windows of 1,100 and 360 pixels, of a letter, and of two lines.
_WIDE_PIXELS, _NARROW_PIXELS, _LETTER, _TWO_LINES = 1100 / 160, 360 / 100, 6.5, 32
# In the map of all services only what can be seen; a map of its own for as many as a browser shows at ease.
_MOST_SMALL, _MOST_MAPS = 40, 30
_STYLE = Path(__file__).with_name("treemap.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle: its name, bytes, and what is told of it; `kind` decides the colour, `parts` are inside of it."""

    name: str
    size: int
    kind: str
    about: str = ""
    parts: tuple["Part", ...] = ()


def page(bundles: Mapping[str, Bundle], title: str, units: System) -> str:
    """The page, with a map of all services and one for each of the largest; a table of all modules below."""
    services = sorted(
        (_service(name, bundle) for name, bundle in bundles.items()), key=lambda one: (-one.size, one.name)
    )
    total = sum(service.size for service in services)
    heading = f"{title}: {show(total, Unit.BYTES, units)} in {len(services)} {'service' if len(services) == 1 else 'services'}"
    maps = [_map("all", "All services", tuple(map(_small, services)), total, units)] if len(services) > 1 else []
    for number, service in enumerate(services[:_MOST_MAPS]):
        subtitle = f"{service.name} · {show(service.size, Unit.BYTES, units)}"
        maps.append(_map(f"s{number}", subtitle, service.parts, service.size, units, bundles[service.name]))
    tables = "\n".join(_table(service) for service in services)
    return _PAGE.format(title=_text(heading), style=_STYLE, maps="\n".join(maps), tables=tables)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p class="key"><span class="package">packages</span> <span class="own">own modules</span>
<span class="rest">not told apart</span> <small>Point at a rectangle, or move to it with the Tab key, for its details.
Areas are in proportion to uncompressed bytes within their frame.</small></p>
</header>
<main>
{maps}
<h2>As tables</h2>
{tables}
</main>
</body>
</html>
"""

_ESTIMATED = "Sizes are estimated from the stats of the bundler, which are from before it minified."


# What is shown


def _service(name: str, bundle: Bundle) -> Part:
    """A service with its modules in groups: packages, and the folders of its own code, two deep."""
    size = sum(file.size for file in bundle.files)
    groups: dict[str, list[Part]] = {}
    for module in bundle.modules:
        group, kind = _group(module)
        groups.setdefault(group, []).append(Part(module.name, module.size, kind, _about(module), _files(module, kind)))
    rest = size - sum(module.size for module in bundle.modules)
    parts = [
        Part(group, sum(part.size for part in inner), inner[0].kind, parts=tuple(inner))
        for group, inner in groups.items()
    ]
    if rest > 0:
        parts.append(Part("(unmapped)", rest, "rest", "bytes that no source claims, such as what the bundler adds"))
    return Part(name, size, "service", parts=_ranked(parts))


def _files(module: Module, kind: str) -> tuple[Part, ...]:
    """The largest files of a package, and all the others as one."""
    if not module.files:
        return ()
    rest = module.size - sum(file.size for file in module.files)
    inside = [Part(f"{module.name}/{file.path}", file.size, kind) for file in module.files]
    return _ranked([*inside, *([Part(f"{module.name}/(smaller files)", rest, kind)] if rest else ())])


def _group(module: Module) -> tuple[str, str]:
    if module.name.startswith(PACKAGES):
        return "packages", "package"
    if module.name.startswith("("):
        return "(others)", "rest"
    return "/".join(module.name.split("/")[:-1][:2]) or "(root)", "own"


def _about(module: Module) -> str:
    steps = [module.importer, *module.chain] if module.importer else []
    return " ← ".join(["imported by", *map(str, steps)]).replace("by ←", "by", 1) if steps else ""


def _ranked(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: (-part.size, part.name)))


def _modules(service: Part) -> tuple[Part, ...]:
    return _ranked(leaf for part in service.parts for leaf in part.parts or (part,))


def _small(service: Part) -> Part:
    """A service with its largest modules only, the others put together, and no groups."""
    leaves = [replace(leaf, parts=()) for leaf in _modules(service)]
    rest = leaves[_MOST_SMALL:]
    together = Part(f"({len(rest):,} smaller)", sum(part.size for part in rest), "rest")
    return Part(service.name, service.size, "service", parts=(*leaves[:_MOST_SMALL], *([together] if rest else [])))


# Maps


def _map(key: str, title: str, parts: Sequence[Part], total: int, units: System, bundle: Bundle | None = None) -> str:
    notes = [_ESTIMATED] if bundle and bundle.origin in ("stats", "mixed") else []
    notes += [bundle.note] if bundle and bundle.note else []
    told = "".join(f"<p>{_text(note, 1000)}</p>" for note in notes)
    boxes = "\n".join(_boxes(parts, _WIDE, _NARROW, total, units))
    return f'<section id="{key}"><h2>{_text(title)}</h2>{told}\n<div class="map">\n{boxes}\n</div></section>'


def _boxes(parts: Sequence[Part], wide: Box, narrow: Box, total: int, units: System) -> Iterator[str]:
    sizes = [part.size for part in parts]
    for part, here, there in zip(parts, squarify(sizes, wide), squarify(sizes, narrow), strict=True):
        style = f"{_position('', here, wide)};{_position('n', there, narrow)}"
        room = _room(here, _WIDE_PIXELS, "", part) + _room(there, _NARROW_PIXELS, "-narrow", part)
        if part.parts:
            inner = "\n".join(_boxes(part.parts, here._replace(x=0, y=0), there._replace(x=0, y=0), total, units))
            label = f"{_text(_short(part.name))} <b>{show(part.size, Unit.BYTES, units)}</b>"
            yield f'<div class="frame {part.kind}{room}" style="{style}"><span class="head">{label}</span>'
            yield f'<div class="inner">\n{inner}\n</div></div>'
        else:
            yield _leaf(part, room, style, total, units)


def _room(box: Box, pixels: float, window: str, part: Part) -> str:
    """Classes of a box too small for a label, or for one on a single line, in a window of usual extent."""
    width, height = box.width * pixels, box.height * pixels
    least_width, least_height = (60, 50) if part.parts else (34, 17)
    if width < least_width or height < least_height:
        return f" tiny{window}"
    if part.parts or width > (len(_short(part.name)) + 10) * _LETTER:
        return ""
    return f" small{window}" if height > _TWO_LINES and width > 9 * _LETTER else f" small{window} flat{window}"


def _position(prefix: str, box: Box, within: Box) -> str:
    """The place of a box in percent of what it is in, as custom properties of CSS."""
    shares = {
        "x": box.x / within.width if within.width else 0,
        "y": box.y / within.height if within.height else 0,
        "w": box.width / within.width if within.width else 0,
        "h": box.height / within.height if within.height else 0,
    }
    return ";".join(f"--{prefix}{name}:{share * 100:.4f}%" for name, share in shares.items())


def _leaf(part: Part, room: str, style: str, total: int, units: System) -> str:
    share = show_percent(part.size / total * 100) if total else ""
    size = show(part.size, Unit.BYTES, units)
    told = (_text(part.name, 300), f"{size} ({part.size:,} bytes), {share}", _text(part.about, 1000))
    return (
        f'<div class="leaf {part.kind}{room}" role="img" tabindex="0" data-bytes="{part.size}" style="{style}" '
        f'aria-label="{" · ".join(text for text in told if text)}">'
        f'<span class="label">{_text(_short(part.name))} <b>{size}</b></span></div>'
    )


def _short(name: str) -> str:
    """What names a module inside of its group."""
    package = name.removeprefix(PACKAGES)
    names = package.split("/")
    is_package = package != name and len(names) == (2 if package.startswith("@") else 1)
    return package if is_package else names[-1] or name


# Tables


def _table(service: Part) -> str:
    rows = "\n".join(_row(leaf, service.size) for module in _modules(service) for leaf in (module, *module.parts))
    head = (
        '<tr><th scope="col">bytes</th><th scope="col">share</th><th scope="col">module</th><th scope="col"></th></tr>'
    )
    title = f"{_text(service.name)} · {service.size:,} bytes"
    return f"<details><summary>{title}</summary><table>\n{head}\n{rows}\n</table></details>"


def _row(part: Part, total: int) -> str:
    share = show_percent(part.size / total * 100) if total else ""
    cells = (f"{part.size:,}", share, _text(part.name, 300), _text(part.about, 1000))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _text(text: str, limit: int = 120) -> str:
    """Text from outside, made one line of characters that can be seen, and inert in HTML and in attributes."""
    return html.escape(shorten(line(text), limit), quote=True)
