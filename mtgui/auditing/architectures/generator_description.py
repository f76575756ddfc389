"""The description of a diffusion model or of a LoRA: a frozen dataclass for programs, and lines for a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mtgui.common.errors import printable, readable_name
from mtgui.common.texts import text
from mtgui.common.words import counted
from mtgui.reading.errors import quoted

Kind = Literal["diffusion model", "LoRA"]
NOT_PROVED = "What a file says of itself is not proved."
HOW_TO_AUDIT: Mapping[Kind, str] = {
    "LoRA": "mtgui audit --model FILE --base BASE --record RECORD; BASE is the model that it changes",
    "diffusion model": "mtgui audit --model FILE --base BASE --record RECORD; BASE is the model from which it was "
    "made, and may be left out",
}
"""How it is audited in the terminal."""
Agreement = Literal["same", "other", "not named", "folder"]
"""Whether a base is the file whose SHA-256 a LoRA names; “folder”: a folder has no SHA-256 to compare."""
BASE_HASH = "SHA-256 of the base"
CAPTION_TEXT = "text of all captions"
"""Under these names a description says which file the base is, and what all captions of the training had."""
_MOST_TAGS = 8
_AGREEMENTS: Mapping[Agreement, str] = {
    "same": "{name}: the file that it names (SHA-256 agrees)",
    "other": "{name}: another file than it names (SHA-256 differs)",
    "not named": "{name}: it does not say which, so it is not known whether this is the right one",
    "folder": "{name}: a folder, which cannot be compared with the file that it names",
}


@dataclass(frozen=True)
class BaseDescription:
    """The base of a LoRA or of a diffusion model.

    path: of its file or folder. title: what it is, for people; empty if it is no whole diffusion model. agreement: only
    with a LoRA that fits, else None. problem: a sentence on why ``path`` cannot be the base.
    """

    path: str
    title: str = ""
    agreement: Agreement | None = None
    problem: str = ""

    @property
    def in_words(self) -> str:
        """One line: its name, and whether it is the file that the LoRA names; or the problem."""
        name = readable_name(Path(self.path))
        if self.problem:
            return printable(self.problem)
        return f"{name}: {self.title}" if self.agreement is None else text(_AGREEMENTS[self.agreement], name=name)


@dataclass(frozen=True)
class GeneratorDescription:
    """A diffusion model or a LoRA, as ``mtgui inspect`` describes it.

    title: for people. form: the layout of a model (“single file”, “folder”), or the spelling of a LoRA's names. ranks:
    of a LoRA, the most frequent first. parts: weights of each network, or changes to each network. side: of the
    pictures in pixels, 0 for a LoRA. prediction, schedule: what the network predicts, and how noise is mixed in, in
    words. says: what the header says, by what it is about; none of it is proved. notes: sentences for the person.
    outlook: a sentence on what to expect of an audit. base: the model from which it was made, None if none is known.
    takes_captions: True if it makes pictures from texts. tries_prediction: True if only pictures can tell what it
    predicts, which an audit learns first.
    """

    kind: Kind
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
    outlook: str = ""
    base: BaseDescription | None = None
    takes_captions: bool = True
    tries_prediction: bool = False

    @property
    def has_base(self) -> bool:
        """True if a base is known and fits."""
        return self.base is not None and not self.base.problem

    @property
    def can_be_audited(self) -> bool:
        """True if nothing is missing: a LoRA needs its base."""
        return self.kind != "LoRA" or self.has_base

    @property
    def names_base(self) -> bool:
        """True if a header names the SHA-256 of the base, so that its file can be found."""
        return BASE_HASH in self.says

    @property
    def text_of_captions(self) -> str:
        """What all captions of the training had, as the header says; empty if it says nothing."""
        return self.says.get(CAPTION_TEXT, "")

    @property
    def base_in_words(self) -> str:
        """One line on its base, or on what is missing without one."""
        if self.base is not None:
            return self.base.in_words
        if self.kind != "LoRA":
            return text("none: without the model from which it was made, far less is found")
        if name := self.says.get("base"):
            return text("needs its base, which it says is {name}", name=printable(name))
        if sha256 := self.says.get(BASE_HASH):
            return text("needs its base, which it names by a SHA-256 alone: {start}…", start=printable(sha256[:12]))
        return text("needs its base, and does not say which")

    @property
    def headline(self) -> str:
        """One line for the beginning of a card: what it is, with the ranks of a LoRA or the layout of a model."""
        title = f"{self.title[:1].upper()}{self.title[1:]}"
        if self.kind == "LoRA":
            shown = ", ".join(str(rank) for rank in self.ranks[:3]) + (", …" if len(self.ranks) > 3 else "")
            return f"{title} · rank {shown}" if shown else title
        return f"{title} · {self.form}"

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is known of it, by what it is about."""
        noun = "change" if self.kind == "LoRA" else "weight"
        parts = ", ".join(f"{name}: {counted(number, noun)}" for name, number in self.parts.items())
        if self.kind == "LoRA":
            ranks = ", ".join(str(rank) for rank in self.ranks)
            known = ("Rank", ranks), ("Spelling", self.form), ("Changes by network", parts)
            return tuple((about, value) for about, value in known if value)
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
    lines += [f"  Base: {found.base_in_words}", f"  Audit: {HOW_TO_AUDIT[found.kind]}"]
    lines += [f"  Outlook: {found.outlook}"] if found.outlook else []
    return [*lines, *(f"  Note: {printable(note)}" for note in found.notes)]


def tags_in_words(tags: tuple[str, ...]) -> str:
    """Return the first few ``tags`` of a header as quotations."""
    more = ", …" if len(tags) > _MOST_TAGS else ""
    return ", ".join(quoted(tag, 40) for tag in tags[:_MOST_TAGS]) + more
