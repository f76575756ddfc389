"""The distribution of set losses as an SVG picture that follows the colours of the page."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import LossScale
from mtgui.auditing.report.distribution import Distribution
from mtgui.auditing.report.markup import Markup, element
from mtgui.common.words import percent

WIDTH, HEIGHT = 760, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 14, 54, 54
_BARS = 48


def loss_plot(shown: Distribution, scale: LossScale, alpha: Fraction, *, is_evidence: bool) -> Markup:
    """Return the plot: reference set losses as a histogram, the published set as a line, the α-quantile dashed."""
    ticks = _ticks(min(shown.low, shown.published), max(shown.high, shown.published))
    low, high = ticks[0], ticks[-1]

    def place(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    edges = np.linspace(low, high, _BARS + 1)
    counts = shown.bins(edges)
    said = (
        f"Histogram of {int(shown.fine.sum()):,} reference set losses from {scale.in_words(shown.low)} to "
        f"{scale.in_words(shown.high)}. The published set has {scale.in_words(shown.published)}."
    )
    return element(
        "svg",
        element("title", said),
        *_grid(),
        *_bars(counts, [place(edge) for edge in edges]),
        *_axis(ticks, place(low), place(high), scale.axis),
        *(_quantile(place(shown.quantile), alpha) if shown.quantile is not None else ()),
        *_published(place(shown.published), scale.in_words(shown.published), is_evidence=is_evidence),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        class_="plot",
    )


def _ticks(low: float, high: float) -> list[float]:
    """Return five to nine round numbers from at most ``low`` to at least ``high``."""
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / 6
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def _floor() -> float:
    return HEIGHT - _BOTTOM


def _grid() -> list[Markup]:
    lines = [_TOP + (_floor() - _TOP) * part / 4 for part in range(4)]
    return [element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="gridline") for y in lines]


def _bars(counts: NDArray[np.int64], edges: list[float]) -> list[Markup]:
    highest = max(1, int(counts.max()))
    bars = []
    for count, left, right in zip(counts.tolist(), edges, edges[1:], strict=False):
        if count:
            # Even a single draw must be visible.
            height = max(1.5, (_floor() - _TOP) * count / highest)
            bars.append(
                element(
                    "rect",
                    x=f"{left + 0.75:.2f}",
                    y=f"{_floor() - height:.2f}",
                    width=f"{right - left - 1.5:.2f}",
                    height=f"{height:.2f}",
                    class_="bar",
                )
            )
    return bars


def _axis(ticks: list[float], left: float, right: float, caption: str) -> list[Markup]:
    parts = [element("line", x1=left, x2=right, y1=_floor(), y2=_floor(), class_="axis")]
    decimals = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    if not math.isclose(round(ticks[1] - ticks[0], decimals), ticks[1] - ticks[0]):
        decimals += 1
    for number, tick in enumerate(ticks):
        x = left + (right - left) * number / (len(ticks) - 1)
        anchor = "start" if number == 0 else "end" if number == len(ticks) - 1 else "middle"
        label = f"{tick + 0.0:.{decimals}f}"
        parts.append(element("line", x1=f"{x:.2f}", x2=f"{x:.2f}", y1=_floor(), y2=_floor() + 4, class_="axis"))
        parts.append(element("text", label, x=f"{x:.2f}", y=_floor() + 19, text_anchor=anchor, class_="tick"))
    parts.append(element("text", caption, x=WIDTH / 2, y=HEIGHT - 10, text_anchor="middle", class_="tick"))
    return parts


def _published(x: float, loss: str, *, is_evidence: bool) -> list[Markup]:
    anchor, shift = ("start", 8) if x < WIDTH * 0.6 else ("end", -8)
    kind = "evidence" if is_evidence else "plain"
    return [
        element("line", x1=f"{x:.2f}", x2=f"{x:.2f}", y1=8, y2=_floor(), class_=f"published {kind}"),
        element(
            "text",
            f"your published set: {loss}",
            x=f"{x + shift:.2f}",
            y=19,
            text_anchor=anchor,
            class_=f"label {kind}",
        ),
    ]


def _quantile(x: float, alpha: Fraction) -> list[Markup]:
    anchor, shift = ("start", 8) if x < WIDTH * 0.6 else ("end", -8)
    return [
        element("line", x1=f"{x:.2f}", x2=f"{x:.2f}", y1=_TOP - 22, y2=_floor(), class_="quantile"),
        element(
            "text",
            f"{percent(alpha)} of all draws lie left of this",
            x=f"{x + shift:.2f}",
            y=_TOP - 13,
            text_anchor=anchor,
            class_="quantile-label",
        ),
    ]
