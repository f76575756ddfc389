"""``mtgui demo`` in a terminal."""

from pathlib import Path

import pytest

from mtgui.cli.main import run
from mtgui.common.resources import resource_path
from mtgui.records.journal import read_record
from tests.publishing.helpers import files_below


def test_the_demo_marks_half_of_the_pictures_that_ship_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(resource_path("demo"))
    assert run(["demo", "--terminal", "--out", str(tmp_path / "out")]) == 0
    block = read_record(tmp_path / "out.mtrecord").blocks[0]
    assert len(block.published_pictures) == len(files_below(tmp_path / "out"))
    assert abs(len(block.published_pictures) - len(block.withheld_pictures)) <= 1
    assert files_below(resource_path("demo")) == before
    assert "The mark record is" in capsys.readouterr().out
