"""The plots: quick with many draws, at most so many repaints, kept as pictures, vectors and numbers."""

import csv
from pathlib import Path

import numpy as np
import pytest
from pyqtgraph import BarGraphItem, InfiniteLine, TextItem
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPicture
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mtgui.auditing.job.audit_events import AuditPlanned
from mtgui.common.errors import UsageError
from mtgui.desktop.audit.audit_state import AuditState, PairState
from mtgui.desktop.audit.growing_histogram import BINS, SHOWN
from mtgui.desktop.audit.loss_plot import LossPlot
from mtgui.desktop.audit.pair_table import pair_table
from mtgui.desktop.audit.plot_panel import PlotPanel
from mtgui.desktop.pictures.picture_access import load_small
from mtgui.desktop.pictures.picture_entries import ShownPicture
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.plots.plot_saving import save_plot
from tests.desktop.desktop_helpers import repaints_for, show, shown_range, throttle_of

pytestmark = pytest.mark.usefixtures("themed")
PLAN = AuditPlanned(0, 0, 20, 10, 10, 16, 2000, 32_000, 1 / 32_000, 320, "CPU, 2 threads", 64, 0.01)


def state_of(draws: int, pictures: int = 20) -> PairState:
    rng = np.random.default_rng(0)
    state = PairState(plan=PLAN, set_loss=0.0023, at_most=1, counted=draws)
    state.draws.add(rng.gamma(9, 0.1, draws))
    state.pictures = tuple(ShownPicture(f"{i}.png", i % 2 == 0) for i in range(pictures))
    state.losses = tuple(rng.gamma(2, 0.5, pictures).tolist())
    return state


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    return show(qtbot, LossPlot(), 760, 480)


@pytest.mark.parametrize("draws", [1_000, 100_000])
def test_a_repaint_paints_the_same_however_many_draws_there_are(plot: LossPlot, draws: int) -> None:
    plot.show_state(state_of(draws))
    (bars,) = [item for item in plot.getPlotItem().items if isinstance(item, BarGraphItem)]
    assert len(bars.opts["height"]) <= SHOWN + 1
    strokes = QPicture()
    painter = QPainter(strokes)
    plot.render_to(painter, QRectF(plot.viewport().rect()))
    painter.end()
    assert strokes.size() < 32_000, "bytes of what was told to the painter"


def test_draws_are_kept_in_the_same_room_however_many_there_are() -> None:
    few, many = (state_of(draws).draws.plain for draws in (1_000, 100_000))
    assert (few.total, many.total) == (1_000, 100_000)
    for draws in (few, many):
        assert BINS / 2 < draws.bars(draws.least, draws.most, shown=10 * BINS).counts.size <= BINS


def test_the_plot_is_text_too(plot: LossPlot) -> None:
    plot.show_state(state_of(1000))
    assert plot.accessibleName() == "Loss distribution"
    assert "1,000 reference draws" in plot.accessibleDescription()
    assert "Your published set: 0.00230 nats" in plot.accessibleDescription()


def test_keys_zoom_and_zero_takes_it_back(plot: LossPlot) -> None:
    state = state_of(1000)
    plot.show_state(state)
    whole = shown_range(plot)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    near = shown_range(plot)
    assert near[1] - near[0] < whole[1] - whole[0]
    plot.show_state(state)
    assert shown_range(plot) == near, "new draws leave the zoom alone"
    QTest.keyClick(plot, Qt.Key.Key_0)
    assert shown_range(plot) == whole


def test_the_logarithm_shows_the_same_draws(plot: LossPlot) -> None:
    plot.show_state(state_of(1000))
    plot.set_logarithmic(True)
    low, high = shown_range(plot)
    assert low < np.log10(0.0023) < high
    assert high < 1


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_plot_is_kept_as_picture_and_vectors(plot: LossPlot, tmp_path: Path, kind: str) -> None:
    state = state_of(1000)
    plot.show_state(state)
    path = tmp_path / f"plot.{kind}"
    save_plot(plot, lambda: pair_table(state), path)
    data = path.read_bytes()
    if kind == "png":
        image = QImage(str(path))
        assert image.width() == 3 * plot.viewport().width()
        assert len({image.pixelColor(x, image.height() // 2).name() for x in range(0, image.width(), 7)}) > 1
    elif kind == "svg":
        assert b"your published set" in data
        assert data.count(b"<path") + data.count(b"<polyline") + data.count(b"<polygon") > 3
    else:
        assert data.startswith(b"%PDF")
        assert b"/Subtype /Image" not in data


def test_numbers_are_kept_without_names_of_private_pictures(plot: LossPlot, tmp_path: Path) -> None:
    state = state_of(1000)
    save_plot(plot, lambda: pair_table(state), tmp_path / "plot.csv")
    with (tmp_path / "plot.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    names = [row[0] for row in rows if len(row) == 3 and row[1] in ("yes", "no")]
    assert len(names) == 20
    assert names.count("") == 10
    first = rows.index(["from_nats", "to_nats", "draws"])
    assert sum(int(row[2]) for row in rows[first + 1 :]) == 1000


def test_another_ending_is_a_sentence(plot: LossPlot, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="png, svg, pdf, csv"):
        save_plot(plot, lambda: "", tmp_path / "plot.docx")


@pytest.fixture
def panel(qtbot: QtBot) -> PlotPanel:
    thumbnails = Thumbnails(load_small)
    panel = PlotPanel(thumbnails)
    thumbnails.setParent(panel)
    return show(qtbot, panel, 800, 600, before_close=lambda _: panel.stop())


@pytest.mark.parametrize(("device", "interval"), [("CPU, 2 threads", 400), ("NVIDIA H100", 50)])
def test_repaints_are_few_however_many_events_come(qtbot: QtBot, panel: PlotPanel, device: str, interval: int) -> None:
    audit = AuditState()
    audit.device = device
    audit.pairs[0, 0] = state_of(100)
    panel.show_audit(audit)
    throttle = throttle_of(panel)
    assert throttle.interval == interval
    assert repaints_for(qtbot, throttle, panel.changed) == (1, 2)


def test_plot_and_list_of_pictures_go_together(panel: PlotPanel) -> None:
    audit = AuditState()
    audit.pairs[0, 0] = state_of(100)
    panel.show_audit(audit)
    panel.views.button("pictures").click()
    losses = [one.loss for one in panel.list_model.pictures]
    assert losses == sorted(losses)
    panel.pictures.chosen.emit(5)
    assert panel.list.currentIndex().row() == 5
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert "Now: " in panel.pictures.accessibleDescription()
    name = panel.list_model.pictures[6].name
    assert name in panel.pictures.accessibleDescription()
    words = panel.list_model.index(6).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "published" in words or "kept private" in words


def test_a_picture_of_the_plot_goes_to_the_clipboard(panel: PlotPanel) -> None:
    panel.save.copy_picture()
    assert not QGuiApplication.clipboard().pixmap().isNull()
    QGuiApplication.clipboard().clear()


def test_the_line_of_the_set_passes_behind_the_words_on_the_draws(plot: LossPlot) -> None:
    plot.show_state(state_of(1000))
    texts = [one for one in plot.getPlotItem().items if isinstance(one, TextItem)]
    (words,) = [one for one in texts if one.toPlainText().endswith("lie left of here")]
    (line,) = [one for one in plot.getPlotItem().items if isinstance(one, InfiniteLine)]
    assert words.zValue() > line.zValue()
    assert words.fill.color() == QColor(plot.tokens.raised)
