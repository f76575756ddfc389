"""The result of a rehearsal of LoRAs: frozen dataclasses for programs and for the window, without torch."""

from dataclasses import dataclass, field
from typing import Any

from mtgui.common.codec import to_values

KIND, SCHEMA = "fine-tunes", 1
CAVEAT = (
    "This is one small model that works on pixels, with a base that saw few pictures. A LoRA of a large model may "
    "remember each picture better or worse after as many exposures."
)


@dataclass(frozen=True)
class ArtistResult:
    """One artist: the model made of the published copies, audited after each number of exposures.

    p_values: of the artist, one for each number of exposures. innocent: of the next artist's pictures, which the same
    model never saw. smallest_p: that the artist's numbers of pictures allow. is_own: True for the person's own.
    """

    artist: int
    p_values: tuple[float, ...]
    innocent: tuple[float, ...]
    smallest_p: float
    is_own: bool = False


@dataclass(frozen=True)
class ExposurePoint:
    """After ``exposures`` of each picture, ``found`` of ``of`` artists had p ≤ α, and ``accused`` of the innocent.

    share: found / of. low, high: 95 % interval of the share.
    """

    exposures: int
    found: int
    of: int
    share: float
    low: float
    high: float
    accused: int


@dataclass(frozen=True)
class TuningResult:
    """A whole rehearsal of LoRAs or fine-tunes.

    settings: of the request, with the title of the device. exposures: ascending. own: number of the artist
    with the person's own pictures, None without. sentence: in words.
    """

    settings: dict[str, Any]
    exposures: tuple[int, ...]
    artists: tuple[ArtistResult, ...]
    points: tuple[ExposurePoint, ...]
    sentence: str
    own: int | None = None
    caveat: str = CAVEAT
    kind: str = KIND
    schema: int = field(default=SCHEMA)

    def values(self) -> dict[str, Any]:
        """Return the whole result as values for JSON."""
        values: dict[str, Any] = to_values(self)
        return values
