"""Who is in the pool: twins, the user's own choices, labels, and copies that are no originals."""

from dataclasses import replace
from pathlib import Path

import pytest

from mtgui.common.hashing import sha256_file
from mtgui.publishing.examine import MARKED_COPY
from mtgui.publishing.other_records import AlreadyRecordedError, OtherRecord
from mtgui.publishing.sources import Source
from tests.publishing.publishing_helpers import HALF, album, finish, names, record_of, request_for, save


def test_twins_take_one_place_in_the_pool(tmp_path: Path) -> None:
    paths = [*album(tmp_path / "in", 2), save(tmp_path / "in" / "twin.png", 0, compress_level=1)]
    assert sha256_file(paths[0]) != sha256_file(paths[2])
    request = request_for(paths, tmp_path)
    result = finish(request)
    assert names(result["twins"]) == ["twin.png"]
    assert "the same picture as 00.png" in result["twins"][0]["reason"]
    assert len(record_of(request).blocks[0].pool) == 2


def test_a_twin_of_an_earlier_picture_is_never_drawn_again(tmp_path: Path) -> None:
    finish(request_for(album(tmp_path / "in", 4), tmp_path, publish=HALF))
    twins = [save(tmp_path / "again" / f"{n}.png", n, compress_level=1) for n in range(4)]
    request = request_for(twins, tmp_path)
    result = finish(request)
    assert len(result["twins"]) == 4
    assert len(record_of(request).blocks) == 1


def test_a_withheld_picture_is_new_in_the_export_that_draws_it(tmp_path: Path) -> None:
    first = finish(request_for(album(tmp_path / "in", 4), tmp_path, publish=HALF))
    assert [one["is_new"] for one in first["withheld"]] == [True, True]
    again = finish(request_for(album(tmp_path / "in", 8), tmp_path, publish=HALF))
    earlier = {one["picture_id"] for one in first["withheld"]}
    assert {one["picture_id"]: one["is_new"] for one in again["withheld"]} == {
        one["picture_id"]: one["picture_id"] not in earlier for one in again["withheld"]
    }
    assert len(again["withheld"]) == 4


def test_keeping_a_picture_private_keeps_its_twin_private_too(tmp_path: Path) -> None:
    first = save(tmp_path / "in" / "a.png", 0)
    twin = save(tmp_path / "in" / "b.png", 0, compress_level=1)
    other = save(tmp_path / "in" / "c.png", 1)
    request = request_for([first, twin, other], tmp_path, choices={twin: "always withhold"})
    assert names(finish(request)["withheld"]) == ["a.png"]


def test_the_users_choices_are_kept_and_written_down(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 6)
    choices = {paths[0]: "always publish", paths[1]: "always withhold"}
    request = request_for(paths, tmp_path, publish=HALF, choices=choices)
    result = finish(request)
    assert "00.png" in names(result["marked"])
    assert "01.png" in names(result["withheld"])
    assert [picture.choice for picture in record_of(request).blocks[0].pool][:3] == [
        "always publish",
        "always withhold",
        "drawn",
    ]


def test_a_choice_that_comes_after_the_draw_is_told_to_be_too_late(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 3)
    request = request_for(paths, tmp_path)
    finish(request)
    result = finish(replace(request, choices={paths[1]: "always withhold"}))
    assert result["notes"] == [{"file": str(paths[1]), "notes": ["It was published before, and that stands."]}]


def test_a_marked_copy_is_never_marked_again(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 2), tmp_path)
    finish(request)
    again = request_for([request.out / "00.png"], tmp_path)
    result = finish(again)
    assert result["failed"][0]["reason"] == MARKED_COPY
    assert len(record_of(request).blocks) == 1


def test_labels_are_written_down_and_drawn_within(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 8)
    sources = tuple(Source(path, label="cat" if number < 4 else "dog") for number, path in enumerate(paths))
    request = replace(request_for(paths, tmp_path, publish=HALF), sources=sources)
    finish(request)
    block = record_of(request).blocks[0]
    assert sorted(picture.label or "" for picture in block.published_pictures) == ["cat", "cat", "dog", "dog"]


def test_pictures_of_another_record_are_not_drawn_a_second_time(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 5)
    first = request_for(paths[:4], tmp_path / "first", publish=HALF)
    (tmp_path / "first").mkdir()
    finish(first)
    (tmp_path / "second").mkdir()
    broken = OtherRecord(tmp_path / "none.mtrecord", tmp_path / "none")
    known = OtherRecord(first.record, first.out)
    second = request_for(paths, tmp_path / "second", publish=HALF, others=(broken, known))
    with pytest.raises(AlreadyRecordedError, match=r"4 of 5 pictures are in the record out\.mtrecord") as found:
        finish(second)
    assert (found.value.other, found.value.known) == (known, 4)
    assert found.value.names == tuple(path.name for path in paths[:4])
    assert not found.value.also
    assert not second.record.exists()
    assert not second.out.exists()
    finish(replace(second, others=()))
    finish(replace(second, others=(known,)))
    assert len(record_of(second).blocks) == 1, "a record that is continued keeps its own draws"


def test_the_pixels_of_a_picture_are_known_too(tmp_path: Path) -> None:
    first = request_for(album(tmp_path / "in", 4), tmp_path, publish=HALF)
    finish(first)
    twins = [save(tmp_path / "again" / f"{n}.png", n, compress_level=1) for n in range(4)]
    (tmp_path / "second").mkdir()
    second = request_for(twins, tmp_path / "second", publish=HALF, others=(OtherRecord(first.record, first.out),))
    with pytest.raises(AlreadyRecordedError):
        finish(second)


def test_every_record_that_knows_some_of_the_pictures_is_named(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 5)
    known = []
    for name, some in (("a", paths[:3]), ("b", paths[3:])):
        (tmp_path / name).mkdir()
        first = request_for(some, tmp_path / name, publish=HALF)
        finish(first)
        known.append(OtherRecord(first.record, first.out))
    (tmp_path / "c").mkdir()
    with pytest.raises(AlreadyRecordedError) as found:
        finish(request_for(paths, tmp_path / "c", publish=HALF, others=tuple(known)))
    assert (found.value.other, found.value.also) == (known[0], (known[1],))
    assert found.value.names == tuple(path.name for path in paths[:3])
