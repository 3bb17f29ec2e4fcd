"""Flame graphs as SVG without scripts: widths are shares of the samples, callers stand below what they call."""

from collections import Counter
from collections.abc import Iterator
from html import escape

from msgspec import Struct

Stacks = Counter[tuple[str, ...]]
"""Samples by stack, the outermost frame first."""

WIDTH, HEIGHT = 1200, 18
LEAST = 0.004
"""Narrower frames are left out."""
_LETTER = 6.6
_COLOURS = {"kinoteka": "#f2b366", "asyncpg": "#8fc7a8", "tantivy": "#c3a6e0"}
_OTHER = "#c9d3dc"


class Frame(Struct):
    name: str
    count: int = 0
    inner: dict[str, "Frame"] = {}


def draw(stacks: Stacks, title: str) -> str:
    whole = _gather(stacks)
    depth = _depth(whole, LEAST * whole.count)
    height = (depth + 2) * HEIGHT
    shapes = "\n".join(_shapes(whole, 0.0, 0, height, whole.count))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" '
        f'font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f'<text x="{WIDTH // 2}" y="13" text-anchor="middle">{escape(title)}</text>\n{shapes}\n</svg>\n'
    )


def _gather(stacks: Stacks) -> Frame:
    whole = Frame("all")
    for stack, count in stacks.items():
        frame = whole
        frame.count += count
        for name in stack:
            frame = frame.inner.setdefault(name, Frame(name))
            frame.count += count
    return whole


def _depth(frame: Frame, least: float) -> int:
    return 1 + max((_depth(one, least) for one in frame.inner.values() if one.count >= least), default=0)


def _shapes(frame: Frame, left: float, level: int, height: int, whole: int) -> Iterator[str]:
    """Of the frame and, beside one another above it, of what it called; by name, so that two graphs can be compared."""
    width = WIDTH * frame.count / whole
    top = height - (level + 1) * HEIGHT
    yield _shape(frame, left, top, width, whole)
    for _, inner in sorted(frame.inner.items()):
        if inner.count >= LEAST * whole:
            yield from _shapes(inner, left, level + 1, height, whole)
            left += WIDTH * inner.count / whole


def _shape(frame: Frame, left: float, top: int, width: float, whole: int) -> str:
    colour = next((colour for word, colour in _COLOURS.items() if word in frame.name), _OTHER)
    letters = int(width / _LETTER) - 1
    text = frame.name.rpartition(" ")[2][: max(0, letters)] if letters > 2 else ""
    shown = f'<text x="{left + 3:.1f}" y="{top + 13}">{escape(text)}</text>' if text else ""
    return (
        f"<g><title>{escape(frame.name)}: {frame.count / whole:.1%}</title>"
        f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HEIGHT - 1}" fill="{colour}"/>{shown}</g>'
    )
