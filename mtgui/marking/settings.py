"""The settings of a mark, their bounds, and the presets."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from mtgui.common.errors import UsageError

MarkKind = Literal["paper", "tint"]
NoiseKind = Literal["perlin", "uniform", "none"]
PatternKind = Literal["stripes", "picture"]

MARK_KINDS: tuple[MarkKind, ...] = get_args(MarkKind)
NOISE_KINDS: tuple[NoiseKind, ...] = get_args(NoiseKind)
PATTERN_KINDS: tuple[PatternKind, ...] = get_args(PatternKind)

DEFAULT_DESIGN_RESOLUTION = 224
TINY_DESIGN_RESOLUTION = 32
TINY_BELOW = 64
SMALLEST_SIDE = 16
NOISE_BUDGET_LIMIT = 64
TINT_LIMIT = 16.0
TINT_STEPS = 4
STRIPE_SPAN = 32
DESIGN_RESOLUTION_LIMITS = (16, 1024)


PAPER_ALGORITHM = "mtgui-mark-1"
TINT_ALGORITHM = "mtgui-mark-2"
ALGORITHMS: dict[MarkKind, str] = {"paper": PAPER_ALGORITHM, "tint": TINT_ALGORITHM}
"""Version of the algorithm of each kind of mark. Records name it; a mark that is made differently gets a new one."""


@dataclass(frozen=True)
class MarkSettings:
    """How strong a mark is and what it is made of.

    blend_ratio: weight of the original in the blend, 0 to 1; the paper's 0.7.
    noise_budget: L∞ bound of the noise in 255ths, whole, 0 to 64; the paper's 8.
    noise_kind: "perlin", "uniform" or "none".
    pattern_kind: "stripes", drawn from the key, or "picture", one of the user's.
    design_resolution: short side in pixels at which the mark is laid out; None lets each picture's size
    decide (224, or 32 for pictures under 64 pixels).
    kind: "paper", the mark of the settings above, or "tint", which none of them changes.
    tint_strength: root mean square of the tint over pixels and channels in 255ths, 0 to 16, rounded to quarters. It is
    reached on pictures with texture; on flat ones, and near black and white, the tint is weaker.
    tint_is_coloured: True if the tint shifts each channel by itself, False if it shifts light alone.
    """

    blend_ratio: float = 0.7
    noise_budget: int = 8
    noise_kind: NoiseKind = "perlin"
    pattern_kind: PatternKind = "stripes"
    design_resolution: int | None = None
    kind: MarkKind = "paper"
    tint_strength: float = 4.0
    tint_is_coloured: bool = False

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

        if self.kind not in MARK_KINDS:
            raise UsageError(f"There is no mark called “{self.kind}”; choose {', '.join(MARK_KINDS)}.")
        if not 0.0 <= self.tint_strength <= TINT_LIMIT:
            raise UsageError(
                f"The strength of a tint must lie between 0 and {TINT_LIMIT:g}; it is {self.tint_strength:g}."
            )

    @property
    def needs_picture(self) -> bool:
        """True when the pattern is one of the user's pictures."""
        return self.kind == "paper" and self.pattern_kind == "picture"

    @property
    def algorithm(self) -> str:
        """The version of the algorithm that makes this mark."""
        return ALGORITHMS[self.kind]

    @property
    def tint_quarters(self) -> int:
        """The strength of the tint in quarters of a 255th; 0 for other kinds of marks."""
        return int(self.tint_strength * TINT_STEPS + 0.5) if self.kind == "tint" else 0

    @property
    def original_share(self) -> int:
        """The weight of the original in 256ths, rounded from the blend ratio."""
        return int(self.blend_ratio * 256.0 + 0.5)

    @property
    def has_noise(self) -> bool:
        """True when the noise step changes anything."""
        return self.kind == "paper" and self.noise_kind != "none" and self.noise_budget > 0

    @property
    def has_blend(self) -> bool:
        """True when the blend step changes anything."""
        return self.kind == "paper" and self.original_share < 256

    @property
    def has_tint(self) -> bool:
        """True when there is a tint."""
        return self.tint_quarters > 0

    def values(self) -> dict[str, Any]:
        """Return the settings that count as plain values, as records keep them; ``MarkSettings(**values)`` reads them.

        The values of the paper's mark are those that records had before there were tints.
        """
        if self.kind == "tint":
            strength = self.tint_quarters / TINT_STEPS
            return {"kind": self.kind, "tint_strength": strength, "tint_is_coloured": self.tint_is_coloured}
        names = ("blend_ratio", "noise_budget", "noise_kind", "pattern_kind", "design_resolution")
        return {name: getattr(self, name) for name in names}

    def strength_values(self) -> dict[str, Any]:
        """Return those of `values` on which the strength depends: none of them where there is no mark at all."""
        if self.is_invisible:
            return {}
        return {
            name: value for name, value in self.values().items() if name not in ("pattern_kind", "design_resolution")
        }

    @property
    def in_words(self) -> str:
        """The settings in words."""
        if self.is_invisible:
            return "no mark at all"
        if self.kind == "tint":
            what = "light and colour" if self.tint_is_coloured else "light"
            return f"a tint of {what}, {self.tint_quarters / TINT_STEPS:g}/255"
        noise = f"{self.noise_kind} noise of {self.noise_budget}/255" if self.has_noise else "no noise"
        pattern = "colour stripes" if self.pattern_kind == "stripes" else "a picture as pattern"
        blend = f"blend ratio {self.blend_ratio:g} with {pattern}" if self.has_blend else "no blend"
        fixed = "" if self.design_resolution is None else f", design resolution {self.design_resolution}"
        return f"{blend}, {noise}{fixed}"

    @property
    def is_invisible(self) -> bool:
        """True when there is no mark at all: only withheld pictures can then show that a set was used."""
        return not (self.has_noise or self.has_blend or self.has_tint)

    @property
    def has_key_coin(self) -> bool:
        """True when the key changes the mark by at least half a level, so that decoy keys can be compared with it."""
        if self.kind == "tint":
            return self.tint_quarters * 2 >= TINT_STEPS
        noise = self.original_share * self.noise_budget if self.has_noise else 0
        stripes = (256 - self.original_share) * STRIPE_SPAN if self.pattern_kind == "stripes" else 0
        return max(noise, stripes) >= 128


@dataclass(frozen=True)
class Preset:
    """A named kind and strength of the mark."""

    name: str
    title: str
    mark: MarkSettings
    meaning: str

    def applied_to(self, settings: MarkSettings) -> MarkSettings:
        """Return ``settings`` with the kind and strength of this preset."""
        return replace(settings, **_strength(self.mark))


def _strength(settings: MarkSettings) -> dict[str, Any]:
    """Return the fields that a preset sets: the kind of mark and what makes it strong."""
    if settings.kind == "tint":
        return settings.values()
    return {"kind": settings.kind, "blend_ratio": settings.blend_ratio, "noise_budget": settings.noise_budget}


NO_MARK = MarkSettings(1.0, 0)
"""Pictures are not changed."""
_CLEAR = MarkSettings(kind="tint", tint_strength=7.25, tint_is_coloured=True)
PRESETS: tuple[Preset, ...] = (
    Preset("invisible", "Invisible", NO_MARK, "Pictures are not changed. Those that stay home prove use."),
    Preset("faint", "Faint", MarkSettings(kind="tint", tint_strength=3.25), "A tint of light that nobody notices."),
    Preset("clear", "Clear", _CLEAR, "A tint of light and colour for those who must publish everything."),
    Preset("paper", "Paper", MarkSettings(0.7, 8), "Stripes and noise of the published method: plainly visible."),
)
FORMER_PRESETS: tuple[Preset, ...] = (
    Preset("subtle", "Subtle", MarkSettings(0.92, 2), "Faint stripes and noise."),
    Preset("balanced", "Balanced", MarkSettings(0.85, 4), "Stripes and noise, visible on smooth areas."),
    Preset("strong", "Strong", MarkSettings(0.7, 8), "The same as Paper."),
)
"""Presets of earlier versions; scripts and grids may still name them."""


def preset_named(name: str) -> Preset:
    """Return the preset called ``name``; upper and lower case are the same. Raises UsageError listing the names."""
    for preset in (*PRESETS, *FORMER_PRESETS):
        if preset.name == name.strip().lower():
            return preset
    names = ", ".join(preset.name for preset in PRESETS)
    raise UsageError(f"There is no preset called “{name}”; choose one of {names}.")


def proposed_preset(*, publishes_all: bool) -> Preset:
    """Return the preset that is proposed: a mark only where no picture stays private."""
    return preset_named("clear" if publishes_all else "invisible")


def preset_of(settings: MarkSettings) -> Preset | None:
    """Return the preset with the kind and strength of ``settings``, None where there is none."""
    return next((preset for preset in PRESETS if _strength(preset.mark) == _strength(settings)), None)


def design_resolution_for(settings: MarkSettings, height: int, width: int) -> int:
    """Return the design resolution of a picture of ``height`` × ``width`` pixels under ``settings``."""
    if settings.design_resolution is not None:
        return settings.design_resolution
    return TINY_DESIGN_RESOLUTION if min(height, width) < TINY_BELOW else DEFAULT_DESIGN_RESOLUTION
