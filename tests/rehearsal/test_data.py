"""Where pictures to train on come from."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.common.errors import PictureError, UsageError
from mtgui.rehearsal.pictures.archives import pictures_in_archive
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, joined, read_pictures, split
from tests.rehearsal.rehearsal_helpers import tiny_data


def save_folder(folder: Path, data: TrainingData) -> None:
    for number, (pixels, label) in enumerate(zip(data.pixels, data.labels, strict=True)):
        place = folder / data.class_names[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.transpose(1, 2, 0)).save(place / f"{number:03}.png")


def test_a_folder_and_an_archive_of_it_hold_the_same_pictures(tmp_path: Path) -> None:
    save_folder(tmp_path / "set", tiny_data(3))
    with tarfile.open(tmp_path / "set.tar.xz", "w:xz") as archive:
        archive.add(tmp_path / "set", "set")
    from_folder, from_archive = (read_pictures(tmp_path / name, side=16) for name in ("set", "set.tar.xz"))
    assert from_folder.class_names == from_archive.class_names == tuple(sorted(tiny_data(3).class_names))
    for name, label in zip(tiny_data(3).class_names, range(3), strict=True):
        wanted = tiny_data(3).pixels[tiny_data(3).labels == label]
        for found in (from_folder, from_archive):
            rows = found.labels == found.class_names.index(name)
            assert sorted(p.tobytes() for p in found.pixels[rows]) == sorted(p.tobytes() for p in wanted)


def test_larger_pictures_are_brought_to_one_size(tmp_path: Path) -> None:
    for name, size in (("a", (40, 60)), ("b", (64, 48))):
        (tmp_path / name).mkdir()
        Image.new("L", size, 90).save(tmp_path / name / "one.png")
    assert read_pictures(tmp_path, side=24).pixels.shape == (2, 3, 24, 24)


def test_archives_are_not_believed(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "PNG")
    with tarfile.open(tmp_path / "odd.tar", "w") as archive:
        for name in (
            "/etc/a.png",
            "../up/a.png",
            "a/../../b.png",
            "lone.png",
            "good/a.png",
            ".hidden/a.png",
            "c/a.txt",
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(picture.getvalue())
            archive.addfile(entry, io.BytesIO(picture.getvalue()))
        link = tarfile.TarInfo("good/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    members = list(pictures_in_archive(tmp_path / "odd.tar"))
    assert [(member.class_name, str(member.name)) for member in members] == [("good", "good/a.png")]


def test_what_is_no_archive_is_refused_in_one_sentence(tmp_path: Path) -> None:
    for name, content in (("a.tar", b"nothing"), ("b.tar.xz", b"\xfd7zXZ\x00broken"), ("c.tar", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match=r"no tar archive, or damaged|holds pictures of 0 classes"):
            read_pictures(tmp_path / name)
    with pytest.raises(UsageError, match="There is no folder or archive"):
        read_pictures(tmp_path / "nowhere")


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "broken.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"broken\.png"):
        read_pictures(tmp_path)


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    save_folder(tmp_path, tiny_data(1, 2))
    next(tmp_path.iterdir()).rename(tmp_path / ".hidden")
    with pytest.raises(UsageError, match=r"of 1 class\."):
        read_pictures(tmp_path)


def test_made_pictures_are_the_same_every_time_and_each_its_own() -> None:
    data, again = make_pictures(4, 10, 5), make_pictures(4, 10, 5)
    assert np.array_equal(data.pixels, again.pixels)
    assert not np.array_equal(data.pixels, make_pictures(4, 10, 6).pixels)
    assert len({picture.tobytes() for picture in data.pixels}) == 40
    assert np.bincount(data.labels).tolist() == [10] * 4


def test_a_split_keeps_the_share_of_every_class_and_loses_nothing() -> None:
    data = tiny_data(10)
    kept, held = split(data, 0.3, 1)
    assert np.bincount(held.labels).tolist() == [3] * 3
    everything = {picture.tobytes() for picture in joined([kept, held]).pixels}
    assert everything == {picture.tobytes() for picture in data.pixels}
    assert np.array_equal(split(data, 0.3, 1)[1].pixels, held.pixels)
    with pytest.raises(UsageError, match="too few to keep some aside"):
        split(tiny_data(1), 0.3, 1)
