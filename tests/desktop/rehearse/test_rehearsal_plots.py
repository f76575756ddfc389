"""The plots of a rehearsal: few repaints, the same as text, told apart without colour, kept as files."""

import csv
from pathlib import Path

import pytest
from pyqtgraph import PlotCurveItem, ScatterPlotItem, TextItem
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mtgui.common.events import Finished
from mtgui.desktop.plots.plot_view import PlotView
from mtgui.desktop.rehearse.rehearsal_plots import INTERVAL_MS, RehearsalPlots
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from tests.desktop.desktop_helpers import repaints_for, show, shown_range, throttle_of
from tests.desktop.rehearse.test_rehearsal_state import audited, epoch, finished, tell

pytestmark = pytest.mark.usefixtures("themed")


@pytest.fixture
def rehearsal() -> RehearsalState:
    """A rehearsal that has come to its end."""
    rounds = [epoch(model, number) for model in ("marked", "absent") for number in (1, 2, 3, 4)]
    return tell(RehearsalState(), *rounds, audited(2, [0.2, 0.004, 0.5, 0.1]), audited(4, [0.001] * 4), finished())


@pytest.fixture
def plots(qtbot: QtBot) -> RehearsalPlots:
    """The plots, shown."""
    plots = RehearsalPlots()
    return show(qtbot, plots, 760, 640, before_close=lambda _: plots.stop())


def test_repaints_are_few_however_many_events_come(
    qtbot: QtBot, plots: RehearsalPlots, rehearsal: RehearsalState
) -> None:
    plots.show_state(rehearsal)
    throttle = throttle_of(plots)
    assert throttle.interval == INTERVAL_MS
    assert repaints_for(qtbot, throttle, plots.changed) == (1, 2)


def test_every_plot_is_text_too(plots: RehearsalPlots, rehearsal: RehearsalState) -> None:
    plots.show_state(rehearsal)
    plots.show_end()
    assert "without your pictures, after 4 of 4 rounds" in plots.curves.accessibleDescription()
    assert "2 audits between rounds 2 and 4." in plots.audits.accessibleDescription()
    assert "12 published and 12 private: found in 75 %" in plots.chance.accessibleDescription()
    assert plots.users.accessibleName() == "Artists and their p-values"


def drawn(plot: PlotView) -> tuple[set[Qt.PenStyle], set[str]]:
    """Return the styles of the lines of ``plot`` and the symbols on them."""
    items = plot.getPlotItem().items
    lines = [item for item in items if isinstance(item, PlotCurveItem) and len(item.getData()[0])]
    spots = [spot for item in items if isinstance(item, ScatterPlotItem) for spot in item.points()]
    return {line.opts["pen"].style() for line in lines}, {spot.symbol() for spot in spots}


def test_models_are_told_apart_without_colour(plots: RehearsalPlots, rehearsal: RehearsalState) -> None:
    looks = []
    for model in ("marked", "absent"):
        plots.show_state(tell(RehearsalState(), *(epoch(model, number) for number in (1, 2, 3))))
        looks.append(drawn(plots.curves))
    assert looks == [
        ({Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine}, {"t1"}),
        ({Qt.PenStyle.DashLine, Qt.PenStyle.DotLine}, {"o"}),
    ]
    plots.show_state(rehearsal)
    assert "▲ with your copies · ○ without your pictures" in plots.curves_card.caption.text()


def test_keys_zoom_and_zero_takes_it_back(plots: RehearsalPlots, rehearsal: RehearsalState) -> None:
    plots.show_state(rehearsal)
    whole = shown_range(plots.curves)
    QTest.keyClick(plots.curves, Qt.Key.Key_Plus)
    assert shown_range(plots.curves) != whole
    QTest.keyClick(plots.curves, Qt.Key.Key_0)
    assert shown_range(plots.curves) == whole


@pytest.mark.parametrize("view", ["curves_card", "audits_card", "chance_card"])
@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_every_plot_is_kept_as_picture_vectors_and_numbers(
    plots: RehearsalPlots, rehearsal: RehearsalState, tmp_path: Path, view: str, kind: str
) -> None:
    plots.show_state(rehearsal)
    plots.show_end()
    path = tmp_path / f"plot.{kind}"
    card = getattr(plots, view)
    card.keep.save_to(path)
    data = path.read_bytes()
    if kind == "png":
        assert data.startswith(b"\x89PNG")
    elif kind == "svg":
        assert card.plot.accessibleName().encode() in data
    else:
        assert len(list(csv.reader(path.read_text().splitlines()))) > 2


def test_a_plot_that_cannot_be_kept_says_why(plots: RehearsalPlots, tmp_path: Path) -> None:
    told: list[str] = []
    plots.failed.connect(told.append)
    plots.chance_card.keep.save_to(tmp_path / "plot.docx")
    assert "png, svg, pdf, csv" in told[0]


def test_a_rehearsal_without_a_curve_shows_its_users(plots: RehearsalPlots) -> None:
    end = Finished({**finished().result, "curve": []})
    plots.show_state(tell(RehearsalState(), end))
    plots.show_end()
    assert plots.views.value == "users"
    assert plots.users.rowCount() == 4


@pytest.mark.parametrize("p_values", [[0.2, 0.004], [0.01, 0.011], [1e-9, 1.0]])
def test_no_text_covers_the_signs_and_the_axis_tells_what_counts_as_found(
    plots: RehearsalPlots, p_values: list[float]
) -> None:
    rounds = [epoch("marked", number) for number in (1, 2, 3, 4)]
    plots.show_state(tell(RehearsalState(), *rounds, audited(2, p_values)))
    assert not [item for item in plots.audits.getPlotItem().items if isinstance(item, TextItem)]
    ticks = dict(tick for level in vars(plots.audits.getPlotItem().getAxis("left"))["_tickLevels"] for tick in level)
    assert ticks[-2.0] == "0.01"
    assert ticks[0.0] == "1"
    assert "At the dashed line (0.01) or below: found." in plots.audits_card.caption.text()
