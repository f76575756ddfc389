"""What a card says of a verdict, for every page that has one."""

from dataclasses import dataclass

from mtgui.desktop.theme.tokens import Role

SMALLEST_LOSS = 1e-6
"""Losses below this are drawn at it on a logarithmic axis."""


@dataclass(frozen=True)
class CardWords:
    """What a verdict card shows: sign, headline, sentence, small print. ``kind`` colours and draws its sign."""

    kind: str
    sign: str
    role: Role
    headline: str
    sentence: str
    caveat: str = ""
