"""The list of pictures: found on disk, shown as thumbnails, never holding up the window."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QModelIndex, QSettings, Qt, QUrl
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mtgui.common.errors import PictureError
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.pictures.array_images import image_from_planes
from mtgui.desktop.pictures.folder_scan import CHUNK, OUTSTANDING, FolderScan, ScanSummary
from mtgui.desktop.pictures.picture_entries import PictureEntry, entry_of
from mtgui.desktop.pictures.picture_strip import PictureStrip, paths_from_mime
from mtgui.desktop.pictures.pictures_model import PictureListModel, PictureRole
from mtgui.desktop.pictures.stacked_pictures import StackedPictures
from mtgui.desktop.pictures.thumbnails import Thumbnails
from tests.desktop.desktop_helpers import show
from tests.desktop.mark.mark_helpers import make_pictures, settle
from tests.desktop.watching import OwnThread, Turns

MakeThumbnails = Callable[..., Thumbnails]
pytestmark = pytest.mark.usefixtures("themed")


def is_picture(name: str) -> bool:
    return name.endswith((".png", ".jpg"))


def make_files(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return paths


class Listener:
    """Collects what a scan delivers."""

    def __init__(self, scan: FolderScan) -> None:
        self.chunks: list[tuple[PictureEntry, ...]] = []
        self.summaries: list[ScanSummary] = []
        scan.found.connect(self.chunks.append)
        scan.finished.connect(self.summaries.append)

    @property
    def names(self) -> list[str]:
        return [entry.name for chunk in self.chunks for entry in chunk]


def run_scan(qtbot: QtBot, *paths: Path) -> Listener:
    scan = FolderScan(is_picture)
    listener = Listener(scan)
    scan.start(paths)
    qtbot.waitUntil(lambda: bool(listener.summaries))
    assert scan.wait(5)
    return listener


def test_folders_are_walked_in_natural_order(qtbot: QtBot, tmp_path: Path) -> None:
    make_files(tmp_path, "b10.png", "b9.png", "sub/deep/c.jpg", "note.txt", ".hidden.png", ".git/d.png")
    listener = run_scan(qtbot, tmp_path)
    assert listener.names == ["b9.png", "b10.png", "c.jpg"]
    assert {entry.root for chunk in listener.chunks for entry in chunk} == {tmp_path}
    (summary,) = listener.summaries
    assert (summary.found, summary.was_cancelled) == (3, False)
    assert summary.sentence == "1 skipped: not a picture of a known kind"


def test_loops_of_links_end(qtbot: QtBot, tmp_path: Path) -> None:
    make_files(tmp_path, "a/one.png")
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
    assert run_scan(qtbot, tmp_path).names == ["one.png"]


def test_what_is_missing_or_refused_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (kept,) = make_files(tmp_path, "one.png")
    os.mkfifo(tmp_path / "pipe.png")
    listener = run_scan(qtbot, tmp_path / "gone.png", kept, tmp_path / "pipe.png")
    assert listener.names == ["one.png"]
    assert sum(count for _, count in listener.summaries[0].skipped) == 2


def test_a_link_and_its_target_have_one_identity(qtbot: QtBot, tmp_path: Path) -> None:
    make_files(tmp_path, "one.png")
    (tmp_path / "two.png").symlink_to(tmp_path / "one.png")
    listener = run_scan(qtbot, tmp_path)
    assert len({entry.identity for chunk in listener.chunks for entry in chunk}) == 1


def test_a_scan_can_be_cancelled(qtbot: QtBot, tmp_path: Path) -> None:
    make_files(tmp_path, *(f"{i}.png" for i in range(300)))
    scan = FolderScan(is_picture)
    listener = Listener(scan)
    scan.found.connect(scan.cancel)
    scan.start([tmp_path])
    qtbot.waitUntil(lambda: bool(listener.summaries))
    assert scan.wait(5)
    assert (len(listener.chunks), listener.summaries[0].was_cancelled) == (1, True)


def test_chunks_are_small(qtbot: QtBot, tmp_path: Path) -> None:
    make_files(tmp_path, *(f"{i}.png" for i in range(260)))
    assert max(len(chunk) for chunk in run_scan(qtbot, tmp_path).chunks) <= 100


def test_each_file_is_listed_once(tmp_path: Path, make_thumbnails: MakeThumbnails) -> None:
    one, two = make_files(tmp_path, "one.png", "two.png")
    model = PictureListModel(make_thumbnails())
    assert model.add([entry_of(one), entry_of(two), entry_of(tmp_path / "." / "one.png")]) == 2
    assert model.add([entry_of(one)]) == 0
    assert model.rowCount() == 2


def test_rows_can_be_removed_and_added_again(tmp_path: Path, make_thumbnails: MakeThumbnails) -> None:
    paths = make_files(tmp_path, *(f"{i}.png" for i in range(6)))
    model = PictureListModel(make_thumbnails())
    model.add(entry_of(path) for path in paths)
    model.remove([0, 2, 3, 99])
    assert [entry.name for entry in model.entries] == ["1.png", "4.png", "5.png"]
    assert (model.row_of(paths[4]), model.row_of(paths[0])) == (1, -1)
    assert model.add([entry_of(paths[0])]) == 1
    model.clear()
    assert model.entries == ()


def test_badges_and_errors_are_told_in_words(tmp_path: Path, make_thumbnails: MakeThumbnails) -> None:
    one, two = make_files(tmp_path, "one.png", "two.png")
    model = PictureListModel(make_thumbnails())
    model.add([entry_of(one), entry_of(two)])
    model.set_badges({one: "published"})
    model.set_error(two, "the file ends too early")
    spoken = [model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert spoken == ["one.png, ▲ goes out", "two.png, Cannot be used: the file ends too early"]
    assert [entry.name for entry in model.failed()] == ["two.png"]


def test_only_rows_that_are_looked_at_are_decoded(
    qtbot: QtBot, tmp_path: Path, make_thumbnails: MakeThumbnails
) -> None:
    decoded: list[Path] = []

    def load(path: Path, longest: int) -> NDArray[np.uint8]:
        decoded.append(path)
        return np.zeros((3, longest, longest), dtype=np.uint8)

    store = make_thumbnails(load)
    model = PictureListModel(store)
    model.add(PictureEntry(tmp_path / f"{i}.png", tmp_path, str(i)) for i in range(1000))
    strip = PictureStrip(StackedPictures(model))
    qtbot.addWidget(strip)
    strip.resize(232, 400)
    strip.show()
    qtbot.waitUntil(lambda: len(decoded) >= 6 and store.is_idle)
    assert len(decoded) < 40


def test_the_newest_wish_comes_first_and_stale_ones_are_dropped(qtbot: QtBot, make_thumbnails: MakeThumbnails) -> None:
    gate = threading.Event()
    decoded: list[str] = []

    def load(path: Path, _longest: int) -> NDArray[np.uint8]:
        gate.wait(10)
        decoded.append(path.name)
        return np.zeros((3, 8, 8), dtype=np.uint8)

    store = make_thumbnails(load)
    for i in range(500):
        store.get(Path(f"{i}.png"))
    gate.set()
    qtbot.waitUntil(lambda: store.is_idle)
    assert 100 < len(decoded) < 140
    later = [int(name.removesuffix(".png")) for name in decoded]
    assert 499 in later[:12]
    assert 100 not in later


def test_the_cache_is_bounded(qtbot: QtBot, make_thumbnails: MakeThumbnails) -> None:
    store = make_thumbnails(cached=5)
    for i in range(20):
        store.get(Path(f"{i}.png"))
    qtbot.waitUntil(lambda: store.is_idle)
    assert store.count == 5


def test_a_failed_thumbnail_becomes_a_tile_that_says_why(
    qtbot: QtBot, tmp_path: Path, make_thumbnails: MakeThumbnails
) -> None:
    gate = threading.Event()

    def load(path: Path, _longest: int) -> NDArray[np.uint8]:
        gate.wait(10)
        raise PictureError(path, "the file ends too early.")

    model = PictureListModel(make_thumbnails(load))
    model.add([PictureEntry(tmp_path / "one.png", tmp_path, "1")])
    strip = PictureStrip(StackedPictures(model))
    qtbot.addWidget(strip)
    strip.resize(232, 200)
    empty = strip.grab().toImage()
    gate.set()
    qtbot.waitUntil(lambda: bool(model.failed()))
    assert model.data(model.index(0), PictureRole.ERROR) == "the file ends too early."
    assert "ends too early" in str(model.data(model.index(0), Qt.ItemDataRole.ToolTipRole))
    assert strip.grab().toImage() != empty


def test_the_strip_is_two_abreast(qtbot: QtBot, tmp_path: Path, make_thumbnails: MakeThumbnails) -> None:
    model = PictureListModel(make_thumbnails())
    model.add(PictureEntry(tmp_path / f"{i}.png", tmp_path, str(i)) for i in range(60))
    strip = PictureStrip(StackedPictures(model))
    qtbot.addWidget(strip)
    strip.resize(232, 500)
    strip.show()
    tops = [strip.visualRect(strip.model().index(row, 0)).top() for row in range(4)]
    assert tops[0] == tops[1] < tops[2] == tops[3]


def test_the_strip_obeys_the_keyboard(qtbot: QtBot, tmp_path: Path, make_thumbnails: MakeThumbnails) -> None:
    model = PictureListModel(make_thumbnails())
    model.add(PictureEntry(tmp_path / f"{i}.png", tmp_path, str(i)) for i in range(6))
    strip = PictureStrip(StackedPictures(model))
    qtbot.addWidget(strip)
    strip.resize(232, 500)
    strip.show()
    seen: list[PictureEntry | None] = []
    strip.current_changed.connect(seen.append)
    strip.show_entry(0)
    QTest.keyClick(strip, Qt.Key.Key_Down)
    QTest.keyClick(strip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert [entry.name for entry in seen if entry] == ["0.png", "2.png", "3.png"]
    with qtbot.waitSignal(strip.remove_requested) as removal:
        QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert [entry.name for entry in removal.args[0]] == ["2.png", "3.png"]
    model.clear()
    assert strip.current_entry is None


def test_drops_give_local_paths_only(tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path)), QUrl("https://example.org/a.png")])
    assert paths_from_mime(data) == [tmp_path]
    assert paths_from_mime(QMimeData()) == []


def test_two_thousand_pictures_reach_the_window_a_few_in_a_turn(
    qtbot: QtBot, tmp_path: Path, make_thumbnails: MakeThumbnails
) -> None:
    make_files(tmp_path, *(f"folder{i % 7}/{i}.png" for i in range(2000)))
    store = make_thumbnails()
    model = PictureListModel(store)
    strip = show(qtbot, PictureStrip(StackedPictures(model)), 232, 700)
    scan = FolderScan(is_picture)
    scan.found.connect(model.add)
    with Turns() as rows, Turns() as tiles:
        scan.found.connect(rows.saw_all)
        store.ready.connect(tiles.saw_one)
        scan.start([tmp_path])
        qtbot.waitUntil(lambda: not scan.is_running and store.is_idle and tiles.total > 0)
    assert scan.wait(5)
    assert model.rowCount(QModelIndex()) == rows.total == 2000
    assert strip.isVisible()
    assert rows.most <= OUTSTANDING * CHUNK
    assert tiles.most <= store.at_once


def test_the_windows_thread_opens_no_picture_and_decodes_none(
    qtbot: QtBot, tmp_path: Path, settings: QSettings
) -> None:
    make_pictures(tmp_path / "pictures", 6)
    page = show(qtbot, MarkPage(settings), 1204, 800, before_close=lambda _: page.shut_down())
    with OwnThread() as thread:
        page.open_paths([tmp_path / "pictures"])
        settle(qtbot, page)
    assert page.pictures.count == 6
    assert thread.ran("mtgui.desktop.pictures.thumbnails") == ["mtgui.desktop.pictures.thumbnails"]
    assert thread.opened_below(tmp_path / "pictures") == []
    assert thread.ran("PIL") == []
    assert thread.ran("mtgui.pictures.decoding") == []


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_planes_become_images(channels: int) -> None:
    planes = np.arange(channels * 6, dtype=np.uint8).reshape(channels, 2, 3) * 5
    colour = image_from_planes(planes).pixelColor(2, 1)
    expected = [int(planes[min(c, channels - 1) if channels < 3 else c, 1, 2]) for c in range(3)]
    if channels < 4:
        assert [colour.red(), colour.green(), colour.blue()] == expected
    else:
        assert colour.alpha() == planes[3, 1, 2]
    with pytest.raises(ValueError, match="uint8"):
        image_from_planes(np.zeros((2, 2, 2), dtype=np.uint8))
