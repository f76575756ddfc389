"""Where copies go unless told otherwise."""

from pathlib import Path

from mtgui.common.resources import resource_path
from mtgui.desktop.mark.export_plan import proposed_folder


def test_copies_go_beside_the_folder_of_the_originals(tmp_path: Path) -> None:
    assert proposed_folder((tmp_path / "cats" / "a.png",), (tmp_path / "cats",)) == tmp_path / "cats – copies"


def test_copies_of_the_demo_pictures_go_home_and_never_into_the_program() -> None:
    demo = resource_path("demo")
    assert proposed_folder((demo / "discs.png",), (demo,)) == Path.home() / "mtgui demo – copies"
