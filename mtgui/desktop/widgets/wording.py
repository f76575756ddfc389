"""Words that pages share: a verdict on its card, and numbers at a glance."""

import math
from dataclasses import dataclass
from fractions import Fraction

from mtgui.auditing.report import report_words as words
from mtgui.desktop.theme.tokens import Role

SMALLEST_LOSS = 1e-6
"""Losses below this are drawn at it on a logarithmic axis."""


@dataclass(frozen=True)
class Verdict:
    """What a verdict card says: sign, headline, sentence, small print. ``kind`` colours and draws its sign."""

    kind: str
    sign: str
    role: Role
    headline: str
    sentence: str
    caveat: str = ""


def nats(value: float) -> str:
    """Return a loss with three digits that count."""
    if math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    digits = min(max(0, 2 - math.floor(math.log10(abs(value)))), 6)
    return f"{value:.{digits}f}"


def share(part: float) -> str:
    """Return a share as “1 %”."""
    return f"{100 * part:g} %"


def probability(value: object) -> Fraction | None:
    """Return ``value``, a number or a fraction as text, as a probability; None where it is neither."""
    if not isinstance(value, str | int | float):
        return None
    try:
        # By way of the text, so that 0.01 is a hundredth.
        found = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return found if 0 < found <= 1 else None


def p_text(p: Fraction | None) -> str:
    """Return ``p`` with two digits that count, rounded up, as the report writes it; a dash where it is not known."""
    return "–" if p is None else words.probability(p)
