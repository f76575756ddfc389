"""The options of a rehearsal of LoRAs and fine-tunes as one frozen dataclass, before any file is read."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from mtgui.common.errors import UsageError
from mtgui.rehearsal.rehearsal_settings import PictureSettings, RehearsalSettings

FineTune = Literal["lora", "full"]
FINE_TUNES: tuple[FineTune, ...] = get_args(FineTune)
EXPOSURES = (10, 20, 50, 100, 200)
SIDE, WIDTH, BASE_STEPS, RANK, ARTISTS = 16, 16, 1200, 4, 4
MOST_EXPOSURES, MOST_WIDTH, MOST_STEPS, MOST_RANK, MOST_ARTISTS = 10_000, 1024, 1_000_000, 512, 100
STEP_OF_SIDE, STEP_OF_WIDTH = 4, 8
"""The network halves its pictures twice, and its norms and heads take channels in groups of eight."""
UNMARKED = "invisible"
NOTHING_PRIVATE = "The test of a LoRA rests on the pictures that chance keeps private: withhold one at least."


@dataclass(frozen=True)
class TuningSettings(PictureSettings):
    """The options of a rehearsal with a small diffusion model; None means the default.

    fine_tune: what is made of each artist's copies: a LoRA, or a model of which all weights are trained further.
    exposures: the artist is audited when training has shown each picture so many times. rank: of a LoRA. width:
    channels of the network's first block. base_steps: of the training of the base. Without an option of a mark and
    without a record, the copies are published without a mark.
    """

    side: int = SIDE
    users: int = ARTISTS
    fine_tune: FineTune = "lora"
    exposures: tuple[int, ...] = EXPOSURES
    rank: int = RANK
    width: int = WIDTH
    base_steps: int = BASE_STEPS

    def __post_init__(self) -> None:
        """Raise UsageError if a number is impossible."""
        if self.fine_tune not in FINE_TUNES:
            raise UsageError(f"A base is fine-tuned as {' or '.join(FINE_TUNES)}; “{self.fine_tune}” is neither.")
        if not self.exposures or list(self.exposures) != sorted(set(self.exposures)):
            raise UsageError("Numbers of exposures are named once each, from the smallest to the largest.")
        for name, number, least, most in (
            ("seed", self.seed, 0, 1 << 62),
            ("smallest number of exposures", self.exposures[0], 1, MOST_EXPOSURES),
            ("largest number of exposures", self.exposures[-1], 1, MOST_EXPOSURES),
            ("number of artists", self.users, 2, MOST_ARTISTS),
            ("rank of a LoRA", self.rank, 1, MOST_RANK),
            ("width of the network", self.width, STEP_OF_WIDTH, MOST_WIDTH),
            ("number of steps of the base", self.base_steps, 1, MOST_STEPS),
        ):
            if not least <= number <= most:
                raise UsageError(f"The {name} lies between {least:,} and {most:,}; {number:,} does not.")
        if self.withheld == 0:
            raise UsageError(NOTHING_PRIVATE)
        for name, number, step in (("width", self.width, STEP_OF_WIDTH), ("side", self.side, STEP_OF_SIDE)):
            if number % step:
                raise UsageError(f"The {name} is a multiple of {step} here; {number:,} is not.")

    @property
    def of_pictures(self) -> RehearsalSettings:
        """What other rehearsals call the same pictures, artists and marks; it says nothing of a training."""
        paper = (self.blend, self.noise, self.noise_kind)
        is_marked = (
            self.record is not None
            or self.tint is not None
            or self.tint_colour
            or any(one is not None for one in paper)
        )
        shared = {field.name: getattr(self, field.name) for field in fields(PictureSettings)}
        if self.preset is None and not is_marked:
            shared["preset"] = UNMARKED
        return RehearsalSettings(**shared)


DEMO = TuningSettings(users=3, base_steps=BASE_STEPS // 2, exposures=(20, 100, 200))
"""What a demo shows, and the window's quick rehearsals of drawn pictures."""
