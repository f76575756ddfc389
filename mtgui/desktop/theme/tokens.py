"""The colours, sizes and spaces of the window: two frozen colour tables and a few constants."""

from dataclasses import dataclass
from typing import Literal

Scheme = Literal["dark", "light"]
Role = Literal["text", "muted", "disabled", "accent", "on_accent", "evidence", "no_evidence", "caution", "error"]

GRID = 4
CONTROL_HEIGHT = 28
PRIMARY_HEIGHT = 38
RADIUS = 5
CARD_RADIUS = 8
TEXT_PIXELS = 13
CAPTION_PIXELS = 12
HEAD_PIXELS = 11
TITLE_PIXELS = 18


@dataclass(frozen=True)
class Tokens:
    """One colour table; every value is ``#rrggbb``.

    Backgrounds, from back to front: ``surround`` (behind pictures), ``window``, ``panel``, ``raised`` (controls),
    ``hover``. ``bars`` fills histograms. A verdict has a sign as well: colour alone never tells it.
    """

    scheme: Scheme
    surround: str
    window: str
    panel: str
    raised: str
    hover: str
    field: str
    groove: str
    line: str
    edge: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    handle: str
    evidence: str
    no_evidence: str
    caution: str
    error: str
    bars: str

    def role(self, role: Role) -> str:
        """Return the colour of a foreground ``role``."""
        colour: str = getattr(self, role)
        return colour


DARK = Tokens(
    scheme="dark",
    surround="#262626",
    window="#2b2b2b",
    panel="#333333",
    raised="#3d3d3d",
    hover="#474747",
    field="#2b2b2b",
    groove="#515151",
    line="#474747",
    edge="#565656",
    text="#e8e8e8",
    muted="#adadad",
    disabled="#7a7a7a",
    accent="#5aa9e6",
    accent_hover="#74b9ee",
    on_accent="#0d1b26",
    handle="#f0f0f0",
    evidence="#ec9572",
    no_evidence="#9db1c4",
    caution="#e0b252",
    error="#f4968a",
    bars="#7d95ab",
)

LIGHT = Tokens(
    scheme="light",
    surround="#d9d9d9",
    window="#e9e9e9",
    panel="#f6f6f6",
    raised="#ffffff",
    hover="#ececec",
    field="#ffffff",
    groove="#c4c4c4",
    line="#d2d2d2",
    edge="#bdbdbd",
    text="#1e1e1e",
    muted="#585858",
    disabled="#9a9a9a",
    accent="#1f6fb2",
    accent_hover="#185f9b",
    on_accent="#ffffff",
    handle="#ffffff",
    evidence="#a63a1b",
    no_evidence="#4b5f73",
    caution="#795400",
    error="#a8201a",
    bars="#8aa0b4",
)


def tokens_of(scheme: Scheme) -> Tokens:
    """Return the colour table of ``scheme``."""
    return DARK if scheme == "dark" else LIGHT


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
