"""What the evidence rests on: the order of things, the draw that stands, and marks that follow from the record."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, RecordError, UsageError
from mtgui.common.events import Event, Finished, ItemDone, Started
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.encoding import EncodeOptions
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.records.draw import PublishRule
from mtgui.records.journal import open_record, read_record
from tests.publishing.publishing_helpers import (
    HALF,
    album,
    expected_pixels,
    files_below,
    finish,
    names,
    pixels_of,
    record_of,
    request_for,
    save,
)


def watch(request: MarkRequest) -> Iterator[Event]:
    """Run a job and check, at every event, that no file lies there without its record and its line in the log."""
    for event in mark_and_export(request):
        copies = files_below(request.out)
        if copies:
            exports = {entry.file: entry.file_hash for entry in read_record(request.record).exports().values()}
            assert {name: sha256_bytes(data) for name, data in copies.items()}.items() <= exports.items()
        yield event


def cancel_at(request: MarkRequest, control: Control, kind: type[Event]) -> None:
    for event in mark_and_export(request, control):
        if isinstance(event, kind):
            control.cancel()


def test_every_copy_decodes_to_exactly_the_mark_its_record_calls_for(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 5)
    request = request_for(paths, tmp_path)
    finish(request)
    for path in paths:
        np.testing.assert_array_equal(pixels_of(request.out / path.name), expected_pixels(record_of(request), path))


def test_the_record_lies_on_disk_before_the_first_copy_and_each_line_before_its_copy(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 12), tmp_path, publish=HALF)
    events = list(watch(request))
    assert isinstance(events[-1], Finished)
    assert len(files_below(request.out)) == 6


def test_nothing_is_drawn_or_written_before_every_picture_has_been_tried(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 5), tmp_path)
    for event in mark_and_export(request, kept_bytes=0):
        if isinstance(event, Started) and event.what == "exporting copies":
            assert request.record.exists()
            assert files_below(request.out) == {}
            return
        assert not request.record.exists() or isinstance(event, ItemDone)


def test_withheld_pictures_leave_no_copy_anywhere_at_any_time(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 10), tmp_path, publish=HALF)
    seen: dict[str, bytes] = {}
    for _ in mark_and_export(request):
        seen.update(files_below(tmp_path))
    record = record_of(request)
    below = {name for name in seen if not name.startswith("in/") and name != "out.mtrecord"}
    assert below == {f"out/{picture.name}" for picture in record.blocks[0].published_pictures}


def test_running_again_draws_nothing_anew(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 10), tmp_path, publish=HALF)
    first = finish(request)
    before = record_of(request)
    second = finish(request)
    assert record_of(request).blocks == before.blocks
    assert record_of(request).commitments == before.commitments
    assert names(first["marked"]) == names(second["marked"])
    assert all(one["was_there"] for one in second["marked"])


def test_a_lost_copy_comes_back_byte_for_byte(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 4), tmp_path)
    finish(request)
    before = files_below(request.out)
    (request.out / "01.png").unlink()
    (request.out / "02.png").write_bytes(b"damaged")
    finish(replace(request, on_conflict="overwrite"))
    assert files_below(request.out) == before


def test_another_publish_rule_does_not_move_an_earlier_draw(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 10), tmp_path, publish=HALF)
    finish(request)
    result = finish(replace(request, publish=PublishRule()))
    assert (len(result["marked"]), len(result["withheld"])) == (5, 5)


def test_new_pictures_form_a_block_with_a_key_a_seed_and_a_salt_of_their_own(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 6)
    finish(request_for(paths[:3], tmp_path))
    request = request_for(paths, tmp_path)
    finish(request)
    first, second = record_of(request).blocks
    assert [picture.name for picture in second.pool] == ["03.png", "04.png", "05.png"]
    assert first.key != second.key
    assert first.decoy_seed != second.decoy_seed
    assert first.salt != second.salt
    for path in paths:
        np.testing.assert_array_equal(pixels_of(request.out / path.name), expected_pixels(record_of(request), path))


def test_no_two_jobs_share_a_secret(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png")
    requests = [request_for([path], tmp_path / str(number)) for number in range(2)]
    for request in requests:
        request.out.mkdir(parents=True)
        finish(request)
    first, second = (record_of(request).blocks[0] for request in requests)
    assert len({first.key.secret, first.decoy_seed, first.salt, second.key.secret, second.decoy_seed, second.salt}) == 6


def test_a_picture_that_fails_never_enters_the_pool(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 3)
    paths[1].write_bytes(paths[1].read_bytes()[:200])
    request = request_for(paths, tmp_path)
    result = finish(request)
    assert names(result["failed"]) == ["01.png"]
    assert [picture.name for picture in record_of(request).blocks[0].pool] == ["00.png", "02.png"]


def test_a_picture_that_fails_after_the_draw_stays_published(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 3)
    request = request_for(paths, tmp_path)
    finish(request)
    (request.out / "01.png").unlink()
    original = paths[1].read_bytes()
    paths[1].unlink()
    result = finish(request)
    assert names(result["failed"]) == ["01.png"]
    assert record_of(request).blocks[0].published == (0, 1, 2)
    paths[1].write_bytes(original)
    assert len(finish(request)["marked"]) == 3


def test_an_original_changed_between_draw_and_export_is_refused_and_stays_published(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 3)
    request = request_for(paths, tmp_path)
    reasons = []
    for event in mark_and_export(request, kept_bytes=0):
        if isinstance(event, Started) and event.what == "exporting copies":
            save(paths[1], 99)
        if isinstance(event, Finished):
            reasons = [one["reason"] for one in event.result["failed"]]
    assert reasons == ["it was changed meanwhile; put the original back and try again."]
    assert record_of(request).blocks[0].published == (0, 1, 2)


@pytest.mark.parametrize(
    "settings",
    [MarkSettings(noise_budget=4), MarkSettings(blend_ratio=0.9), MarkSettings(design_resolution=32)],
)
def test_a_record_is_not_continued_under_other_settings(tmp_path: Path, settings: MarkSettings) -> None:
    request = request_for(album(tmp_path / "in", 3), tmp_path)
    finish(request)
    before = request.record.read_bytes()
    with pytest.raises(UsageError, match=r"was made with other settings .blend ratio 0.7"):
        finish(replace(request, settings=settings))
    assert request.record.read_bytes() == before


def test_settings_nobody_chose_give_way_to_those_of_the_record(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 4)
    subtle = MarkSettings(0.92, 2)
    finish(request_for(paths[:2], tmp_path, settings=subtle))
    request = request_for(paths, tmp_path, settings_are_chosen=False)
    finish(request)
    assert [block.settings for block in record_of(request).blocks] == [subtle, subtle]


def test_a_damaged_record_stops_the_job_before_anything_is_written(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 3), tmp_path)
    finish(request)
    damaged = request.record.read_bytes().replace(b'"published":[0', b'"published":[1')
    request.record.write_bytes(damaged)
    before = files_below(tmp_path)
    with pytest.raises(RecordError, match=r"line 1.*damaged"):
        finish(request)
    assert files_below(tmp_path) == before


def test_a_cut_off_line_of_the_record_is_told_and_the_work_goes_on(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 2), tmp_path)
    finish(request)
    request.record.write_bytes(request.record.read_bytes() + b'{"type":"exp')
    told = [event for event in mark_and_export(request) if isinstance(event, ItemDone) and event.notes]
    assert [event.source for event in told] == [request.record]
    assert record_of(request).notes == ()


def test_a_record_another_run_is_using_is_left_to_it(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 2), tmp_path)
    finish(request)
    with closing(open_record(request.record)), pytest.raises(RecordError, match="in use by another mtgui"):
        finish(request)


def test_two_first_runs_at_once_never_make_two_draws(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 4), tmp_path, publish=HALF)
    slower = mark_and_export(request)
    next(slower)
    finish(request)
    before = request.record.read_bytes()
    with pytest.raises(RecordError, match=r"never overwritten\. Run the same command again"):
        list(slower)
    assert request.record.read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "words"),
    [(MarkSettings(1.0, 0), "Without a mark"), (MarkSettings(1.0, 0, "none"), "Without a mark")],
)
def test_a_design_without_any_coin_is_refused(tmp_path: Path, settings: MarkSettings, words: str) -> None:
    request = request_for(album(tmp_path / "in", 3), tmp_path, settings=settings)
    with pytest.raises(UsageError, match=words):
        finish(request)
    assert not request.record.exists()


def test_a_design_whose_coin_is_lost_through_failures_is_refused_before_the_record(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 2)
    paths[1].write_bytes(b"")
    request = request_for(paths, tmp_path, settings=MarkSettings(1.0, 0), publish=HALF)
    with pytest.raises(UsageError, match="nothing could be proved later"):
        finish(request)
    assert not request.record.exists()


def test_an_invisible_marking_publishes_the_very_pixels(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 4), tmp_path, settings=MarkSettings(1.0, 0), publish=HALF)
    for one in finish(request)["marked"]:
        np.testing.assert_array_equal(pixels_of(Path(one["copy"])), pixels_of(Path(one["file"])))


def test_small_memory_gives_the_same_bytes(tmp_path: Path) -> None:
    paths = [*album(tmp_path / "in", 3), *album(tmp_path / "in", 3, ".jpg"), *album(tmp_path / "in", 3, ".webp")]
    paths = [save(path, number) for number, path in enumerate(paths)]
    request = request_for(paths, tmp_path, embed_commitment=True, options=EncodeOptions(forbid_training=True))
    finish(request)
    kept = files_below(request.out)
    elsewhere = replace(request, out=tmp_path / "elsewhere")
    finish(elsewhere, kept_bytes=1)
    assert files_below(elsewhere.out) == kept


def test_a_first_run_with_small_memory_writes_what_a_second_run_writes(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 6), tmp_path)
    finish(request, kept_bytes=20_000)
    elsewhere = replace(request, out=tmp_path / "elsewhere")
    finish(elsewhere)
    assert files_below(elsewhere.out) == files_below(request.out)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_the_commitment_stands_in_the_xmp_of_the_copies_of_its_block(tmp_path: Path, suffix: str) -> None:
    paths = album(tmp_path / "in", 4, suffix)
    finish(request_for(paths[:2], tmp_path, embed_commitment=True))
    request = request_for(paths, tmp_path, embed_commitment=True)
    finish(request)
    first, second = record_of(request).commitments
    for number, path in enumerate(paths):
        data = (request.out / path.name).read_bytes()
        assert (first.encode() in data, second.encode() in data) == (number < 2, number >= 2)
        assert pixels_of(request.out / path.name).shape == (40, 48, 3)


def test_nothing_but_the_record_ever_holds_a_secret(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 6), tmp_path, publish=HALF, embed_commitment=True)
    told = "".join(map(repr, mark_and_export(request)))
    block = record_of(request).blocks[0]
    for secret in (block.key.secret, block.decoy_seed, block.salt):
        assert secret.hex() not in told
        assert repr(secret)[2:-1] not in told
        for data in files_below(request.out).values():
            assert secret not in data
            assert secret.hex().encode() not in data


def test_cancelling_before_the_draw_leaves_no_record_and_no_copy(tmp_path: Path) -> None:
    request, control = request_for(album(tmp_path / "in", 8), tmp_path), Control()
    with pytest.raises(CancelledError):
        cancel_at(request, control, Started)
    assert not request.record.exists()
    assert files_below(request.out) == {}


def test_cancelling_during_the_export_keeps_the_draw_and_goes_on_from_there(tmp_path: Path) -> None:
    request, control = request_for(album(tmp_path / "in", 30), tmp_path, publish=HALF), Control()
    with pytest.raises(CancelledError):
        cancel_at(request, control, ItemDone)
    before, done = record_of(request), files_below(request.out)
    assert 0 < len(done) < 15
    assert len(finish(request)["marked"]) == 15
    assert record_of(request).blocks == before.blocks
    assert files_below(request.out).items() >= done.items()
    assert len(files_below(request.out)) == 15
