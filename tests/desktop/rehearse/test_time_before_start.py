"""How long a rehearsal takes on this computer is measured before the start, and never made up."""

import pytest
from pytestqt.qtbot import QtBot

from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.desktop_helpers import text_of
from tests.desktop.rehearse.rehearse_helpers import hold_rehearsal, settle_rehearsal


def test_the_time_on_this_computer_is_said_before_the_start(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "has not been measured yet" in text_of(page.effort) or "Measuring" in text_of(page.effort)
    settle_rehearsal(qtbot, page)
    assert "About a minute on this computer" in text_of(page.effort)
    page.effort.epochs.setValue(90)
    assert not page.timing.is_measuring, "more rounds are no other speed"
    assert "About 2 minutes on this computer" in text_of(page.effort)
    monkeypatch.setenv("FAKE_SPEED", "0.1")
    page.effort.network.setCurrentIndex(page.effort.network.findData("resnet18"))
    assert "on this computer, as busy" not in text_of(page.effort)
    settle_rehearsal(qtbot, page)
    assert "About 2 hours on this computer" in text_of(page.effort)


def test_a_time_that_cannot_be_measured_is_not_made_up(qtbot: QtBot, page: RehearsePage) -> None:
    page.measures.rows["private"].switch.setChecked(True)
    settle_rehearsal(qtbot, page)
    assert "has not been measured yet" in text_of(page.effort)
    assert page.panel.run.isEnabled()
    assert page.messages.text == ""


def test_nothing_is_measured_while_a_rehearsal_runs(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_rehearsal(qtbot, page, monkeypatch)
    assert not page.timing.is_measuring
    assert "Measuring" not in text_of(page.effort)
    page.prepare()
    assert not page.timing.is_measuring
    page.panel.cancel.click()
    settle_rehearsal(qtbot, page)
    assert "on this computer, as busy as it is now." in text_of(page.effort)
