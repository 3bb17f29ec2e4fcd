"""Plots as SVG without scripts: small panels side by side, both axes logarithmic, readable on light and on dark."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10

from msgspec import Struct

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 300, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 34, 34
_LEGEND = 24
_STYLE = """
text { font: 11px system-ui, sans-serif; fill: #3d444d } .title { font-weight: 600; font-size: 12px }
.grid { stroke: #d8dee4; stroke-width: 1 } .target { stroke: #8a929b; stroke-width: 1.5; stroke-dasharray: 2 4 }
.line { fill: none; stroke-width: 2 } .dashed { stroke-dasharray: 6 4 }
.c0 { stroke: #0550ae; fill: #0550ae } .c1 { stroke: #bc4c00; fill: #bc4c00 }
.c2 { stroke: #1a7f37; fill: #1a7f37 } .c3 { stroke: #8250df; fill: #8250df }
@media (prefers-color-scheme: dark) {
  text { fill: #d1d7e0 } .grid { stroke: #3d444d } .target { stroke: #9198a1 }
  .c0 { stroke: #79c0ff; fill: #79c0ff } .c1 { stroke: #ffa657; fill: #ffa657 }
  .c2 { stroke: #7ee787; fill: #7ee787 } .c3 { stroke: #d2a8ff; fill: #d2a8ff }
}
"""


class Panel(Struct):
    """`lines`: points by name, `unit` of their heights. A name that ends in p50 is drawn dashed, in the colour of the
    name without it."""

    title: str
    unit: str
    lines: Mapping[str, Points]
    target: float | None = None


def draw(panels: Sequence[Panel], colours: Sequence[str], columns: int = 2) -> str:
    """`colours`: beginnings of names, each with a colour of its own, in the order of the legend."""
    rows = ceil(len(panels) / columns)
    width, height = columns * WIDTH, rows * HEIGHT + _LEGEND
    drawn = "\n".join(
        f'<g transform="translate({place % columns * WIDTH} {_LEGEND + place // columns * HEIGHT})">'
        f"{''.join(_panel(panel, colours))}</g>"
        for place, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f"<style>{_STYLE}</style>\n{''.join(_legend(colours, panels))}\n{drawn}\n</svg>\n"
    )


def _legend(colours: Sequence[str], panels: Sequence[Panel]) -> Iterator[str]:
    for place, name in enumerate(colours):
        left = _LEFT + 130 * place
        yield f'<line class="line c{place}" x1="{left}" y1="12" x2="{left + 22}" y2="12"/>'
        yield f'<text x="{left + 28}" y="16">{escape(name)}</text>'
    if any(name.endswith("p50") for panel in panels for name in panel.lines):
        yield f'<text x="{_LEFT + 130 * len(colours)}" y="16">p99, and p50 dashed</text>'


def _panel(panel: Panel, colours: Sequence[str]) -> Iterator[str]:
    points = [point for line in panel.lines.values() for point in line]
    heights = [height for _, height in points] + ([panel.target] if panel.target else [])
    across, up = _decades([x for x, _ in points]), _decades(heights)
    yield f'<text class="title" x="{_LEFT}" y="20">{escape(panel.title)}, {escape(panel.unit)}</text>'
    for decade in range(up[0], up[1] + 1):
        y = _y(10.0**decade, up)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(10.0**decade)}</text>'
    for decade in range(across[0], across[1] + 1):
        x = _x(10.0**decade, across)
        yield f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{_short(10.0**decade)}</text>'
    if panel.target:
        y = _y(panel.target, up)
        yield f'<line class="target" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    for name, line in panel.lines.items():
        yield from _line(name, line, across, up, colours)


def _line(
    name: str, line: Points, across: tuple[int, int], up: tuple[int, int], colours: Sequence[str]
) -> Iterator[str]:
    colour = next(place for place, beginning in enumerate(colours) if name.startswith(beginning))
    places = [(_x(x, across), _y(y, up)) for x, y in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashed = " dashed" if name.endswith("p50") else ""
    yield f'<polyline class="line c{colour}{dashed}" style="fill:none" points="{path}"/>'
    for (x, y), (films, value) in zip(places, line, strict=True):
        shown = f"{escape(name)}, {films:,.0f} films: {value:,.3g}"
        yield f'<circle class="c{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{shown}</title></circle>'


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Powers of ten around the values, two at least."""
    low, high = floor(log10(min(values)) + 0.001), ceil(log10(max(values)) - 0.001)
    return low, max(high, low + 1)


def _x(value: float, decades: tuple[int, int]) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (log10(value) - decades[0]) / (decades[1] - decades[0])


def _y(value: float, decades: tuple[int, int]) -> float:
    room = HEIGHT - _TOP - _BOTTOM
    return HEIGHT - _BOTTOM - room * (log10(value) - decades[0]) / (decades[1] - decades[0])


def _short(value: float) -> str:
    for least, letter in ((1e6, "M"), (1e3, "k")):
        if value >= least:
            return f"{value / least:g}{letter}"
    return f"{value:g}"
