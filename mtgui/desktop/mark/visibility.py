"""How visible a mark is, in words; this is the only place that decides from which numbers on people see it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from mtgui.common.texts import plural, text
from mtgui.common.words import whole

Seen = Literal["nothing", "not visible", "hard to see", "visible", "plainly visible"]
SEEN: tuple[Seen, ...] = get_args(Seen)
"""From nothing to plain."""
Place = Literal["bright", "dark", "smooth", "detailed"]
Where = Place | Literal["all over"]

LEAST_SSIM: tuple[tuple[float, Seen], ...] = ((0.995, "not visible"), (0.975, "hard to see"), (0.9, "visible"))
"""Patterns and grain: what is seen at an SSIM of at least this; with less than the last, they are plainly visible."""
MOST_SHIFT: tuple[tuple[float, Seen], ...] = ((3.0, "not visible"), (8.0, "hard to see"), (15.0, "visible"))
"""Colours: what is seen where the mean colours of the parts that change most are at most this ΔE2000 apart.

With more than the last, they are plainly visible.

A smooth shift is noticed later than two patches side by side.
"""
_WORDS: dict[Seen, str] = {
    "nothing": "The picture is not changed",
    "not visible": "Not visible",
    "hard to see": "Hard to see",
    "visible": "Visible",
    "plainly visible": "Plainly visible",
}
_ON: dict[Where, tuple[str, str]] = {
    "bright": ("Visible on bright areas", "Plainly visible on bright areas"),
    "dark": ("Visible on dark areas", "Plainly visible on dark areas"),
    "smooth": ("Visible on smooth areas", "Plainly visible on smooth areas"),
    "detailed": ("Visible on details", "Plainly visible on details"),
    "all over": ("Visible as a cast of light or colour", "Plainly visible as a cast of light or colour"),
}


@dataclass(frozen=True)
class Visibility:
    """How visible a mark is on one picture.

    psnr: in decibels; infinite without a change. ssim: at most 1. delta_e, delta_e_95: mean and 95th percentile of
    ΔE2000. shift: ΔE2000 between mean colours, in the parts of the picture that change most. spot: where it shows
    most, as shares (down, across) of the picture. place: what kind of area that is.
    """

    psnr: float
    ssim: float
    delta_e: float
    delta_e_95: float
    shift: float
    spot: tuple[float, float] = (0.5, 0.5)
    place: Place = "smooth"

    @property
    def seen(self) -> Seen:
        """How much of it people see."""
        if math.isinf(self.psnr):
            return "nothing"
        return max(_by_pattern(self.ssim), _by_colour(self.shift), key=SEEN.index)

    @property
    def where(self) -> Where:
        """Where people see it: all over if its colours are more conspicuous than its pattern, else in one place."""
        is_cast = SEEN.index(_by_colour(self.shift)) > SEEN.index(_by_pattern(self.ssim))
        return "all over" if is_cast else self.place

    @property
    def is_visible(self) -> bool:
        """True when people who look at the copy alone may notice the mark."""
        return SEEN.index(self.seen) >= SEEN.index("visible")

    @property
    def in_words(self) -> str:
        """What people see, in a few words."""
        if self.is_visible:
            return text(_ON[self.where][self.seen == "plainly visible"])
        return text(_WORDS[self.seen])

    @property
    def in_numbers(self) -> str:
        """The measures, for people who know them."""
        if self.seen == "nothing":
            return text("The copy shows exactly what the original shows.")
        return text(
            "PSNR {psnr} dB · SSIM {ssim} · ΔE2000 {mean} on average, {most} at the 95th percentile, "
            "{shift} between the mean colours of the parts that change most",
            psnr=f"{self.psnr:.1f}",
            ssim=f"{self.ssim:.3f}",
            mean=f"{self.delta_e:.1f}",
            most=f"{self.delta_e_95:.1f}",
            shift=f"{self.shift:.1f}",
        )


def _by_pattern(ssim: float) -> Seen:
    return next((seen for least, seen in LEAST_SSIM if ssim >= least), "plainly visible")


def _by_colour(shift: float) -> Seen:
    return next((seen for most, seen in MOST_SHIFT if shift <= most), "plainly visible")


@dataclass(frozen=True)
class Survey:
    """How visible a mark is on the pictures that were looked at, and how many pictures there are in all."""

    found: tuple[tuple[Path, Visibility], ...] = ()
    pictures: int = 0

    @property
    def seen(self) -> Seen:
        """How much people see on the picture on which they see most."""
        return max((one.seen for _, one in self.found), key=SEEN.index, default="nothing")

    @property
    def worst(self) -> Path | None:
        """The picture on which the mark shows most; None if nobody sees it anywhere."""
        seen = [(path, one) for path, one in self.found if SEEN.index(one.seen) >= SEEN.index("hard to see")]
        return max(seen, key=_conspicuous)[0] if seen else None

    @property
    def in_words(self) -> str:
        """One sentence about all pictures; empty while nothing is known."""
        if not self.found:
            return ""
        visible = [one for _, one in self.found if one.is_visible]
        if not visible:
            return text(_WORDS[self.seen])
        places = [one.where for one in visible]
        usual = max(dict.fromkeys(places), key=places.count)
        is_plain = sum(one.seen == "plainly visible" for one in visible) * 2 > len(visible)
        told = {"what": text(_ON[usual][is_plain]), "visible": whole(len(visible))}
        looked_at = len(self.found)
        if looked_at < self.pictures:
            return plural(
                looked_at,
                "{what} in {visible} of {count} picture looked at",
                "{what} in {visible} of {count} pictures looked at",
                **told,
            )
        return plural(
            looked_at, "{what} in {visible} of {count} picture", "{what} in {visible} of {count} pictures", **told
        )


def _conspicuous(one: tuple[Path, Visibility]) -> tuple[int, float]:
    found = one[1]
    return SEEN.index(found.seen), found.shift + 40 * (1 - found.ssim)


def evenly(paths: Sequence[Path], most: int) -> tuple[Path, ...]:
    """Return at most ``most`` of ``paths``, at even distances, the first among them."""
    if len(paths) <= most:
        return tuple(paths)
    return tuple(paths[place * len(paths) // most] for place in range(most))
