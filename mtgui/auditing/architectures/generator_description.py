"""The description of a diffusion model or of a LoRA: a frozen dataclass for programs, and lines for a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mtgui.common.errors import printable
from mtgui.common.words import counted
from mtgui.reading.errors import quoted

NOT_PROVED = "What a file says of itself is not proved."
_MOST_TAGS = 8


@dataclass(frozen=True)
class GeneratorDescription:
    """A diffusion model or a LoRA, as ``mtgui inspect`` describes it.

    title: for people. form: the layout of a model (“single file”, “folder”), or the spelling of a LoRA's names. ranks:
    of a LoRA, the most frequent first. parts: weights of each network, or changes to each network. side: of the
    pictures in pixels, 0 for a LoRA. prediction, schedule: what the network predicts, and how noise is mixed in, in
    words. says: what the header says, by what it is about; none of it is proved. notes: sentences for the person.
    """

    kind: Literal["diffusion model", "LoRA"]
    architecture: str
    title: str
    form: str
    parts: Mapping[str, int]
    ranks: tuple[int, ...] = ()
    side: int = 0
    prediction: str = ""
    schedule: str = ""
    left_out: int = 0
    says: Mapping[str, str] = field(default_factory=dict, hash=False)
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """One line for the beginning of a card: what it is, with the ranks of a LoRA or the layout of a model."""
        title = f"{self.title[:1].upper()}{self.title[1:]}"
        if self.kind == "LoRA":
            shown = ", ".join(str(rank) for rank in self.ranks[:3]) + (", …" if len(self.ranks) > 3 else "")
            return f"{title} · rank {shown}"
        return f"{title} · {self.form}"

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is known of it, by what it is about."""
        noun = "change" if self.kind == "LoRA" else "weight"
        parts = ", ".join(f"{name}: {counted(number, noun)}" for name, number in self.parts.items())
        if self.kind == "LoRA":
            ranks = ", ".join(str(rank) for rank in self.ranks)
            return ("Rank", ranks), ("Spelling", self.form), ("Changes by network", parts)
        return (
            ("Layout", self.form),
            ("Networks", parts),
            ("Pictures", f"{self.side:,} pixels on each side"),
            ("Noise", self.schedule),
            ("Prediction", self.prediction),
            *((("Of no use to it", counted(self.left_out, "tensor")),) if self.left_out else ()),
        )


def generator_in_words(found: GeneratorDescription) -> list[str]:
    """Return ``found`` as lines for a person."""
    lines = [f"  Architecture: {found.title}, {found.architecture}"]
    lines += [f"  {about}: {printable(text)}" for about, text in found.rows]
    lines += [f"  Says {about}: {printable(text)}" for about, text in found.says.items()]
    if found.says:
        lines.append(f"  {NOT_PROVED}")
    return [*lines, *(f"  Note: {printable(note)}" for note in found.notes)]


def tags_in_words(tags: tuple[str, ...]) -> str:
    """Return the first few ``tags`` of a header as quotations."""
    more = ", …" if len(tags) > _MOST_TAGS else ""
    return ", ".join(quoted(tag, 40) for tag in tags[:_MOST_TAGS]) + more
