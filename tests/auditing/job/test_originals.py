import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.auditing.job.originals import find_originals, not_followed
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.hashing import sha256_file
from mtgui.pictures.decoding import decode
from mtgui.publishing.examine import hash_pixels
from mtgui.records.record import PoolPicture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "originals"
    place.mkdir()
    rng = np.random.default_rng(1)
    for number in range(4):
        Image.fromarray(rng.integers(0, 256, (20 + number, 30, 3), np.uint8)).save(place / f"{number}.png")
    return place


@pytest.fixture
def pool(folder: Path) -> list[PoolPicture]:
    return [
        PoolPicture(sha256_file(path), hash_pixels(found), path.name, found.height, found.width)
        for path in sorted(folder.iterdir())
        for found in [decode(path)]
    ]


def test_originals_are_found_where_they_lie(folder: Path, pool: list[PoolPicture]) -> None:
    originals = find_originals(pool, [folder])
    assert {one.picture_id: originals.found[one.picture_id].path for one in pool} == {
        one.picture_id: folder / one.name for one in pool
    }
    assert not originals.changed
    assert not originals.missing


def test_names_and_depth_do_not_matter(folder: Path, pool: list[PoolPicture]) -> None:
    deep = folder.parent / "a" / "b"
    deep.mkdir(parents=True)
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(deep / f"renamed {number}.PNG")
    assert len(find_originals(pool, [folder.parent]).found) == 4


def test_a_file_saved_anew_without_loss_is_found_by_its_pixels(folder: Path, pool: list[PoolPicture]) -> None:
    Image.open(folder / "2.png").save(folder / "other name.bmp")
    (folder / "2.png").unlink()
    originals = find_originals(pool, [folder])
    assert originals.found[pool[2].picture_id].way == "pixels"
    assert originals.found[pool[2].picture_id].path.name == "other name.bmp"


def test_a_changed_file_is_told_from_a_missing_one(folder: Path, pool: list[PoolPicture]) -> None:
    pixels = np.asarray(Image.open(folder / "1.png")).copy()
    pixels[0, 0] ^= 1
    Image.fromarray(pixels).save(folder / "1.png")
    (folder / "3.png").unlink()
    originals = find_originals(pool, [folder])
    assert originals.changed == ("1.png",)
    assert originals.missing == ("3.png",)


def test_single_files_can_be_pointed_at(folder: Path, pool: list[PoolPicture]) -> None:
    odd = folder.parent / "no suffix"
    shutil.move(folder / "0.png", odd)
    assert len(find_originals(pool, [odd, folder]).found) == 4


def test_damaged_and_hidden_files_stop_nobody(folder: Path, pool: list[PoolPicture]) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "folder.png").mkdir()
    (folder / ".hidden").mkdir()
    shutil.move(folder / "0.png", folder / ".hidden" / "0.png")
    assert find_originals(pool, [folder]).missing == ("0.png",)


def test_a_place_that_is_not_there_is_named(folder: Path, pool: list[PoolPicture]) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        find_originals(pool, [folder / "nowhere"])


def test_a_search_can_be_cancelled(folder: Path, pool: list[PoolPicture]) -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        find_originals(pool, [folder], control)


def test_links_to_folders_are_named_where_originals_are_missing(folder: Path, pool: list[PoolPicture]) -> None:
    away = folder.parent.parent / "away"
    away.mkdir()
    (folder / "0.png").rename(away / "0.png")
    (folder / "linked").symlink_to(away, target_is_directory=True)
    originals = find_originals(pool, [folder])
    assert originals.missing == ("0.png",)
    assert originals.linked == (folder / "linked",)
    assert "linked" in not_followed(originals.linked[0])
    assert find_originals(pool, [folder, away]).linked == ()


def test_published_copies_of_the_record_are_no_changed_originals(folder: Path, pool: list[PoolPicture]) -> None:
    original = next(path for path in sorted(folder.rglob("*")) if path.name == pool[0].name)
    Image.new("RGB", (8, 8)).save(original)
    found = find_originals(pool, [folder], published={sha256_file(original)})
    assert (found.changed, found.missing, found.copies) == ((), (pool[0].name,), 1)
    assert find_originals(pool, [folder]).changed == (pool[0].name,)
