"""Hostile pictures and disks: one clear sentence each, and everything else is exported."""

import contextlib
import os
import struct
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from mtgui.common.errors import StorageError, UsageError
from mtgui.pictures.encoding import EncodeOptions
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from tests.publishing.publishing_helpers import album, files_below, finish, names, record_of, request_for, save


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, data: bytes) -> bytes:
    """Return a grey PNG whose header promises ``width`` × ``height``, whatever its data hold."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def truncated(path: Path) -> None:
    save(path)
    path.write_bytes(path.read_bytes()[:500])


def damaged(path: Path) -> None:
    save(path)
    data = bytearray(path.read_bytes())
    data[100:140] = bytes(40)
    path.write_bytes(data)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "zero bytes": lambda path: path.write_bytes(b""),
    "nothing but zeros": lambda path: path.write_bytes(bytes(5000)),
    "text": lambda path: path.write_text("Call me Ishmael."),
    "truncated": truncated,
    "damaged": damaged,
    "decompression bomb": lambda path: path.write_bytes(png_of(60_000, 60_000, bytes(1 << 20))),
    "20,000 × 20,000": lambda path: path.write_bytes(png_of(20_000, 20_000, bytes(1 << 20))),
    "a header that lies": lambda path: path.write_bytes(png_of(64, 64, bytes(10))),
    "1 × 1": lambda path: save(path, 0, (1, 1)),
    "1 × 10,000": lambda path: save(path, 0, (10_000, 1)),
    "a folder": lambda path: path.mkdir(),
    "a dangling link": lambda path: path.symlink_to(path.parent / "missing"),
    "a link in a circle": lambda path: path.symlink_to(path),
}
if hasattr(os, "mkfifo"):
    HOSTILE["a pipe"] = os.mkfifo


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_fails_with_one_sentence_and_the_others_are_exported(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    paths = album(tmp_path / "in", 2)
    hostile = tmp_path / "in" / "hostile.png"
    make(hostile)
    request = request_for([paths[0], hostile, paths[1]], tmp_path)
    result = finish(request)
    assert names(result["marked"]) == ["00.png", "01.png"]
    assert names(result["failed"]) == ["hostile.png"]
    reason = result["failed"][0]["reason"]
    assert reason.endswith(".")
    assert not reason.endswith("..")
    assert "\n" not in reason
    assert "Error" not in reason
    assert sorted(files_below(request.out)) == ["00.png", "01.png"]


def test_a_wrong_suffix_is_told_and_the_picture_used_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.png"
    save(path.with_suffix(".jpg")).rename(path)
    result = finish(request_for([path], tmp_path))
    assert names(result["marked"]) == ["a.png"]
    assert "The name says PNG, but the file is JPEG." in result["notes"][0]["notes"]


STRANGE_NAMES = [
    "line\nbreak.png",
    "🎨 Frühling.png",
    os.fsdecode(b"raw\xff\xfe.png"),
    "-rf.png",
    " .png",
    "a" * 240 + ".png",
]


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_a_strange_name_is_kept_and_recorded(tmp_path: Path, name: str) -> None:
    request = request_for([save(tmp_path / "in" / name)], tmp_path)
    finish(request)
    assert [path.name for path in request.out.iterdir()] == [name]
    assert record_of(request).blocks[0].pool[0].name == name
    assert len(record_of(request).exports()) == 1


def test_a_name_that_grows_too_long_fails_that_picture_alone(tmp_path: Path) -> None:
    paths = [save(tmp_path / "in" / ("a" * 251 + ".bmp"), 0), save(tmp_path / "in" / "b.png", 1)]
    request = request_for(paths, tmp_path, options=EncodeOptions(format="jpeg"))
    sources = (Source(paths[0]), Source(paths[1]))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ("a" * 251 + ".jpg")).write_bytes(b"mine")
    result = finish(replace(request, sources=sources))
    assert names(result["marked"]) == ["b.png"]
    assert "its name is too long for this disk; rename it" in result["failed"][0]["reason"]
    assert len(record_of(request).exports()) == 1


def test_a_hundred_failures_leave_no_thread_and_no_file_open(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(100)]
    result = finish(request_for([*paths, save(tmp_path / "in" / "a.png")], tmp_path))
    assert (len(result["failed"]), len(result["marked"])) == (100, 1)


def test_when_nothing_can_be_used_there_is_no_record(tmp_path: Path) -> None:
    request = request_for([tmp_path / "missing.png"], tmp_path)
    result = finish(request)
    assert (result["record"], result["commitment"]) == (None, None)
    assert not request.record.exists()


def test_a_full_disk_stops_the_export_with_one_sentence_and_whole_copies(tmp_path: Path, small_disk: Path) -> None:
    request = request_for(album(tmp_path / "in", 20), tmp_path, out=small_disk / "out")
    with pytest.raises(StorageError, match="the disk is full; free some space, then do the same again"):
        finish(request)
    exports = {entry.file for entry in record_of(request).exports().values()}
    found = files_below(small_disk)
    assert 0 < len(found) < 20
    for name in found:
        with Image.open(small_disk / name) as image:
            image.load()
        assert name.removeprefix("out/") in exports


def test_after_a_full_disk_the_same_export_goes_on_under_the_same_draw(tmp_path: Path, small_disk: Path) -> None:
    request = request_for(album(tmp_path / "in", 20), tmp_path, out=small_disk / "out")
    with pytest.raises(StorageError):
        finish(request)
    before = record_of(request).blocks
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    assert len(finish(request)["marked"]) == 20
    assert record_of(request).blocks == before


def test_a_disk_too_full_for_the_record_publishes_nothing(tmp_path: Path, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(64 << 10))
    request = request_for(album(tmp_path / "in", 40), tmp_path, record=small_disk / "r.mtrecord")
    with pytest.raises((StorageError, UsageError), match="the disk is full"):
        finish(request)
    assert files_below(request.out) == {}
    assert list(files_below(small_disk)) == ["filler"]


def test_a_disk_that_fills_up_under_the_log_leaves_a_record_that_can_be_read(tmp_path: Path, small_disk: Path) -> None:
    request = request_for(album(tmp_path / "in", 30), tmp_path, record=small_disk / "r.mtrecord")
    with pytest.raises(StorageError, match=r"mark record r\.mtrecord cannot be written: the disk is full"):
        fill_after_draw(request, small_disk)
    record = record_of(request)
    assert record.notes == ()
    exports = {entry.file for entry in record.exports().values()}
    assert set(files_below(request.out)) <= exports


def fill_after_draw(request: MarkRequest, disk: Path) -> None:
    for _ in mark_and_export(request):
        if request.record.exists() and not (disk / "filler").exists():
            with contextlib.suppress(OSError):
                (disk / "filler").write_bytes(bytes(1 << 20))


@pytest.mark.parametrize("what", ["out", "record"])
def test_a_read_only_disk_is_named_before_any_work(tmp_path: Path, small_disk: Path, what: str) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    request = request_for(album(tmp_path / "in", 1), tmp_path)
    on_disk = replace(request, out=small_disk) if what == "out" else replace(request, record=small_disk / "r.mtrecord")
    with pytest.raises(UsageError, match="the disk is read-only; choose another folder"):
        next(iter(mark_and_export(on_disk)))


def test_a_record_on_a_read_only_disk_is_not_continued(tmp_path: Path, small_disk: Path) -> None:
    request = request_for(album(tmp_path / "in", 1), tmp_path, record=small_disk / "r.mtrecord")
    finish(request)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match=r"r\.mtrecord cannot be written: the disk is read-only"):
        finish(request)
