"""Everything a person can set on the Rehearse page, as one frozen value, and what it costs."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from mtgui.common.texts import text
from mtgui.common.words import counted, whole
from mtgui.marking.settings import MarkSettings, Preset, preset_of
from mtgui.records.attainable_p import AuditSize, StratumSize
from mtgui.records.chances import KEYS_BESIDE_WITHHELD
from mtgui.rehearsal.countermeasure_table import Switch, switch_named
from mtgui.rehearsal.fine_tuning.tuning_settings import BASE_STEPS, DEMO, EXPOSURES, FineTune

Source = Literal["made", "pictures", "record"]
SOURCES: tuple[Source, ...] = get_args(Source)
Model = Literal["classifier", "diffusion"]
MODELS: tuple[Model, ...] = get_args(Model)
Effort = Literal["quick", "thorough"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
ALPHA = 0.01
"""The error probability at which a user counts as found."""
REACH = 25
"""The curve goes on to so many pictures published and as many private, however few the person has."""
MOST_EPOCHS, MOST_USERS, MOST_PICTURES, MOST_SEED = 400, 40, 500, 999_999


@dataclass(frozen=True)
class Extent:
    """The numbers in which the two efforts differ."""

    network: str
    epochs: int
    users: int
    limit: int | None
    audit_every: int
    keys: int
    sets: int


EXTENTS: dict[Effort, Extent] = {
    "quick": Extent("resnet8", 30, 5, 800, 5, 199, 0),
    "thorough": Extent("fast", 40, 10, None, 4, 999, 200),
}


@dataclass(frozen=True)
class TuningExtent:
    """The numbers in which the two efforts of a rehearsal of LoRAs differ."""

    users: int
    base_steps: int
    exposures: tuple[int, ...]


TUNING_EXTENTS: dict[Effort, TuningExtent] = {
    "quick": TuningExtent(DEMO.users, DEMO.base_steps, DEMO.exposures),
    "thorough": TuningExtent(8, 2 * BASE_STEPS, EXPOSURES),
}
FEWEST_TUNED = 2
"""Artists of a rehearsal of LoRAs, at least: each is looked for in the model of another one, too."""


@dataclass(frozen=True)
class RehearsalChoices:
    """The settings of a rehearsal.

    pictures: the person's own files and folders. record: a mark record, whose originals lie in ``places``. others:
    the folder of other people's pictures; None for pictures that mtgui draws. measures: keys of the switches that are
    on, with their values. network, epochs, users: None for the value of the effort. model: what the model maker
    trains; fine_tune: what becomes of a diffusion model.
    """

    source: Source = "made"
    pictures: tuple[Path, ...] = ()
    record: Path | None = None
    places: tuple[Path, ...] = ()
    published: int = 25
    withheld: int = 25
    mark: MarkSettings = field(default_factory=MarkSettings)
    others: Path | None = None
    measures: tuple[tuple[str, float], ...] = ()
    effort: Effort = "quick"
    network: str | None = None
    epochs: int | None = None
    users: int | None = None
    device: str = "auto"
    seed: int = 0
    model: Model = "classifier"
    fine_tune: FineTune = "lora"

    @property
    def is_diffusion(self) -> bool:
        """True where LoRAs or fine-tunes of a diffusion model are rehearsed."""
        return self.model == "diffusion"

    @property
    def tuning_extent(self) -> TuningExtent:
        """The numbers of the effort of a rehearsal of LoRAs, with the person's own number of artists."""
        usual = TUNING_EXTENTS[self.effort]
        return replace(usual, users=usual.users if self.users is None else max(FEWEST_TUNED, self.users))

    @property
    def extent(self) -> Extent:
        """The numbers of the effort, replaced by the person's own where they are set."""
        usual = EXTENTS[self.effort]
        return Extent(
            network=self.network or usual.network,
            epochs=self.epochs or usual.epochs,
            users=self.users or usual.users,
            limit=usual.limit,
            audit_every=max(1, usual.audit_every * (self.epochs or usual.epochs) // usual.epochs),
            keys=usual.keys,
            sets=usual.sets,
        )

    @property
    def switches(self) -> tuple[tuple[Switch, float], ...]:
        """The countermeasures that are on, with their values."""
        named = [(switch_named(key), value) for key, value in self.measures]
        return tuple((switch, value) for switch, value in named if switch is not None)

    @property
    def preset(self) -> Preset | None:
        """The preset with this mark; None if there is none."""
        return preset_of(self.mark)


def scaled(published: int, withheld: int, pictures: int) -> tuple[int, int]:
    """Return both numbers, scaled down in proportion so that their sum is at most ``pictures``.

    Each stays at least 1, except that no withheld pictures stay none.
    """
    wanted = published + withheld
    if wanted <= pictures:
        return published, withheld
    fewer = min(max(1, round(pictures * published / wanted)), pictures - min(withheld, 1))
    return fewer, pictures - fewer if withheld else 0


def smallest_p(mark: MarkSettings, published: int, withheld: int) -> Fraction:
    """Return the smallest p that the strongest audit of a rehearsal can reach."""
    keys = 0 if not mark.has_key_coin else KEYS_BESIDE_WITHHELD if withheld else EXTENTS["quick"].keys
    return AuditSize((StratumSize(published, published + withheld),), keys + 1).smallest_p


def cost_in_words(choices: RehearsalChoices, seconds: float | None, *, is_measuring: bool = False) -> str:
    """Return a sentence on what the rehearsal will do, and about how many ``seconds`` it takes on this computer.

    seconds: None if it has not been measured.
    """
    if choices.is_diffusion:
        return f"{_tuning_in_words(choices)} {_time_in_words(seconds, is_measuring=is_measuring)}"
    extent = choices.extent
    slower = "".join(f" {switch.cost}" for switch, _ in choices.switches if switch.cost)
    what = text(
        "Two small models, {rounds} each, with the pictures of {artists}.",
        rounds=counted(extent.epochs, "round"),
        artists=counted(extent.users, "artist"),
    )
    return f"{what} {_time_in_words(seconds, is_measuring=is_measuring)}{slower}"


def _tuning_in_words(choices: RehearsalChoices) -> str:
    extent = choices.tuning_extent
    what = text("LoRA") if choices.fine_tune == "lora" else text("fine-tune")
    return text(
        "A base, and a {what} for each of {artists}, audited after {exposures} of each picture.",
        what=what,
        artists=counted(extent.users, "artist"),
        exposures=_and(extent.exposures),
    )


def _and(numbers: tuple[int, ...]) -> str:
    *first, last = map(whole, numbers)
    listed = text("{first} and {last}", first=", ".join(first), last=last) if first else last
    return text("{listed} exposures", listed=listed)


def time_in_words(seconds: float) -> str:
    """Return about how long a rehearsal of so many ``seconds`` takes on this computer."""
    return text("{span} on this computer, as busy as it is now.", span=_span(seconds))


def _time_in_words(seconds: float | None, *, is_measuring: bool) -> str:
    if seconds is not None:
        return time_in_words(seconds)
    if is_measuring:
        return text("Measuring how long this takes on this computer…")
    return text("How long this takes on this computer has not been measured yet.")


def _span(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 0.7:
        return text("Less than a minute")
    if minutes < 1.6:
        return text("About a minute")
    if minutes < 8:
        return text("About {minutes} minutes", minutes=whole(round(minutes)))
    if minutes < 50:
        return text("About {minutes} minutes", minutes=whole(5 * round(minutes / 5)))
    if minutes < 90:
        return text("About an hour")
    return text("About {hours} hours", hours=whole(round(minutes / 60)))
