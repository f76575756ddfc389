"""The question before the page leaves the record that it continues for another one that exists."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mtgui.common.errors import printable, readable_name
from mtgui.common.texts import text
from mtgui.common.words import listed
from mtgui.desktop.widgets.question_dialog import Question

if TYPE_CHECKING:
    from mtgui.records.record import Record

MOST_NAMES = 12


def may_switch(parent: QWidget, before: Path, ours: "Record", after: Path, theirs: "Record") -> bool:
    """Ask whether exports continue the record ``theirs`` in place of ``ours``; say which pictures change sides."""
    words = switch_in_words(before, ours, after, theirs)
    yes = text("Continue {name}", name=readable_name(after))
    question = Question(parent, text("Continue another record?"), words, yes, text("Go back"))
    is_meant = question.ask()
    question.deleteLater()
    return is_meant


def switch_in_words(before: Path, ours: "Record", after: Path, theirs: "Record") -> str:
    """Return which pictures change sides if the record ``theirs`` decides in place of ``ours``."""
    here, there = readable_name(before), readable_name(after)
    outwards = _moved(ours, theirs, is_published=True)
    homewards = _moved(ours, theirs, is_published=False)
    parts = [text("This page continues the record {here}. {there} is another one.", here=here, there=there)]
    if outwards:
        parts.append(
            text("{there} publishes what {here} keeps at home: {names}.", here=here, there=there, names=outwards)
        )
    if homewards:
        parts.append(
            text("{there} keeps at home what {here} publishes: {names}.", here=here, there=there, names=homewards)
        )
    if not outwards and not homewards:
        parts.append(text("No picture changes sides."))
    return "\n\n".join(parts)


def _moved(ours: "Record", theirs: "Record", *, is_published: bool) -> str:
    """Return the names of pictures that both records know, on different sides, and that ``theirs`` publishes or not."""
    sides = {picture.pixel_hash: block.is_published(index) for block, index, picture in theirs.pictures()}
    names = [
        printable(picture.name)
        for block, index, picture in ours.pictures()
        if sides.get(picture.pixel_hash) is is_published and block.is_published(index) is not is_published
    ]
    return listed(names, MOST_NAMES) if names else ""
