"""The words of a verdict card, for every page that has one."""

from dataclasses import dataclass

from mtgui.desktop.theme.tokens import Role

SMALLEST_LOSS = 1e-6
"""On a logarithmic axis, smaller losses are drawn at this value."""


@dataclass(frozen=True)
class CardWords:
    """The content of a verdict card: sign, headline, sentence, small print. ``kind`` selects colour and sign."""

    kind: str
    sign: str
    role: Role
    headline: str
    sentence: str
    caveat: str = ""
