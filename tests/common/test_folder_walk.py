"""The one walk through folders: everything in order, nothing twice, and what is in the way told."""

import os
from pathlib import Path

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.common.folder_walk import files_in, folders_in, natural_key, plain_key, walk
from tests.needs import RIGHTS, as_ordinary_user, folder_of_anybody


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def names(folder: Path, **options: object) -> list[str]:
    key = plain_key if options.get("plain") else natural_key
    return [
        found.path.relative_to(folder).as_posix()
        for found in walk(folder, key=key, follows_links=bool(options.get("follows_links")))
        if found.kind == "file"
    ]


def test_names_are_sorted_as_people_do() -> None:
    mixed = ["a10b2", "10.png", "x", "a9b30", "2.png", "A1", "²5"]
    assert sorted(mixed, key=natural_key) == ["2.png", "10.png", "A1", "a9b30", "a10b2", "x", "²5"]


def test_files_come_before_folders_and_both_in_order(tmp_path: Path) -> None:
    make(tmp_path, "10.png", "2.png", "s10/a", "s2/b", "s2/deep/c")
    assert names(tmp_path) == ["2.png", "10.png", "s2/b", "s2/deep/c", "s10/a"]
    assert names(tmp_path, plain=True) == ["10.png", "2.png", "s10/a", "s2/b", "s2/deep/c"]


def test_many_files_are_in_order_too(tmp_path: Path) -> None:
    make(tmp_path, *(f"{number}" for number in range(2500)))
    assert names(tmp_path) == [str(number) for number in range(2500)]


def test_what_is_hidden_is_told_and_not_entered(tmp_path: Path) -> None:
    make(tmp_path, ".a", ".deep/b", "c")
    kinds = {found.path.name: found.kind for found in walk(tmp_path)}
    assert kinds == {".a": "hidden", ".deep": "hidden", "c": "file"}


def test_folders_can_be_left_out(tmp_path: Path) -> None:
    make(tmp_path, "in/a", "out/b")
    found = walk(tmp_path, enters=lambda folder: folder.name != "out")
    assert [one.path.name for one in found] == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_entered_only_when_wanted_and_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "in/a")
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    (tmp_path / "in" / "gone").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path) == ["in/a"]
    assert names(tmp_path, follows_links=True) == ["in/a"]
    assert [found.path.name for found in walk(tmp_path) if found.kind == "special"] == ["gone"]


@RIGHTS
def test_a_closed_folder_is_told() -> None:
    with folder_of_anybody() as folder:
        make(folder, "closed/a", "open/b")
        (folder / "open").chmod(0o755)
        assert len(list(walk(folder))) == 2
        (folder / "closed").chmod(0)
        with as_ordinary_user():
            found = list(walk(folder))
        (folder / "closed").chmod(0o700)
    assert [(one.path.name, one.kind) for one in found] == [("closed", "closed"), ("b", "file")]


def test_what_is_no_folder_is_told_as_closed(tmp_path: Path) -> None:
    [found] = walk(tmp_path / "nowhere")
    assert found.kind == "closed"
    assert isinstance(found.error, FileNotFoundError)


def test_a_walk_can_be_cancelled(tmp_path: Path) -> None:
    make(tmp_path, "a", "b/c")
    control = Control()
    steps = walk(tmp_path, checkpoint=control.checkpoint)
    next(steps)
    control.cancel()
    with pytest.raises(CancelledError):
        next(steps)


def test_several_walks_can_share_what_was_seen(tmp_path: Path) -> None:
    make(tmp_path, "in/a")
    seen: set[tuple[int, int]] = set()
    twice = [*walk(tmp_path / "in", seen=seen), *walk(tmp_path, seen=seen)]
    assert [found.path.name for found in twice] == ["a"]


def test_of_one_folder_files_and_folders_come_by_name(tmp_path: Path) -> None:
    make(tmp_path, "10", "2", ".hidden", "z/a", "b/a", ".c/a")
    assert [path.name for path in files_in(tmp_path)] == ["10", "2"]
    assert [path.name for path in folders_in(tmp_path)] == ["b", "z"]
    assert [path.name for path in folders_in(tmp_path, hidden=True)] == [".c", "b", "z"]
