"""The view after an export: three things to do, each with a tick and with buttons that help."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.errors import MtguiError, printable, readable_name
from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply
from mtgui.desktop.jobs.record_ticks import Ticks
from mtgui.desktop.mark.after_export import AfterExport
from mtgui.desktop.mark.kept_list import KeptList
from mtgui.desktop.mark.private_copies import back_up, copy_kept
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.theme.icons import icon
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.fact_dialog import breakable
from mtgui.desktop.widgets.layouts import scrolling
from mtgui.desktop.widgets.plain_text import keep_plain, plain_tip
from mtgui.desktop.widgets.restyling import set_tone

COLUMN_WIDTH = 680
MOST_NAMES = 6


class TaskCard(QFrame):
    """One thing to do: a tick with its title, a sentence, a line of outcome, and buttons."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        """Build the card called ``title``."""
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._title = title
        self.tick = QCheckBox(title)
        self.tick.setProperty("kind", "task")
        self.text = QLabel("")
        keep_plain(self.text)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.outcome = Caption()
        self.outcome.hide()
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(2 * GRID)
        self._buttons.addStretch(1)
        inner = QVBoxLayout()
        inner.setContentsMargins(6 * GRID, 0, 0, 0)
        inner.setSpacing(2 * GRID)
        inner.addWidget(self.text)
        inner.addWidget(self.outcome)
        self._inner = inner
        inner.addLayout(self._buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 3 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.tick)
        column.addLayout(inner)

    def set_number(self, number: int) -> None:
        """Show ``number`` before the title."""
        self.tick.setText(f"{whole(number)}   {self._title}")

    def add_button(self, words: str, icon_name: str = "") -> QPushButton:
        """Add a button and return it."""
        button = QPushButton(words)
        if icon_name:
            button.setIcon(icon(icon_name))
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button

    def add_part(self, part: QWidget) -> None:
        """Add ``part`` below the sentence."""
        self._inner.insertWidget(1, part)

    def say(self, words: str, *, is_caution: bool = False) -> None:
        """Show what came of a button; an empty text hides the line."""
        self.outcome.setText(words)
        self.outcome.setVisible(bool(words))
        set_tone(self.outcome, "caution" if is_caution else "")


class AfterView(QWidget):
    """Shows an `AfterExport`. Files are copied on a worker thread; signals come on the window's."""

    ticked = Signal(object)
    """The `Ticks` as the person or a finished button has set them."""
    left = Signal()
    """The person wants to go back to the pictures."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        """Build the view without an export; the pictures that stay home take their thumbnails from ``thumbnails``."""
        super().__init__(parent)
        self._after: AfterExport | None = None
        self._backup, self._is_backup_old = "", False
        self._headline = QLabel("")
        self._headline.setProperty("kind", "title")
        self._headline.setWordWrap(True)
        keep_plain(self._headline)
        self._lines = Caption()
        self.publish = TaskCard(text("Publish these"))
        self.keep = TaskCard(text("Keep these at home"))
        self.safe = TaskCard(text("Keep the proof safe"))
        self.kept = KeptList(thumbnails, text("Pictures that stay home"))
        self.keep.add_part(self.kept)
        self.show_copies = self.publish.add_button(text("Show the &folder"), "folder")
        self.copy_kept = self.keep.add_button(text("&Copy them to a folder…"), "copy")
        self.back_up = self.safe.add_button(text("&Back it up…"), "copy")
        self.show_record = self.safe.add_button(text("Show the &record"), "folder")
        self.copy_commitment = self.safe.add_button(text("Copy the &dating number"))
        self.back = QPushButton(text("Back to the &pictures"))
        self._work = LatestOnly(_carry_out, "keeping", self)
        self._work.done.connect(self._done)
        self._lay_out()
        self._connect()

    @property
    def after(self) -> AfterExport | None:
        """What is shown."""
        return self._after

    @property
    def is_idle(self) -> bool:
        """True while no file is being copied."""
        return self._work.is_idle

    @property
    def ticks(self) -> Ticks:
        """What is ticked."""
        published, kept, safe = (card.tick.isChecked() for card in (self.publish, self.keep, self.safe))
        return Ticks(published, kept, safe, self._backup, self._is_backup_old)

    def show_after(self, after: AfterExport) -> None:
        """Show ``after``; no signal is emitted."""
        self._after = after
        self._headline.setText(after.headline)
        lines = "\n".join((after.lines_title, *(f"• {line}" for line in after.lines[:MOST_NAMES])))
        more = len(after.lines) - MOST_NAMES
        if more > 0:
            lines += "\n" + plural(more, "• and {count} more", "• and {count} more")
        self._lines.setText(lines)
        self._lines.setToolTip(plain_tip("\n".join(after.lines)))
        self._lines.setVisible(bool(after.lines))
        set_tone(self._lines, "caution" if after.is_caution else "")
        self.publish.text.setText(_publish_words(after))
        self.keep.text.setText(_keep_words(after))
        self.kept.show_pictures(after.kept_names, after.kept)
        self.safe.text.setText(_safe_words(after))
        self.copy_kept.setEnabled(bool(after.kept))
        for card, is_done in zip(
            (self.publish, self.keep, self.safe),
            (after.ticks.published, after.ticks.kept, after.ticks.safe),
            strict=True,
        ):
            card.tick.setChecked(is_done)
            card.say("")
        self._number_cards(after)
        self._backup, self._is_backup_old = after.ticks.backup, after.ticks.is_backup_old
        if self._backup:
            self.safe.say(_backup_words(after.ticks), is_caution=self._is_backup_old)
        self.copy_commitment.setText(text("Copy the &dating number"))

    def _number_cards(self, after: AfterExport) -> None:
        """Number the things that are to be done after this export."""
        there = {self.publish: True, self.keep: bool(after.kept_names), self.safe: after.record is not None}
        number = 0
        for card, is_there in there.items():
            card.setVisible(is_there)
            if is_there:
                number += 1
                card.set_number(number)

    def close_workers(self) -> None:
        """Stop the worker thread."""
        self._work.close()

    # Actions of the person.

    def _ticked(self, _is_done: bool) -> None:
        if self._after is not None:
            self.ticked.emit(self.ticks)

    def _show_copies(self) -> None:
        if self._after is not None:
            _open(self._after.out)

    def _show_record(self) -> None:
        if self._after is not None and self._after.record is not None:
            _open(self._after.record.parent)

    def _back_up(self) -> None:
        after = self._after
        if after is None or after.record is None:
            return
        chosen = QFileDialog.getExistingDirectory(self, text("A second place for the record"), str(Path.home()))
        if chosen:
            self._work.ask(("safe", after, Path(chosen)))

    def _copy_kept(self) -> None:
        after = self._after
        if after is None:
            return
        chosen = QFileDialog.getExistingDirectory(self, text("A folder that stays private"), str(Path.home()))
        if chosen:
            self.keep.say(text("Copying…"))
            self._work.ask(("keep", after, Path(chosen)))

    def _copy_commitment(self) -> None:
        if self._after is not None:
            QGuiApplication.clipboard().setText(self._after.commitment)
            self.copy_commitment.setText(text("Copied"))

    def _done(self, answer: Reply) -> None:
        what, after, _ = answer.request
        card = self.safe if what == "safe" else self.keep
        if after is not self._after:
            return
        if isinstance(answer.error, MtguiError):
            card.say(str(answer.error), is_caution=True)
        elif answer.error is not None:
            raise answer.error
        else:
            words, is_whole, target = answer.result
            card.say(words, is_caution=not is_whole)
            if target:
                self._backup, self._is_backup_old = target, False
            if is_whole:
                card.tick.setChecked(True)
                self.ticked.emit(self.ticks)

    def _connect(self) -> None:
        for card in (self.publish, self.keep, self.safe):
            card.tick.clicked.connect(self._ticked)
        self.show_copies.clicked.connect(self._show_copies)
        self.show_record.clicked.connect(self._show_record)
        self.back_up.clicked.connect(self._back_up)
        self.copy_kept.clicked.connect(self._copy_kept)
        self.copy_commitment.clicked.connect(self._copy_commitment)
        self.back.clicked.connect(self.left)

    def _lay_out(self) -> None:
        column = QWidget()
        column.setMaximumWidth(COLUMN_WIDTH)
        parts = QVBoxLayout(column)
        parts.setContentsMargins(4 * GRID, 6 * GRID, 4 * GRID, 6 * GRID)
        parts.setSpacing(3 * GRID)
        parts.addWidget(self._headline)
        for card in (self.publish, self.keep, self.safe):
            parts.addWidget(card)
        parts.addWidget(self._lines)
        parts.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        parts.addStretch(1)
        inner = QWidget()
        across = QHBoxLayout(inner)
        across.setContentsMargins(0, 0, 0, 0)
        across.addStretch(1)
        across.addWidget(column, 100)
        across.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inner))


def _open(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _carry_out(request: tuple[str, AfterExport, Path]) -> tuple[str, bool, str]:
    """Copy what is asked for. Runs on the worker thread.

    Returns a sentence, whether everything is there, and the path of a backup (empty if none was made).
    """
    what, after, folder = request
    if what == "safe" and after.record is not None:
        target = back_up(after.record, folder, after.out)
        return text("Backed up and checked: {path}", path=printable(target)), True, str(target)
    copied = copy_kept(after.kept, folder, after.out)
    words = plural(
        copied.copied,
        "{count} picture is in “{folder}”.",
        "{count} pictures are in “{folder}”.",
        folder=printable(folder),
    )
    if copied.missing:
        names = ", ".join(copied.missing[:MOST_NAMES])
        words += " " + text("Not where they were any more: {names}.", names=names)
    return words, not copied.missing, ""


def _publish_words(after: AfterExport) -> str:
    return plural(
        after.published,
        "{count} copy in {folder}. Publish this one, and no other version of the picture.",
        "{count} copies in {folder}. Publish these, and no other picture of the set.",
        folder=breakable(printable(after.out)),
    )


def _keep_words(after: AfterExport) -> str:
    words = plural(
        len(after.kept_names),
        "{count} picture must never be published, in any version: it is what the published ones are compared with.",
        "{count} pictures must never be published, in any version: they are what the published ones are compared with.",
    )
    if after.new_kept:
        words += " " + plural(after.new_kept, "The first one is new.", "The first {count} are new.")
    return words


def _backup_words(ticks: Ticks) -> str:
    path = printable(Path(ticks.backup))
    if ticks.is_backup_old:
        return text("The record has grown since its backup: {path}. Back it up again.", path=path)
    return text("Backed up: {path}", path=path)


def _safe_words(after: AfterExport) -> str:
    name = "" if after.record is None else readable_name(after.record)
    return text(
        "The record {name} is your proof and holds your secret: without it nothing can be shown later, so keep a "
        "second copy in another place, and show it to nobody. A dating number tells nothing about your "
        "pictures: post it or mail it today, and it shows later that the record existed by then. Keep the originals, "
        "too, with no byte changed: an audit needs all of them.",
        name=name,
    )
