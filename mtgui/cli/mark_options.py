"""From the options of a mark to its settings; the same rules for ``mtgui mark`` and ``mtgui rehearse``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mtgui.common.errors import UsageError
from mtgui.marking.settings import MarkSettings, preset_named


@dataclass(frozen=True)
class MarkOptions:
    """Options of a mark as they were given; None where an option is not there.

    paper: fields of the paper's mark by their names in `MarkSettings`. tint: strength of a tint in 255ths. tint_colour:
    True if the tint is to shift colours, too.
    """

    preset: str | None = None
    paper: Mapping[str, Any] = field(default_factory=dict)
    tint: float | None = None
    tint_colour: bool = False

    @property
    def of_paper(self) -> dict[str, Any]:
        """The options of the paper's mark that were given."""
        return {name: value for name, value in self.paper.items() if value is not None}

    @property
    def are_given(self) -> bool:
        """True if any option was given."""
        return self.preset is not None or bool(self.of_paper) or self.tint is not None or self.tint_colour

    def applied_to(self, start: MarkSettings) -> MarkSettings:
        """Return ``start`` with the preset, and then with the other options.

        A strength that is given without a preset is that of a tint of light. Raises UsageError for options that
        contradict one another.
        """
        base = start if self.preset is None else preset_named(self.preset).applied_to(start)
        wants_tint = self.tint is not None or (self.preset is not None and base.kind == "tint")
        if self.of_paper and wants_tint:
            raise UsageError(
                "A tint has a strength (--tint) and perhaps colour (--tint-colour); the options of the paper's mark, "
                "such as --blend and --noise, do not go with it. Leave one kind out."
            )
        if self.tint_colour and self.tint is None and base.kind != "tint":
            raise UsageError("--tint-colour belongs to a tint: give its strength with --tint.")
        if self.of_paper:
            return replace(base, kind="paper", **self.of_paper)
        if self.tint is None:
            return replace(base, tint_is_coloured=True) if self.tint_colour else base
        is_coloured = self.tint_colour or (self.preset is not None and base.tint_is_coloured)
        return replace(base, kind="tint", tint_strength=self.tint, tint_is_coloured=is_coloured)
