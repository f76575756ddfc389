"""Which class each picture is held to be: one for all, one per picture from the record, or the model's own choice.

Every rule is fixed before the first marked picture is shown to the model, and none looks at the published pictures
apart from the others: that is what keeps the test valid whatever the label.
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
"""How alike a slip of the fingers and what was meant are at least; among many names, chance comes near to 0.7."""
_FEWEST_LETTERS = 3


@dataclass(frozen=True)
class Labelling:
    """The class of each picture of a pool: ``labels`` by place in the pool, ``sentence`` how they came about."""

    rule: str
    labels: tuple[int, ...]
    sentence: str


class ClassNames:
    """The classes of a model: how many, and what they are called where that is known."""

    def __init__(self, classes: int, names: Sequence[str] | None) -> None:
        """``names``, if any, are one per class; they may repeat."""
        self.classes = classes
        self.names = None if names is None else tuple(names)
        self._places: dict[str, list[int]] = {}
        for index, name in enumerate(self.names or ()):
            for spelling in {_folded(name), *(_folded(part) for part in name.split(","))}:
                self._places.setdefault(spelling, []).append(index)

    def title(self, index: int) -> str:
        """Return class ``index`` as a person reads it: “castle (class 483)”."""
        return f"class {index}" if self.names is None else f"{printable(self.names[index])} (class {index})"

    def index_of(self, text: str) -> int:
        """Return the class that ``text`` names, by number or by name. Raises UsageError with what to write instead."""
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
        """Return names that are spelt almost like ``text``, or have a word that begins with it; empty where none is."""
        import difflib

        wanted = _folded(text)
        near = difflib.get_close_matches(wanted, list(self._places), n=_MOST_NAMED, cutoff=_ALMOST)
        if len(wanted) >= _FEWEST_LETTERS:
            near += [name for name in self._places if f" {wanted}" in f" {name}" and name not in near]
        return ", ".join(f"“{printable(name)}”" for name in near[:_MOST_NAMED])


def proposed_rule(labels: Iterable[str | None], names: ClassNames) -> str:
    """Return the rule for pictures with ``labels``, None for one without, unless a person chooses: the record's labels
    where each of them is the name of a class, else the model's choice.

    Whoever trains on pictures in folders takes the folders for classes. It asks published and withheld pictures alike,
    and no loss. A number is no proof: it may be a year as well as a class.
    """
    found = set(labels)
    is_named = bool(found) and names.names is not None
    return FROM_RECORD if is_named and all(_is_name(label, names) for label in found) else MODEL_CHOICE


def proposal_in_words(rule: str) -> str:
    """Say why ``rule`` was proposed, and how to choose otherwise in the terminal."""
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
    return Labelling(
        str(index), (index,) * count, f"All pictures are held to be {names.title(index)}, chosen before the run."
    )


def labels_of_record(pool: Sequence[PoolPicture], names: ClassNames) -> Labelling:
    """Return the labelling by the record's own labels. Raises UsageError for pictures without, or unknown ones."""
    without = [picture.name for picture in pool if picture.label is None]
    if without:
        have = "has no label of its own" if len(without) == 1 else "have no label of their own"
        raise UsageError(
            f"{counted(len(without), 'picture')} of the record {have} (such as {printable(without[0])}); "
            "choose one class for all, or “auto”."
        )
    labels = {text: names.index_of(text) for text in dict.fromkeys(p.label for p in pool if p.label is not None)}
    return Labelling(
        FROM_RECORD,
        tuple(labels[picture.label] for picture in pool if picture.label is not None),
        "Each picture is held to be of the class that its label in the record names, fixed when it was marked.",
    )


def label_of_model(losses: NDArray[np.float64], names: ClassNames) -> Labelling:
    """Return the labelling by the class of least mean loss over all originals, ``losses`` (pictures, classes).

    Of equally good classes the first counts.
    """
    index = int(np.argmin(losses.mean(axis=0)))
    return Labelling(
        MODEL_CHOICE,
        (index,) * len(losses),
        f"All pictures are held to be {names.title(index)}: the model's own choice, the class of least mean loss on "
        "all unmarked originals together.",
    )


def labels_in_words(labelling: Labelling, names: ClassNames) -> Mapping[str, str | None]:
    """Return the classes in use, by number, with their names where known."""
    return {str(index): None if names.names is None else names.names[index] for index in sorted(set(labelling.labels))}


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())
