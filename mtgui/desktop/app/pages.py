"""The pages of the window, and the ways from one page to another."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QWidget

from mtgui.common.errors import MtguiError
from mtgui.desktop.app.main_window import MainWindow, RailEntry
from mtgui.desktop.app.record_history import add_export, keep_ticks, records_in
from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.history_store import HistoryEntry, HistoryStore
from mtgui.desktop.jobs.record_ticks import Ticks, kept_of, ticks_of
from mtgui.desktop.jobs.rehearsed_shares import rehearsed_shares
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.settings import THEME
from mtgui.desktop.theme.appearance import ThemeFollower
from mtgui.marking.settings import MarkSettings

if TYPE_CHECKING:
    from mtgui.desktop.audit.audit_page import AuditPage
    from mtgui.desktop.rehearse.rehearse_page import Rehearsed, RehearsePage

_log = logging.getLogger(__name__)


class Pages(QObject):
    """Builds each page when it is first shown, and connects the pages. It lives as long as its window."""

    def __init__(
        self,
        settings: QSettings,
        history: HistoryStore | None,
        command: Callable[[Sequence[str]], list[str]],
        theme: ThemeFollower | None,
    ) -> None:
        """Build the window; the page that was open last is shown."""
        super().__init__()
        self._settings, self._history, self._theme = settings, history, theme
        entries = [
            RailEntry("mark", "mark", "Mark", self._make_mark),
            RailEntry("audit", "audit", "Audit", self._make_audit),
            RailEntry("rehearse", "rehearse", "Rehearse", self._make_rehearse),
            *([RailEntry("history", "history", "History", self._make_history)] if history is not None else []),
            RailEntry("guide", "guide", "Guide", self._make_guide, is_at_bottom=True),
            RailEntry("settings", "settings", "Settings", QWidget, is_at_bottom=True, opens=self.show_settings),
        ]
        self._engine = Engine(settings, command, self)
        self.window = MainWindow(entries, settings)
        self.window.show_last_page()
        self.window.closed.connect(self._engine.close)
        self.window.page_changed.connect(self._page_changed)
        self.setParent(self.window)
        pages = [entry.identifier for entry in entries if not entry.is_at_bottom]
        slots = (self._show_first, self._show_second, self._show_third, self._show_fourth)
        for number, slot in enumerate(slots[: len(pages)], start=1):
            self._shortcut(f"Ctrl+{number}", slot)
        self._pages = pages
        self._shortcut("F1", self._show_guide)
        self._shortcut("F2", self.show_shortcuts)
        self._shortcut("Ctrl+,", self.show_settings)

    def show_settings(self) -> None:
        """Show the settings of the program."""
        from mtgui.desktop.app.settings_dialog import SettingsDialog
        from mtgui.records.data_folder import data_folder

        dialog = SettingsDialog(self._settings, (("Open &data folder", data_folder()),), self.window)
        dialog.theme_chosen.connect(self._theme_chosen)
        self._run(dialog)

    def show_shortcuts(self) -> None:
        """List the shortcuts."""
        from mtgui.desktop.app.about_dialog import shortcuts_dialog

        self._run(shortcuts_dialog(self.window))

    def show_about(self) -> None:
        """Show versions and licences."""
        from mtgui.desktop.app.about_dialog import about_dialog

        self._run(about_dialog(self.window))

    def _run(self, dialog: QDialog) -> None:
        dialog.exec()
        dialog.deleteLater()

    def _theme_chosen(self, choice: str) -> None:
        theme = THEME.read(choice)
        if theme is not None and self._theme is not None:
            self._theme.set_choice(theme)

    # Pages.

    def _make_mark(self) -> QWidget:
        page = MarkPage(self._settings)
        page.exported.connect(self._exported)
        page.ticked.connect(self._ticked)
        self._tell_history(page)
        return page

    def _make_audit(self) -> QWidget:
        from mtgui.desktop.audit.audit_page import AuditPage

        page = AuditPage(self._settings, self._engine, self._history)
        self._offer_unfinished(page)
        return page

    def _offer_unfinished(self, page: "AuditPage") -> None:
        """Offer to continue the last audit, if neither it nor an equal one reached a verdict; its results are kept."""
        if self._history is None:
            return
        from mtgui.desktop.audit.stored_request import request_from_values

        try:
            audits = [entry for entry in self._history.entries() if entry.kind == "audit"]
            last = audits[0] if audits else None
            if last is not None and last.state in ("abandoned", "cancelled") and not last.has_verdict_in(audits):
                page.offer_unfinished(request_from_values(last.request))
        except MtguiError as error:
            _log.info("The last audit cannot be offered again: %s", error)

    def _make_rehearse(self) -> QWidget:
        from mtgui.desktop.rehearse.rehearse_page import RehearsePage

        page = RehearsePage(
            self._settings,
            self._engine,
            self._mark_settings,
            self._pictures_loaded,
            self._history,
            is_drawn=self._is_drawn,
        )
        page.use_wanted.connect(self._use_rehearsed)
        return page

    def _make_history(self) -> QWidget:
        from mtgui.desktop.history.history_page import HistoryPage

        if self._history is None:
            raise RuntimeError("there is no history to show")
        page = HistoryPage(self._history)
        page.open_wanted.connect(self._open_entry)
        page.again_wanted.connect(self._entry_again)
        page.record_wanted.connect(self._audit_record)
        page.mark_wanted.connect(self._show_first)
        page.tasks_wanted.connect(self._show_tasks)
        return page

    def _make_guide(self) -> QWidget:
        from mtgui.desktop.app.guide_page import GuidePage

        page = GuidePage()
        page.shortcuts_wanted.connect(self.show_shortcuts)
        page.about_wanted.connect(self.show_about)
        return page

    # Ways between pages.

    def _exported(self, result: Mapping[str, Any]) -> None:
        """Add the record of an export to the history."""
        if self._history is None or not result.get("record"):
            return
        try:
            self._mark().take_ticks(add_export(self._history, result))
            self._mark().take_records(records_in(self._history.entries()))
        except MtguiError as error:
            self._mark().messages.show_message(f"The export is whole, but History does not list it: {error}", "caution")

    def _page_changed(self, page: str) -> None:
        if page == "mark":
            self._tell_history(self._mark())

    def _tell_history(self, mark: MarkPage) -> None:
        """Tell the Mark page what the rehearsals in the history found, and which records there are."""
        if self._history is None:
            return
        try:
            entries = self._history.entries()
            mark.take_rehearsals(rehearsed_shares(entries))
            mark.take_records(records_in(entries))
        except MtguiError as error:
            _log.info("The history cannot be read: %s", error)

    def _ticked(self, record: Path, ticks: Ticks) -> None:
        """Store with the record in the history what is done of the tasks after its export."""
        if self._history is None:
            return
        try:
            keep_ticks(self._history, record, ticks)
        except MtguiError as error:
            self._mark().messages.show_message(f"History cannot remember this: {error}", "caution")

    def _show_tasks(self, entry: HistoryEntry) -> None:
        """Show on the Mark page what is left to be done after the exports of a record."""
        from mtgui.desktop.mark.after_export import after_record
        from mtgui.records.journal import read_record

        mark = self._mark()
        try:
            record = read_record(entry.path)
        except MtguiError as error:
            mark.messages.show_message(str(error), "error")
        else:
            mark.show_after(after_record(entry.path, record, entry.folder, kept_of(entry.facts), ticks_of(entry.facts)))
        self.window.show_page("mark")

    def _mark(self) -> MarkPage:
        return cast("MarkPage", self.window.page("mark"))

    def _mark_settings(self) -> MarkSettings:
        return self._mark().history.choices.settings

    def _pictures_loaded(self) -> int:
        return self._mark().pictures.count

    def _is_drawn(self) -> bool:
        return self._mark().draws.set is not None

    def _use_rehearsed(self, rehearsed: "Rehearsed") -> None:
        self._mark().take_rehearsed(rehearsed.mark, rehearsed.published, rehearsed.withheld, rehearsed.pictures)
        self.window.show_page("mark")

    def _open_entry(self, entry: HistoryEntry, story: Sequence[Mapping[str, Any]]) -> None:
        if entry.kind == "rehearsal":
            self._rehearse().show_entry(entry, story)
            self.window.show_page("rehearse")
            return
        self._audit().show_entry(entry, story)
        self.window.show_page("audit")

    def _entry_again(self, entry: HistoryEntry) -> None:
        if entry.kind == "rehearsal":
            self._rehearse().take_entry(entry)
            self.window.show_page("rehearse")
        else:
            self._audit_again(entry)

    def _audit_again(self, entry: HistoryEntry) -> None:
        from mtgui.desktop.audit.stored_request import request_from_values

        try:
            request = request_from_values(entry.request)
        except MtguiError as error:
            self._audit().messages.show_message(str(error), "error")
        else:
            self._audit().take_request(request)
        self.window.show_page("audit")

    def _audit_record(self, path: Path) -> None:
        self._audit().open_paths([path])
        self.window.show_page("audit")

    def _audit(self) -> "AuditPage":
        return cast("AuditPage", self.window.page("audit"))

    def _rehearse(self) -> "RehearsePage":
        return cast("RehearsePage", self.window.page("rehearse"))

    def _show_first(self) -> None:
        self.window.show_page(self._pages[0])

    def _show_second(self) -> None:
        self.window.show_page(self._pages[1])

    def _show_third(self) -> None:
        self.window.show_page(self._pages[2])

    def _show_fourth(self) -> None:
        self.window.show_page(self._pages[3])

    def _show_guide(self) -> None:
        self.window.show_page("guide")

    def _shortcut(self, keys: str, slot: Callable[[], None]) -> None:
        QShortcut(QKeySequence(keys), self.window).activated.connect(slot)
