"""One's own pictures in a rehearsal, with a record and without."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mtgui.common.errors import UsageError
from mtgui.common.events import ItemFailed, Noticed
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import collect_sources
from mtgui.records.draw import PublishRule
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.own_pictures import OwnPictures, own_of_record, read_own_pictures, without_own
from mtgui.rehearsal.pictures.users import UserPlan, absent_training, draw_users, marked_training, unmarked_training
from tests.rehearsal.rehearsal_helpers import ended, tiny_data

DATA = tiny_data()


def picture(seed: int, side: int = 40) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side + 8, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mine"
    for seed, name in enumerate(["a.png", "b.png", f"{DATA.class_names[2]}/c.png", f"{DATA.class_names[2]}/d.png"]):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        picture(seed).save(place / name)
    return place


def own(count: int, wanted: tuple[int, int] | None = None) -> OwnPictures:
    pixels = np.random.default_rng(9).integers(0, 256, (count, 3, 16, 16), dtype=np.uint8)
    return OwnPictures(pixels, (None,) * count, wanted)


def test_pictures_are_brought_to_size_and_know_their_folder(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    Image.open(folder / "a.png").save(folder / "same again.png")
    events, read = ended(read_own_pictures([folder], 16))
    assert read.pixels.shape == (4, 3, 16, 16)
    assert sorted(map(str, read.folders)) == ["None", "None", DATA.class_names[2], DATA.class_names[2]]
    failed = [event for event in events if isinstance(event, ItemFailed)]
    assert [event.source.name for event in failed] == ["broken.png"]
    labels = read.labels(DATA.class_names, 1, is_mixed=False)
    assert labels[[name is not None for name in read.folders]].tolist() == [2, 2]
    assert len(set(labels[[name is None for name in read.folders]].tolist())) == 1


def test_one_picture_is_too_few(tmp_path: Path) -> None:
    picture(1).save(tmp_path / "one.png")
    with pytest.raises(UsageError, match="at least two of your own pictures"):
        ended(read_own_pictures([tmp_path / "one.png"], 16))


@pytest.mark.parametrize(
    ("there", "wanted", "counts"),
    [
        (9, None, (5, 4)),
        (10, (25, 25), (5, 5)),
        (10, (30, 10), (8, 2)),
        (10, (4, 3), (4, 3)),
        (2, (100, 1), (1, 1)),
        (6, (25, 0), (6, 0)),
    ],
)
def test_counts_are_scaled_down_to_what_there_is(
    there: int, wanted: tuple[int, int] | None, counts: tuple[int, int]
) -> None:
    assert own(there, wanted).counts == counts


def test_own_pictures_are_user_number_one_and_the_others_come_from_the_data() -> None:
    users = draw_users(DATA, UserPlan(users=3, published=4, withheld=3), 1, own(6))
    assert [user.is_own for user in users] == [True, False, False]
    assert [(len(user.published), len(user.pixels)) for user in users] == [(3, 6)] * 3
    mine = {one.tobytes() for one in users[0].pixels}
    marked, unmarked, absent = (f(DATA, users) for f in (marked_training, unmarked_training, absent_training))
    assert (len(absent), len(marked), len(unmarked)) == (48 - 12, 48 - 12 + 9, 48 - 12 + 9)
    assert mine.isdisjoint(one.tobytes() for one in (*marked.pixels, *absent.pixels))
    assert len(mine.intersection(one.tobytes() for one in unmarked.pixels)) == 3


def test_pictures_that_the_data_has_too_are_taken_out_of_it() -> None:
    twice = OwnPictures(DATA.pixels[:5], (None,) * 5)
    left = without_own(DATA, twice)
    assert isinstance(left, TrainingData)
    assert np.array_equal(left.pixels, DATA.pixels[5:])


@pytest.fixture
def record(folder: Path, tmp_path: Path) -> Path:
    request: Any = MarkRequest(
        sources=tuple(collect_sources([folder], looks_like_picture, label_from_folders=True)),
        out=tmp_path / "copies",
        record=tmp_path / "marks.mtrecord",
        settings=MarkSettings(0.8, 5),
        publish=PublishRule(count=3),
    )
    list(mark_and_export(request))
    return tmp_path / "marks.mtrecord"


def test_a_record_gives_settings_and_counts_and_never_a_key(record: Path, folder: Path) -> None:
    _, (read, block) = ended(own_of_record(record, [folder], 16))
    assert block.settings == MarkSettings(0.8, 5)
    assert read.counts == (3, 1)
    assert sorted(map(str, read.folders)) == ["None", "None", DATA.class_names[2], DATA.class_names[2]]
    plan = UserPlan(users=1, settings=block.settings, pattern_picture=block.pattern_picture)
    user = draw_users(DATA, plan, 0, read)[0]
    assert user.block.key != block.key
    assert user.block.decoy_seed != block.decoy_seed
    assert ended(own_of_record(record, [], 16))[1][0].counts == (3, 1)


def test_a_record_without_its_originals_is_refused(record: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="only 0 were found"):
        ended(own_of_record(record, [tmp_path / "empty"], 16))


def test_links_to_folders_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    events, read = ended(read_own_pictures([folder], 16))
    assert len(read.pixels) == 4
    assert [event.sentence.count("linked") for event in events if isinstance(event, Noticed)] == [1]
