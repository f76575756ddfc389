"""The mark that is rehearsed, the curve beyond the person's own numbers, and the colour of good news."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from pytestqt.qtbot import QtBot

from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.desktop_helpers import text_of
from tests.desktop.mark.mark_helpers import make_pictures
from tests.desktop.rehearse.rehearse_helpers import hold_rehearsal, run_rehearsal, settle_rehearsal, take_places


def test_the_controls_follow_the_kind_of_mark(page: RehearsePage) -> None:
    fields = page.pictures.mark
    fields.presets.button("paper").click()
    fields.fold.button.click()
    assert (fields.tint.isVisible(), fields.blend.isVisible(), fields.noise.isVisible()) == (False, True, True)
    fields.presets.button("clear").click()
    assert (fields.tint.isVisible(), fields.blend.isVisible(), fields.noise.isVisible()) == (True, False, False)
    assert page.choices.mark.has_tint
    fields.tint.spin_box.setValue(5.25)
    assert page.choices.mark.tint_strength == 5.25
    assert "A tint of light and colour, 5.25/255." in text_of(fields)
    assert fields.presets.value == ""


def test_the_curve_goes_on_with_more_pictures_than_the_person_has(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path
) -> None:
    take_places(qtbot, page, *make_pictures(tmp_path / "castles", 8))
    run_rehearsal(qtbot, page)
    plots = page.results.plots
    assert [one.pictures for one in page.rehearsing.state.chances][-4:] == [8, 22, 36, 50]
    assert "25 published and 25 private, of further artists: found in 90 %" in plots.chance.accessibleDescription()
    assert "Dotted: with more pictures than you have" in plots.chance_card.caption.text()
    assert page.results.use.isVisible()


def test_good_news_does_not_wear_the_colour_of_an_accusation(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_rehearsal(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert (verdict.kind, verdict.role) == ("found", "accent")
    monkeypatch.setenv("FAKE_FOUND", "0")
    run_rehearsal(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert (verdict.kind, verdict.role) == ("not found", "no_evidence")


def test_cancel_does_not_turn_into_another_button_under_the_mouse(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = QRect(page.panel.run.mapTo(page.panel, QPoint()), page.panel.run.size())
    hold_rehearsal(qtbot, page, monkeypatch)
    for button in (page.panel.cancel, page.panel.pause):
        assert not QRect(button.mapTo(page.panel, QPoint()), button.size()).intersects(run)
    page.panel.cancel.click()
    settle_rehearsal(qtbot, page)
