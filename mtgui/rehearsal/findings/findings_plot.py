"""The results of a rehearsal as one SVG picture: how many pictures are enough, and p for every user and design."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mtgui.auditing.report.markup import Markup, element
from mtgui.common.words import alpha_text, p_text, percent
from mtgui.rehearsal.rehearsal_result import DESIGNS

WIDTH = 760
_CURVE_HEIGHT, _MODEL_HEIGHT = 300, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 36, 62, 52
# The colours are readable on white and on black; each design also has a shape of its own.
_TEXT, _LINE, _CURVE, _ALPHA = "#808080", "#9a9a9a", "#3f87c7", "#d0603a"
_COLOURS = {"keys only": "#8a76c9", "withheld only": "#3f87c7", "both": "#d0603a"}
_TITLES = {
    "marked": "a model trained on the marked copies",
    "unmarked": "a model trained on the same pictures without marks",
    "absent": "a model that never saw the pictures",
}
_FONT = "system-ui, sans-serif"
# If the viewer tells its colour scheme, the text uses colours with more contrast.
_STYLE = (
    "@media (prefers-color-scheme: light) { text { fill: #505050 } } "
    "@media (prefers-color-scheme: dark) { text { fill: #c0c0c0 } }"
)


def results_plot(values: Mapping[str, Any], alpha: float) -> str:
    """Return an SVG picture of the ``values`` of a `RehearsalResult`; its text is text, and it has no background."""
    parts: list[Markup] = []
    top = 0
    if values["curve"]:
        parts.append(_moved(_curve(values["curve"]), top))
        top += _CURVE_HEIGHT
    for model in values["models"]:
        parts.append(_moved(_model(model, alpha), top))
        top += _MODEL_HEIGHT
    return element(
        "svg",
        element("title", values["sentence"]),
        element("style", Markup(_STYLE)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {max(top, 1)}",
        width=WIDTH,
        height=max(top, 1),
        role="img",
        font_family=_FONT,
        font_size=12,
    )


def _curve(curve: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """Draw the share of audits that find the user, by number of pictures, with its interval."""
    sizes = [point["published"] + point["withheld"] for point in curve]
    across = _scale(0, max(sizes), _LEFT, WIDTH - _RIGHT)
    up = _scale(0, 1, _CURVE_HEIGHT - _BOTTOM, _TOP)
    parts = [_text(_LEFT, 24, "Probability of being found, by number of pictures", size=15, weight="600")]
    parts.append(_text(_LEFT, 42, "bars: 95 %, every artist taken as one case"))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += [_rule(up(share)), _text(_LEFT - 8, up(share) + 4, percent(share, 0), anchor="end")]
    places = [f"{across(n):.1f},{up(point['share']):.1f}" for n, point in zip(sizes, curve, strict=True)]
    inner = sum(not point.get("is_beyond") for point in curve)
    solid, dotted = " ".join(places[:inner]), " ".join(places[max(0, inner - 1) :])
    parts.append(element("polyline", points=solid, fill="none", stroke=_CURVE, stroke_width=2))
    if inner < len(curve):
        parts.append(
            element("polyline", points=dotted, fill="none", stroke=_CURVE, stroke_width=2, stroke_dasharray="2 4")
        )
        parts.append(_text(WIDTH - _RIGHT, 42, "dotted: further artists, who have more pictures", anchor="end"))
    last = -math.inf
    for size, point in zip(sizes, curve, strict=True):
        x = across(size)
        said = f"{point['published']} published, {point['withheld']} withheld: found in {percent(point['share'], 0)}"
        parts.append(_line(x, up(point["low"]), x, up(point["high"]), _CURVE, 1.5))
        dot = element("title", said)
        parts.append(element("circle", dot, cx=f"{x:.1f}", cy=f"{up(point['share']):.1f}", r=4, fill=_CURVE))
        if x - last >= 44:
            label = f"{point['published']} + {point['withheld']}"
            parts.append(_text(x, _CURVE_HEIGHT - _BOTTOM + 18, label, anchor="middle"))
            last = x
    caption = "pictures published + withheld"
    return [*parts, _text((_LEFT + WIDTH - _RIGHT) / 2, _CURVE_HEIGHT - 12, caption, anchor="middle")]


def _model(model: Mapping[str, Any], alpha: float) -> list[Markup]:
    """Draw p of every user and design on one model, on a logarithmic axis."""
    users = model["users"]
    shown = [p for user in users for p in user["p_values"].values() if p is not None]
    decades = max(2, math.ceil(-math.log10(min([*shown, alpha])) - 1e-9))
    across = _scale(0.5, len(users) + 0.5, _LEFT, WIDTH - _RIGHT)
    up = _scale(-decades, 0, _MODEL_HEIGHT - _BOTTOM, _TOP)
    parts = [_text(_LEFT, 24, f"p of every artist: {_TITLES[model['kind']]}", size=15, weight="600")]
    for power in range(-decades, 1):
        parts += [_rule(up(power)), _text(_LEFT - 8, up(power) + 4, _power_of_ten(power), anchor="end")]
    place = _LEFT
    for design in DESIGNS:
        if any(user["p_values"][design] is not None for user in users):
            parts += [_symbol(design, place + 5, 42, design), _text(place + 15, 46, design)]
            place += 130
    if any(any(user["stopped_early"].values()) for user in users):
        parts.append(_text(WIDTH - _RIGHT, 46, "an audit that stopped early counts as p = 1", anchor="end"))
    y = up(math.log10(alpha))
    parts.append(_line(_LEFT, y, WIDTH - _RIGHT, y, _ALPHA, 1.5, dashes="5 4"))
    parts.append(_text(WIDTH - _RIGHT, y - 5, f"found: p ≤ {alpha_text(alpha)}", anchor="end"))
    every = math.ceil(len(users) / 25)
    for number, user in enumerate(users, 1):
        if number % every == 0 or len(users) <= 25:
            parts.append(_text(across(number), _MODEL_HEIGHT - _BOTTOM + 18, str(user["user"] + 1), anchor="middle"))
        for place_of, design in zip((-7, 0, 7), DESIGNS, strict=True):
            p_value = user["p_values"][design]
            if p_value is not None:
                said = f"artist {user['user'] + 1}, {design}: p = {p_text(p_value)}"
                parts.append(_symbol(design, across(number) + place_of, up(math.log10(p_value)), said))
    return [*parts, _text((_LEFT + WIDTH - _RIGHT) / 2, _MODEL_HEIGHT - 12, "artist", anchor="middle")]


def _power_of_ten(power: int) -> str:
    """Return 10 to the ``power`` (0 or negative) as a decimal number in text."""
    if power > -4:
        return f"{10.0**power:.{-power}f}"
    return f"10⁻{str(-power).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def _symbol(design: str, x: float, y: float, said: str) -> Markup:
    """Draw a circle, square or triangle with the tooltip ``said``."""
    title, colour = element("title", said), _COLOURS[design]
    if design == "keys only":
        return element("circle", title, cx=f"{x:.1f}", cy=f"{y:.1f}", r=4.5, fill="none", stroke=colour, stroke_width=2)
    if design == "withheld only":
        return element("rect", title, x=f"{x - 4:.1f}", y=f"{y - 4:.1f}", width=8, height=8, fill=colour)
    points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y + 4:.1f} {x - 5:.1f},{y + 4:.1f}"
    return element("polygon", title, points=points, fill=colour)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _moved(parts: Sequence[Markup], top: float) -> Markup:
    return element("g", *parts, transform=f"translate(0 {top})")


def _rule(y: float) -> Markup:
    return _line(_LEFT, y, WIDTH - _RIGHT, y, _LINE, 0.5)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dashes: str | None = None) -> Markup:
    return element(
        "line",
        x1=f"{x1:.1f}",
        y1=f"{y1:.1f}",
        x2=f"{x2:.1f}",
        y2=f"{y2:.1f}",
        stroke=colour,
        stroke_width=width,
        stroke_dasharray=dashes,
    )


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int | None = None, weight: str | None = None
) -> Markup:
    return element(
        "text", words, x=f"{x:.1f}", y=f"{y:.1f}", fill=_TEXT, text_anchor=anchor, font_size=size, font_weight=weight
    )
