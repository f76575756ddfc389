"""The Rehearse page with LoRAs and fine-tunes: choices, run, results, history."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from mtgui.common.events import Progress
from mtgui.desktop.rehearse.asked_rehearsal import digest_of
from mtgui.desktop.rehearse.asked_tuning import asked_tuning, tuning_digest
from mtgui.desktop.rehearse.plot_tables import tuning_table
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices, cost_in_words
from mtgui.desktop.rehearse.rehearsal_memory import choices_from_values, choices_to_values
from mtgui.desktop.rehearse.rehearse_page import TITLE, TUNING_TITLE, RehearsePage
from mtgui.desktop.rehearse.tuning_state import TuningState
from mtgui.desktop.rehearse.tuning_words import final_tuning, running_tuning, tuning_in_words
from mtgui.rehearsal.rehearsal_events import ArtistAudited, StepsDone
from tests.desktop.audit.audit_helpers import make_record
from tests.desktop.desktop_helpers import text_of
from tests.desktop.rehearse.rehearse_helpers import run_rehearsal, settle_rehearsal, take_castles, take_places

LORA = RehearsalChoices(model="diffusion")


def choose_lora(qtbot: QtBot, page: RehearsePage) -> None:
    """Choose *A LoRA or fine-tune* and wait until the time is measured."""
    page.model.models.button("diffusion").click()
    settle_rehearsal(qtbot, page)


def test_choosing_a_lora_shows_what_belongs_to_it(qtbot: QtBot, page: RehearsePage) -> None:
    assert page.measures.isVisible()
    assert not page.fine_tune.isVisible()
    assert TITLE in text_of(page)
    choose_lora(qtbot, page)
    assert page.fine_tune.isVisible()
    assert not page.measures.isVisible()
    assert not page.pictures.mark.isVisible()
    assert TUNING_TITLE in text_of(page)
    assert "A base, and a LoRA for each of 3 artists, audited after 20, 100 and 200 exposures" in text_of(page.effort)
    page.model.models.button("classifier").click()
    assert page.pictures.mark.isVisible()
    assert TITLE in text_of(page)


def test_a_lora_needs_private_pictures(qtbot: QtBot, page: RehearsePage) -> None:
    choose_lora(qtbot, page)
    page.pictures.withheld.setValue(0)
    assert page.pictures.lacking == "A LoRA is found by what stayed private: keep some pictures private."
    assert not page.panel.run.isEnabled()


def test_a_record_without_private_pictures_is_not_rehearsed_as_loras(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path
) -> None:
    choose_lora(qtbot, page)
    take_places(qtbot, page, make_record(tmp_path, 4, published=4))
    assert page.pictures.lacking == "A LoRA is found by what stayed private, and this record has no private pictures."
    assert not page.panel.run.isEnabled()
    page.model.models.button("classifier").click()
    settle_rehearsal(qtbot, page)
    assert page.pictures.lacking == ""


def test_the_time_of_a_record_is_that_of_its_pictures(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_SPEED", "1")
    choose_lora(qtbot, page)
    assert "About 10 hours on this computer" in text_of(page.effort)
    take_places(qtbot, page, make_record(tmp_path, 8, published=5))
    assert "About 6 hours on this computer" in text_of(page.effort)


def test_a_rehearsal_of_loras_ends_with_its_findings(
    qtbot: QtBot, page: RehearsePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FOUND", "2")
    choose_lora(qtbot, page)
    take_castles(qtbot, page, tmp_path, 60)
    run_rehearsal(qtbot, page)
    said = text_of(page.results)
    assert "Found for 2 of 3 artists after 200 exposures." in said
    assert "The one made of your pictures was found out after" in said
    assert "▲ your pictures" in said
    assert not page.results.use.isVisible()
    assert page.results.save.isVisible()
    table = page.results.views.table
    assert (table.rowCount(), table.columnCount()) == (6, 4)
    first = table.item(0, 0)
    assert first is not None
    assert first.text() == "You (artist 1)"
    assert page.results.views.plot.accessibleDescription().startswith("After 20 exposures of each picture: p is ")
    assert not page.results.plots.isVisible()


def test_a_stopped_rehearsal_goes_on_in_its_folder(
    qtbot: QtBot, page: RehearsePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_lora(qtbot, page)
    monkeypatch.setenv("FAKE_HOLD_AT", "2")
    page.panel.run.click()
    qtbot.waitUntil(lambda: page.rehearsing.state.has_learned)
    page.panel.cancel.click()
    settle_rehearsal(qtbot, page)
    assert "Stopped before the end." in text_of(page.results)
    folder = page.rehearsing.folder
    monkeypatch.delenv("FAKE_HOLD_AT")
    run_rehearsal(qtbot, page)
    assert page.rehearsing.folder == folder
    assert page.rehearsing.state.is_finished


def test_a_classifier_after_a_lora_shows_its_own_plots(qtbot: QtBot, page: RehearsePage) -> None:
    choose_lora(qtbot, page)
    run_rehearsal(qtbot, page)
    page.model.models.button("classifier").click()
    settle_rehearsal(qtbot, page)
    run_rehearsal(qtbot, page)
    assert page.results.plots.isVisible()
    assert not page.results.views.isVisible()
    assert page.results.use.isVisible()


def test_only_results_of_earlier_rehearsals_stay(qtbot: QtBot, page: RehearsePage) -> None:
    choose_lora(qtbot, page)
    run_rehearsal(qtbot, page)
    first = page.rehearsing.folder
    assert first is not None
    assert (first / "artist-1").is_dir()
    run_rehearsal(qtbot, page)
    assert sorted(path.name for path in first.iterdir()) == ["results.json"]


def test_choices_of_loras_are_remembered_and_old_ones_are_classifiers(
    qtbot: QtBot, make_page: Callable[[], RehearsePage]
) -> None:
    page = make_page()
    choose_lora(qtbot, page)
    page.fine_tune.fine_tunes.button("full").click()
    page.shut_down()
    choices = make_page().choices
    assert (choices.model, choices.fine_tune) == ("diffusion", "full")
    old = {name: value for name, value in choices_to_values(choices).items() if name not in ("model", "fine_tune")}
    assert choices_from_values(old, RehearsalChoices()).model == "classifier"
    assert choices_from_values({**old, "model": "else", "fine_tune": 3}, RehearsalChoices()).model == "classifier"


def test_requests_and_folders_differ_where_the_rehearsals_do() -> None:
    asked = asked_tuning(LORA, None)
    assert (asked.users, asked.exposures, asked.fine_tune, asked.published) == (3, (20, 100, 200), "lora", 25)
    others = [
        RehearsalChoices(model="diffusion", **change)
        for change in ({"seed": 1}, {"fine_tune": "full"}, {"effort": "thorough"}, {"published": 20}, {"users": 5})
    ]
    digests = {tuning_digest(one) for one in (LORA, *others)}
    assert len(digests) == 6
    assert digest_of(LORA) not in digests
    assert tuning_digest(RehearsalChoices(model="diffusion", device="cpu")) == tuning_digest(LORA)
    assert asked_tuning(RehearsalChoices(model="diffusion", users=1), None).users == 2
    assert cost_in_words(LORA, 600.0).endswith("About 10 minutes on this computer, as busy as it is now.")


def test_the_state_follows_the_events() -> None:
    state = TuningState(2)
    assert running_tuning(state).headline == "Starting the engine…"
    state.tell(StepsDone("base", 10, 600, None, 900.0))
    assert running_tuning(state).headline == "The base learns other people’s pictures: step 10 of 600, loss –."
    state.tell(Progress(3, 12, 1.0))
    assert state.done == 0.25
    state.tell(StepsDone("artist 2", 5, 100, 0.05, 900.0))
    assert running_tuning(state).headline == "Training on artist 2’s pictures: exposure 5 of 100."
    state.tell(StepsDone("artist 2", 100, 100, 0.05, 900.0))
    assert running_tuning(state).headline == "Auditing what was made of artist 2’s pictures…"
    state.tell(ArtistAudited(1, 100, 0.004, 0.4))
    assert running_tuning(state).sentence.startswith("After 100 exposures of each picture, 1 of 1 artist is found")
    assert tuning_in_words(state) == (
        "After 100 exposures of each picture: p is 0.004; of pictures that were not in it, 0.4."
    )
    assert tuning_table(state).splitlines()[1] == "2,100,0.004,0.4,False"
    assert final_tuning(state).headline == "The rehearsal has ended."
