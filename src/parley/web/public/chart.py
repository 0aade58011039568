"""Charts as SVG made on the server: readable without colour, with a text for those who do not see them.

Each chart stands beside a table with the same numbers; it never says anything that the table does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH = 720
_LEFT = 150
_RIGHT = 40
_ROW = 34
_BAR = 22
_TOP = 46
_LETTER = 7.0
#: How each series is hatched, so that colour is not all that tells them apart.
_HATCHES = ("", "M0 8 L8 0", "M0 0 L8 8", "M4 0 L4 8", "M0 4 L8 4")


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its label and one number for each series."""

    label: str
    values: tuple[int, ...]


def stacked_bars(name: str, title: str, description: str, series: Sequence[str], bars: Sequence[Bar]) -> Markup:
    """Draw horizontal bars, each cut into series; every piece carries its number. `name` makes the ids unique."""
    largest = max((sum(bar.values) for bar in bars), default=0) or 1
    scale = (_WIDTH - _LEFT - _RIGHT) / largest
    height = _TOP + _ROW * len(bars) + 8
    parts = [
        Markup(
            '<svg class="bars" viewBox="0 0 {w} {h}" role="img" aria-labelledby="{n}-title {n}-text">'
            '<title id="{n}-title">{t}</title><desc id="{n}-text">{d}</desc><defs>'
        ).format(w=_WIDTH, h=height, n=name, t=title, d=description),
        *(_hatch(name, index) for index in range(len(series))),
        Markup("</defs>"),
        _legend(name, series),
        Markup('<line class="axis" x1="{x}" x2="{x}" y1="{a}" y2="{b}"/>').format(
            x=_LEFT, a=_TOP - 6, b=height - 6
        ),
        *(_row(name, index, bar, scale) for index, bar in enumerate(bars)),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def _hatch(name: str, index: int) -> Markup:
    return Markup(
        '<pattern id="{n}-{i}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="series-{k}" width="8" height="8"/>'
        '<path d="{d}" stroke="Canvas" stroke-opacity="0.5" stroke-width="2"/></pattern>'
    ).format(n=name, i=index, k=index + 1, d=_HATCHES[index] or "M0 0")


def _legend(name: str, series: Sequence[str]) -> Markup:
    parts: list[Markup] = []
    x = float(_LEFT)
    for index, label in enumerate(series):
        parts.append(
            Markup('<rect x="{x:.0f}" y="8" width="14" height="14" fill="url(#{n}-{i})"/>').format(
                x=x, n=name, i=index
            )
        )
        parts.append(Markup('<text x="{x:.0f}" y="19">{t}</text>').format(x=x + 20, t=label))
        x += 20 + _LETTER * len(label) + 22
    return Markup("").join(parts)


def _row(name: str, index: int, bar: Bar, scale: float) -> Markup:
    y = _TOP + index * _ROW
    parts = [
        Markup('<text x="{x}" y="{y}" text-anchor="end">{t}</text>').format(
            x=_LEFT - 10, y=y + 16, t=_short(bar.label)
        )
    ]
    x = float(_LEFT)
    for series, value in enumerate(bar.values):
        if value:
            width = value * scale
            parts.append(_piece(name, series, value, x, y, width))
            x += width
    parts.append(Markup('<text x="{x:.1f}" y="{y}">{t}</text>').format(x=x + 8, y=y + 16, t=sum(bar.values)))
    return Markup("").join(parts)


def _piece(name: str, series: int, value: int, x: float, y: int, width: float) -> Markup:
    piece = Markup('<rect x="{x:.1f}" y="{y}" width="{w:.1f}" height="{h}" fill="url(#{n}-{s})"/>').format(
        x=x, y=y, w=max(width - 1, 1), h=_BAR, n=name, s=series
    )
    if width < 30:
        return piece
    middle = x + width / 2
    plate = Markup('<rect fill="Canvas" x="{x:.1f}" y="{y}" width="24" height="16" rx="3"/>').format(
        x=middle - 12, y=y + 3
    )
    number = Markup('<text x="{x:.1f}" y="{y}" text-anchor="middle">{t}</text>').format(x=middle, y=y + 15, t=value)
    return piece + plate + number


def _short(label: str) -> str:
    return label if len(label) <= 20 else label[:19] + "…"
