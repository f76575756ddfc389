"""``mtgui mark`` tells which pictures are private, whether places stay, and which options change nothing."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from mtgui.cli.main import run as run_here
from tests.cli.test_mark_command import block_of, mark
from tests.publishing.publishing_helpers import album, save


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    album(tmp_path / "in", 4)
    return tmp_path / "in"


def test_private_pictures_of_one_name_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [save(tmp_path / "in" / folder / "IMG_3.png", number) for number, folder in enumerate("abcd")]
    assert mark(tmp_path / "in", "--publish", "50%") == 0
    out = capsys.readouterr().out
    block = block_of(tmp_path / "in")
    private = {one.picture_id for one in block.withheld_pictures}
    for path in paths:
        is_private = hashlib.sha256(path.read_bytes()).hexdigest() in private
        assert (f"{path.parent.name}/IMG_3.png" in out) is is_private
    assert run_here(["inspect", str(tmp_path / "out.mtrecord")]) == 0
    told = capsys.readouterr().out
    assert all(f"IMG_3.png (SHA-256 {one[:12]}…)" in told for one in private)


def with_position(path: Path) -> Path:
    """Save a picture at ``path`` that says where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 14.0), 3: "E", 4: (11.0, 34.0, 30.0)})
    return save(path, 5, exif=exif)


@pytest.mark.parametrize(("options", "is_kept"), [((), False), (("--remove-gps",), False), (("--keep-gps",), True)])
def test_places_go_unless_they_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], is_kept: bool
) -> None:
    with_position(tmp_path / "in" / "a.jpg")
    assert mark(tmp_path / "in", *options) == 0
    with Image.open(tmp_path / "out" / "a.jpg") as copy:
        assert bool(copy.getexif().get_ifd(0x8825)) is is_kept
    out = capsys.readouterr().out
    assert ("do not say where photos were taken; --keep-gps keeps that" in out) is not is_kept
    assert ("their copies say it too (--keep-gps)" in out) is is_kept


def test_options_that_change_nothing_in_copies_that_are_there_are_named(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mark(pictures) == 0
    assert "changes nothing in copies" not in capsys.readouterr().out
    assert mark(pictures, "--publish", "50%", "--format", "jpeg", "--remove-gps") == 0
    out = capsys.readouterr().out
    assert "“--remove-gps --format jpeg” changes nothing in copies that are there. To write all copies so" in out
    assert "“--publish 50%” kept none of 4 pictures private: this record drew them before" in out
    assert "Tip:" not in out
    assert mark(pictures, "--record", str(pictures.parent / "out.mtrecord"), "--out", str(pictures.parent / "b")) == 0
