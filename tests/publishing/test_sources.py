"""Which files a person meant."""

import errno
import os
from pathlib import Path

import pytest

from mtgui.common.errors import UsageError
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.export_job import LINKED
from mtgui.publishing.sources import Source, collect_sources, is_export_folder
from tests.publishing.publishing_helpers import finish, request_for, save


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path / "novel.txt")
    assert collect_sources([tmp_path / "novel.txt"], looks_like_picture) == [Source(tmp_path / "novel.txt")]


def test_of_a_folder_only_the_pictures_are_taken_in_the_order_of_their_names(tmp_path: Path) -> None:
    touch(tmp_path / "b.PNG", tmp_path / "a.jpg", tmp_path / "novel.txt", tmp_path / "sub" / "c.webp")
    found = collect_sources([tmp_path], looks_like_picture)
    assert found == [
        Source(tmp_path / "a.jpg"),
        Source(tmp_path / "b.PNG"),
        Source(tmp_path / "sub" / "c.webp", Path("sub")),
    ]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path / ".a.png", tmp_path / ".thumbnails" / "a.png")
    assert collect_sources([tmp_path], looks_like_picture) == []


def test_a_picture_named_twice_is_taken_once(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.png")
    found = collect_sources(
        [tmp_path / "in" / "a.png", tmp_path / "in", tmp_path / "in" / ".." / "in"], looks_like_picture
    )
    assert [source.path.name for source in found] == ["a.png"]


def test_several_folders_are_mirrored_side_by_side(tmp_path: Path) -> None:
    touch(tmp_path / "x" / "a.png", tmp_path / "y" / "sub" / "a.png")
    found = collect_sources([tmp_path / "x", tmp_path / "y"], looks_like_picture)
    assert [source.subfolder for source in found] == [Path("x"), Path("y/sub")]


def test_the_first_folder_below_is_the_label(tmp_path: Path) -> None:
    touch(tmp_path / "a.png", tmp_path / "cats" / "b.png", tmp_path / "dogs" / "old" / "c.png")
    found = collect_sources([tmp_path], looks_like_picture, label_from_folders=True)
    assert {source.path.name: source.label for source in found} == {"a.png": None, "b.png": "cats", "c.png": "dogs"}


def test_the_export_folder_inside_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path / "a.png", tmp_path / "out" / "a.png", tmp_path / "out" / "sub" / "b.png")
    found = collect_sources([tmp_path], looks_like_picture, leave_out=tmp_path / "out")
    assert [source.path for source in found] == [tmp_path / "a.png"]


@pytest.mark.parametrize("inside", ["", "sub"])
def test_originals_in_the_export_folder_are_refused(tmp_path: Path, inside: str) -> None:
    touch(tmp_path / "sub" / "a.png")
    with pytest.raises(UsageError, match="Choose another export folder"):
        collect_sources([tmp_path / inside], looks_like_picture, leave_out=tmp_path)


@pytest.mark.parametrize("name", ["missing.png", "x" * 5000])
def test_a_path_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="There is no file or folder"):
        collect_sources([tmp_path / name], looks_like_picture)


def test_a_folder_that_goes_by_the_name_of_a_picture_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path / "a.png" / "b.png")
    found = collect_sources([tmp_path], looks_like_picture)
    assert found == [Source(tmp_path / "a.png" / "b.png", Path("a.png"))]


def test_the_root_of_a_disk_is_no_export_folder(tmp_path: Path) -> None:
    assert not is_export_folder(Path(tmp_path.anchor))


def test_a_link_to_a_folder_is_not_followed_and_told(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", 1)
    save(tmp_path / "elsewhere" / "b.png", 2)
    link = tmp_path / "in" / "more"
    link.symlink_to(tmp_path / "elsewhere")
    links: list[Path] = []
    found = collect_sources([tmp_path / "in"], looks_like_picture, on_link=links.append)
    assert ([source.path.name for source in found], links) == (["a.png"], [link])
    result = finish(request_for([found[0].path], tmp_path, linked_folders=tuple(links)))
    assert result["notes"] == [{"file": str(link), "notes": [LINKED]}]


def test_a_folder_that_cannot_be_opened_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "in" / "a.png", 1)
    closed = save(tmp_path / "in" / "closed" / "b.png", 2).parent
    scandir = os.scandir

    def refuse(place: str | Path) -> object:
        if Path(place) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)
    found = [source.path for source in collect_sources([tmp_path / "in"], looks_like_picture)]
    assert found == [path, closed]
    (failed,) = finish(request_for(found, tmp_path))["failed"]
    assert failed["file"] == str(closed)
    assert failed["reason"].startswith("this folder cannot be opened: you have no permission for it")
