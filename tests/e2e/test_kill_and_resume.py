"""A real ``mtgui mark`` is killed all along its way; the same command again makes everything good."""

import hashlib
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mtgui.cli.main import run
from mtgui.records.journal import read_record
from tests.cli.cli_helpers import telling
from tests.needs import POSIX_SIGNALS
from tests.publishing.publishing_helpers import expected_pixels, files_below, pixels_of, save

KILLS = 20
PICTURES = 60

pytestmark = POSIX_SIGNALS


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PICTURES):
        save(folder / f"{number:02}.png", number, (100, 100))
    return folder


def command(pictures: Path, root: Path, rule: str) -> list[str]:
    return [
        "mark", str(pictures), "--out", str(root / "out"), "--publish", "50%", "--jobs", "2",
        "--embed-commitment", "--on-conflict", rule,
    ]  # fmt: skip


def started(pictures: Path, root: Path, rule: str) -> "subprocess.Popen[bytes]":
    root.mkdir()
    return telling(command(pictures, root, rule))


@pytest.fixture(scope="module")
def lines(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many lines one undisturbed run says."""
    with started(pictures, tmp_path_factory.mktemp("measure") / "run", "rename") as process:
        assert process.stdout is not None
        return len(process.stdout.read().splitlines())


def killed_at_line(number: int, pictures: Path, root: Path, rule: str) -> None:
    """Start the command, and kill it as soon as it has said so many lines."""
    with started(pictures, root, rule) as process:
        assert process.stdout is not None
        for _ in range(number):
            process.stdout.readline()
        process.kill()
        process.communicate()


def whole_copies(root: Path) -> dict[str, str]:
    """Return name and hash of every copy, after making sure that each has its record and its line in the log."""
    found = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in files_below(root / "out").items()
        if not name.endswith(".mtgui-part")
    }
    if found:
        exports = read_record(root / "out.mtrecord").exports().values()
        assert found.items() <= {entry.file: entry.file_hash for entry in exports}.items()
    return found


@pytest.mark.parametrize("number", range(KILLS))
def test_a_run_killed_at_any_point_is_made_good_by_the_same_command(
    pictures: Path, lines: int, tmp_path: Path, number: int
) -> None:
    rule = "overwrite" if number % 3 == 2 else "rename"
    root = tmp_path / "run"
    killed_at_line(1 + number * (lines - 1) // (KILLS - 1), pictures, root, rule)

    before = whole_copies(root)
    drawn = read_record(root / "out.mtrecord").blocks if (root / "out.mtrecord").exists() else None
    assert run(command(pictures, root, rule)) == 0
    record = read_record(root / "out.mtrecord")

    assert drawn is None or record.blocks == drawn
    assert len(record.blocks) == 1
    assert sorted(files_below(root / "out")) == [picture.name for picture in record.blocks[0].published_pictures]
    assert before.items() <= whole_copies(root).items()
    for picture in record.blocks[0].published_pictures:
        np.testing.assert_array_equal(
            pixels_of(root / "out" / picture.name), expected_pixels(record, pictures / picture.name)
        )
    assert sorted(path.name for path in root.iterdir()) == ["out", "out.mtrecord"]
