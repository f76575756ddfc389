"""The label of each picture: one class for all, the record's own labels, or the model's choice.

Every rule is fixed before the model sees the first marked picture, and no rule treats published pictures differently
from others. So the test is valid with any label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError, printable
from mtgui.common.words import counted
from mtgui.records.record import PoolPicture

FROM_RECORD = "record"
MODEL_CHOICE = "auto"
_MOST_NAMED = 5
_ALMOST = 0.78
"""Least similarity of a typing error and the intended name; unrelated names among many may be almost 0.7 similar."""
_FEWEST_LETTERS = 3


@dataclass(frozen=True)
class Labelling:
    """The labels of a pool: ``labels`` has the class of each picture in order, ``sentence`` says how it was chosen."""

    rule: str
    labels: tuple[int, ...]
    sentence: str


class ClassNames:
    """The classes of a model: their number, and their names if known."""

    for_all = "All pictures are held to be"
    for_each = "Each picture is held to be of the class that its label in the record names, fixed when it was marked."
    reason = "chosen before the run"
    criterion = "the class of least mean loss on all unmarked originals together"
    thing = "label"
    way_out = "choose one class for all, or “auto”"
    other_ways = "Name the class with --label, or use the record's labels."

    def __init__(self, classes: int, names: Sequence[str] | None) -> None:
        """Keep the number and the names; ``names`` has one name per class, or is None. Names may repeat."""
        self.classes = classes
        self.names = None if names is None else tuple(names)
        self._places: dict[str, list[int]] = {}
        for index, name in enumerate(self.names or ()):
            for spelling in {_folded(name), *(_folded(part) for part in name.split(","))}:
                self._places.setdefault(spelling, []).append(index)

    def title(self, index: int) -> str:
        """Return class ``index`` in words: “castle (class 483)”."""
        return f"class {index}" if self.names is None else f"{printable(self.names[index])} (class {index})"

    def index_of(self, text: str) -> int:
        """Return the class with the number or name ``text``. Raises UsageError, which says what to write instead."""
        plain = text.strip()
        if plain.isdecimal():
            if int(plain) < self.classes:
                return int(plain)
            raise UsageError(
                f"The model has {self.classes} classes, numbered 0 to {self.classes - 1}; there is no class {plain}."
            )
        if self.names is None:
            raise UsageError(
                f"The names of the model's classes are not known, so “{printable(plain)}” cannot be found; give the "
                f"number of the class, 0 to {self.classes - 1}, or put a labels.json beside the model."
            )
        found = self._places.get(_folded(plain), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"“{printable(plain)}” is the name of several classes ({', '.join(map(str, found))}); give a number."
            )
        near = self._near(plain)
        hint = (
            f"Did you mean {near}? Or give its number."
            if near
            else "Write its name as the model has it, or its number."
        )
        raise UsageError(f"The model has no class “{printable(plain)}”. {hint}")

    def _near(self, text: str) -> str:
        """Return names that are spelled almost like ``text``, or have a word that begins with it; or an empty text."""
        import difflib

        wanted = _folded(text)
        near = difflib.get_close_matches(wanted, list(self._places), n=_MOST_NAMED, cutoff=_ALMOST)
        if len(wanted) >= _FEWEST_LETTERS:
            near += [name for name in self._places if f" {wanted}" in f" {name}" and name not in near]
        return ", ".join(f"“{printable(name)}”" for name in near[:_MOST_NAMED])


class PromptNames(ClassNames):
    """The prompts with which a diffusion model is shown pictures: each is a class."""

    for_all = "All pictures are shown with"
    for_each = "Each picture is shown with its label in the record as the prompt, fixed when it was marked."
    criterion = "the prompt of least mean loss on all unmarked originals together"
    thing = "prompt"
    way_out = "choose one prompt for all with --prompt"
    other_ways = "Choose the prompt with --prompt."

    def __init__(self, prompts: Sequence[str], reason: str = ClassNames.reason) -> None:
        """Keep the texts. reason: why one of them was taken for all, in words."""
        super().__init__(len(prompts), prompts)
        self.reason = reason

    def title(self, index: int) -> str:
        """Return prompt ``index`` in words: “the prompt “a castle””."""
        prompt = printable((self.names or ())[index])
        return f"the prompt “{prompt}”" if prompt else "the empty prompt"

    def index_of(self, text: str) -> int:
        """Return the number of the prompt that is ``text`` exactly, else the number ``text``. Raises UsageError."""
        prompts = self.names or ()
        if text in prompts:
            return prompts.index(text)
        if text.isdecimal() and int(text) < len(prompts):
            return int(text)
        raise UsageError(f"“{printable(text)}” is none of the prompts of this audit; choose it with --prompt.")


def proposed_rule(labels: Iterable[str | None], names: ClassNames) -> str:
    """Return the default rule for pictures with ``labels`` (None for a picture without one).

    It is the record's labels if each of them is the name of a class, else the model's choice. Labels come from folders,
    and trainers use folders as classes. The rule treats published and withheld pictures alike and uses no loss. A label
    that is a number proves nothing: it may be a year.
    """
    found = set(labels)
    is_named = bool(found) and names.names is not None
    return FROM_RECORD if is_named and all(_is_name(label, names) for label in found) else MODEL_CHOICE


def proposal_in_words(rule: str) -> str:
    """Return sentences on why ``rule`` was proposed, and how to choose another in the terminal."""
    if rule == FROM_RECORD:
        return (
            "Every picture of the record has a label that names a class of the model, so these labels are taken. "
            "To choose otherwise: --label NAME, a number, or auto for the model's own choice."
        )
    return (
        "Not every picture of the record has a label that names a class of the model, so the model chooses one class "
        "for all. To choose otherwise: --label NAME, a number, or record."
    )


def _is_name(label: str | None, names: ClassNames) -> bool:
    if label is None or label.strip().isdecimal():
        return False
    try:
        names.index_of(label)
    except UsageError:
        return False
    return True


def label_for_all(text: str, count: int, names: ClassNames) -> Labelling:
    """Return the labelling by one class for ``count`` pictures. Raises UsageError."""
    index = names.index_of(text)
    return Labelling(str(index), (index,) * count, f"{names.for_all} {names.title(index)}, {names.reason}.")


def labels_of_record(pool: Sequence[PoolPicture], names: ClassNames) -> Labelling:
    """Return the labelling by the record's own labels. Raises UsageError for missing or unknown labels."""
    refuse_unlabelled(pool, names)
    labels = {text: names.index_of(text) for text in dict.fromkeys(p.label for p in pool if p.label is not None)}
    return Labelling(
        FROM_RECORD,
        tuple(labels[picture.label] for picture in pool if picture.label is not None),
        names.for_each,
    )


def refuse_unlabelled(pool: Sequence[PoolPicture], names: ClassNames | type[ClassNames]) -> None:
    """Raise UsageError if a picture has no label in the record. names: of the kind of classes that labels are to be."""
    without = [picture.name for picture in pool if picture.label is None]
    if without:
        have = "has no label of its own" if len(without) == 1 else "have no label of their own"
        raise UsageError(
            f"{counted(len(without), 'picture')} of the record {have} (such as {printable(without[0])}); "
            f"{names.way_out}."
        )


def label_of_model(losses: NDArray[np.float64], names: ClassNames) -> Labelling:
    """Return the labelling by the class with the least mean loss over all originals; the first if several are equal.

    losses: (pictures, classes) float64.
    """
    index = int(np.argmin(losses.mean(axis=0)))
    return Labelling(
        MODEL_CHOICE,
        (index,) * len(losses),
        f"{names.for_all} {names.title(index)}: the model's own choice, {names.criterion}.",
    )


def labels_in_words(labelling: Labelling, names: ClassNames) -> Mapping[str, str | None]:
    """Return the classes in use: number as text → name, None if unknown."""
    return {str(index): None if names.names is None else names.names[index] for index in sorted(set(labelling.labels))}


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())
