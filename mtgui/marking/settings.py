"""The settings of a mark, their bounds, and the presets."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from mtgui.common.errors import UsageError

NoiseKind = Literal["perlin", "uniform", "none"]
PatternKind = Literal["stripes", "picture"]

NOISE_KINDS: tuple[NoiseKind, ...] = get_args(NoiseKind)
PATTERN_KINDS: tuple[PatternKind, ...] = get_args(PatternKind)

DEFAULT_DESIGN_RESOLUTION = 224
TINY_DESIGN_RESOLUTION = 32
TINY_BELOW = 64
SMALLEST_SIDE = 16
NOISE_BUDGET_LIMIT = 64
STRIPE_SPAN = 32
DESIGN_RESOLUTION_LIMITS = (16, 1024)


@dataclass(frozen=True)
class MarkSettings:
    """How strong a mark is and what it is made of.

    blend_ratio: weight of the original in the blend, 0 to 1; the paper's 0.7.
    noise_budget: L∞ bound of the noise in 255ths, whole, 0 to 64; the paper's 8.
    noise_kind: "perlin", "uniform" or "none".
    pattern_kind: "stripes", drawn from the key, or "picture", one of the user's.
    design_resolution: short side in pixels at which the mark is laid out; None lets each picture's size
    decide (224, or 32 for pictures under 64 pixels).
    """

    blend_ratio: float = 0.7
    noise_budget: int = 8
    noise_kind: NoiseKind = "perlin"
    pattern_kind: PatternKind = "stripes"
    design_resolution: int | None = None

    def __post_init__(self) -> None:
        """Raise UsageError where a value lies outside its bounds."""
        if not 0.0 <= self.blend_ratio <= 1.0:
            raise UsageError(f"The blend ratio must lie between 0 and 1; it is {self.blend_ratio:g}.")
        budget: object = self.noise_budget
        if not isinstance(budget, int) or not 0 <= budget <= NOISE_BUDGET_LIMIT:
            raise UsageError(
                f"The noise budget must be a whole number from 0 to {NOISE_BUDGET_LIMIT}; it is {self.noise_budget:g}."
            )
        if self.noise_kind not in NOISE_KINDS:
            raise UsageError(f"There is no noise called “{self.noise_kind}”; choose {', '.join(NOISE_KINDS)}.")
        if self.pattern_kind not in PATTERN_KINDS:
            raise UsageError(f"There is no pattern called “{self.pattern_kind}”; choose {', '.join(PATTERN_KINDS)}.")
        low, high = DESIGN_RESOLUTION_LIMITS
        if self.design_resolution is not None and not low <= self.design_resolution <= high:
            raise UsageError(
                f"The design resolution must lie between {low} and {high} pixels; it is {self.design_resolution}."
            )

    @property
    def original_share(self) -> int:
        """The weight of the original in 256ths, rounded from the blend ratio."""
        return int(self.blend_ratio * 256.0 + 0.5)

    @property
    def has_noise(self) -> bool:
        """True when the noise step changes anything."""
        return self.noise_kind != "none" and self.noise_budget > 0

    @property
    def has_blend(self) -> bool:
        """True when the blend step changes anything."""
        return self.original_share < 256

    @property
    def is_invisible(self) -> bool:
        """True when there is no mark at all: only withheld pictures can then show that a set was used."""
        return not self.has_noise and not self.has_blend

    @property
    def has_key_coin(self) -> bool:
        """True when the key changes the mark by at least half a level, so that decoy keys can be compared with it."""
        noise = self.original_share * self.noise_budget if self.has_noise else 0
        stripes = (256 - self.original_share) * STRIPE_SPAN if self.pattern_kind == "stripes" else 0
        return max(noise, stripes) >= 128


@dataclass(frozen=True)
class Preset:
    """A named choice of blend ratio and noise budget."""

    name: str
    title: str
    blend_ratio: float
    noise_budget: int
    meaning: str

    def applied_to(self, settings: MarkSettings) -> MarkSettings:
        """Return ``settings`` with the strength of this preset."""
        return replace(settings, blend_ratio=self.blend_ratio, noise_budget=self.noise_budget)


PRESETS: tuple[Preset, ...] = (
    Preset("invisible", "Invisible", 1.0, 0, "No mark at all. Only pictures you keep private can prove use."),
    Preset("subtle", "Subtle", 0.92, 2, "Hard to see on most pictures; needs pictures kept private."),
    Preset("balanced", "Balanced", 0.85, 4, "Visible on smooth skies, easy to overlook elsewhere."),
    Preset("strong", "Strong", 0.7, 8, "The paper's setting: plainly visible, found most surely."),
)


def preset_named(name: str) -> Preset:
    """Return the preset called ``name``; upper and lower case are the same. Raises UsageError listing the names."""
    for preset in PRESETS:
        if preset.name == name.strip().lower():
            return preset
    names = ", ".join(preset.name for preset in PRESETS)
    raise UsageError(f"There is no preset called “{name}”; choose one of {names}.")


def preset_of(settings: MarkSettings) -> Preset | None:
    """Return the preset with the strength of ``settings``, None where there is none."""
    strength = (settings.blend_ratio, settings.noise_budget)
    return next((preset for preset in PRESETS if (preset.blend_ratio, preset.noise_budget) == strength), None)


def design_resolution_for(settings: MarkSettings, height: int, width: int) -> int:
    """Return the design resolution of a picture of ``height`` × ``width`` pixels under ``settings``."""
    if settings.design_resolution is not None:
        return settings.design_resolution
    return TINY_DESIGN_RESOLUTION if min(height, width) < TINY_BELOW else DEFAULT_DESIGN_RESOLUTION
