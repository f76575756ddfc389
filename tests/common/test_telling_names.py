"""Names of files have as many folders as are needed to tell them apart."""

from pathlib import Path

from mtgui.common.telling_names import telling_names


def test_a_name_that_no_other_file_has_stands_alone() -> None:
    assert telling_names([Path("/p/a/one.jpg"), Path("/p/b/two.jpg")]) == ("one.jpg", "two.jpg")


def test_folders_are_added_until_the_name_is_the_only_one() -> None:
    paths = [Path("/p/a/x/IMG_3.jpg"), Path("/p/b/x/IMG_3.jpg"), Path("/p/b/y/IMG_3.jpg"), Path("/p/other.jpg")]
    assert telling_names(paths) == ("a/x/IMG_3.jpg", "b/x/IMG_3.jpg", "y/IMG_3.jpg", "other.jpg")


def test_files_that_are_not_named_count_too() -> None:
    assert telling_names([Path("/p/a/1.png")], among=[Path("/p/b/1.png")]) == ("a/1.png",)


def test_paths_that_hold_one_another_and_control_characters_end() -> None:
    assert telling_names([Path("1.png"), Path("a/1.png"), Path("b/1\n.png")]) == ("1.png", "a/1.png", "1\\n.png")
