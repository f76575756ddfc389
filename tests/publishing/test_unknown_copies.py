"""A record that is older than the copies in the export folder draws none of their pictures again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mtgui.common.errors import UsageError
from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.publishing.examine import MARKED_COPY
from mtgui.publishing.export_request import MarkRequest
from mtgui.records.journal import CUT_DRAW_NOTE, read_record
from tests.publishing.publishing_helpers import HALF, album, files_below, finish, names, record_of, request_for, save

NEXT = "Find the newer record, in a backup or on another computer, and continue that; or choose a new folder"


def photograph(path: Path, seed: int) -> Path:
    """Save a smooth picture with little noise."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (4, 5, 3), dtype=np.uint8)).resize(
        (96, 80), Image.Resampling.BICUBIC
    )
    grain = random.integers(-4, 5, (80, 96, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8)).save(path, quality=92)
    return path


def outdated(tmp_path: Path, paths: list[Path], **changes: object) -> tuple[MarkRequest, bytes]:
    """Mark the first half, then all; put back the record of the first half. Returns the request and the full record."""
    finish(request_for(paths[: len(paths) // 2], tmp_path, publish=HALF, **changes))
    request = request_for(paths, tmp_path, publish=HALF, **changes)
    older = request.record.read_bytes()
    finish(request)
    newer = request.record.read_bytes()
    request.record.write_bytes(older)
    return request, newer


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
@pytest.mark.parametrize("embeds", [False, True])
def test_pictures_of_a_lost_draw_are_not_drawn_again(tmp_path: Path, suffix: str, embeds: bool) -> None:
    paths = [photograph(tmp_path / "in" / f"{number:02}{suffix}", number) for number in range(12)]
    request, newer = outdated(tmp_path, paths, embed_commitment=embeds)
    before = files_below(request.out)
    with pytest.raises(UsageError, match=f"out.mtrecord is older than the marked copies in “{request.out}”.*{NEXT}"):
        finish(request)
    assert files_below(request.out) == before
    assert len(record_of(request).blocks) == 1
    request.record.write_bytes(newer)
    assert len(finish(request)["withheld"]) == 6


def test_a_draw_cut_off_in_the_record_is_told_and_not_made_again(tmp_path: Path) -> None:
    request, newer = outdated(tmp_path, album(tmp_path / "in", 8))
    start = newer.rindex(b'{"type":"design"')
    for end in (start + 10, start + 400):
        request.record.write_bytes(newer[:end])
        assert read_record(request.record).notes == (CUT_DRAW_NOTE,)
        with pytest.raises(UsageError, match="is older than the marked copies"):
            finish(request)


def test_a_new_record_over_the_copies_of_another_is_refused(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 6), tmp_path, publish=HALF)
    finish(request)
    request.record.unlink()
    with pytest.raises(UsageError, match=r"holds marked copies of these pictures from another record.*Continue that"):
        finish(request)
    assert not request.record.exists()


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("strong", "subtle"),
        ("subtle", "strong"),
        ("balanced", "strong"),
        ("subtle", "balanced"),
        ("strong", "invisible"),
        ("faint", "clear"),
        ("clear", "invisible"),
        ("clear", "paper"),
        ("balanced", "faint"),
    ],
)
def test_copies_of_another_strength_are_known_too(tmp_path: Path, first: str, second: str, suffix: str) -> None:
    paths = [photograph(tmp_path / "in" / f"{number}{suffix}", number) for number in range(4)]
    earlier, later = (
        request_for(paths, tmp_path, publish=HALF, settings=preset_named(name).applied_to(MarkSettings()))
        for name in (first, second)
    )
    finish(earlier)
    earlier.record.unlink()
    before = files_below(earlier.out)
    with pytest.raises(UsageError, match="holds marked copies of these pictures from another record"):
        finish(later)
    assert files_below(earlier.out) == before


def test_a_copy_under_a_numbered_name_is_known_too(tmp_path: Path) -> None:
    paths = album(tmp_path / "in", 2)
    request = request_for(paths, tmp_path)
    finish(request)
    request.record.unlink()
    (request.out / "00.png").rename(request.out / "00 (2).png")
    (request.out / "01.png").unlink()
    with pytest.raises(UsageError, match=r"00 \(2\).png"):
        finish(request)


def test_other_pictures_and_files_of_the_same_name_are_told_and_left(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png", 1)
    save(tmp_path / "out" / "a.png", 2)
    (tmp_path / "out" / "a.txt").write_bytes(b"mine")
    result = finish(request_for([path], tmp_path))
    assert "2 files with names of these pictures" in result["notes"][0]["notes"][0]
    assert [Path(one["copy"]).name for one in result["marked"]] == ["a (2).png"]


def test_a_copy_of_an_unknown_draw_is_never_marked(tmp_path: Path) -> None:
    first = request_for(album(tmp_path / "in", 1), tmp_path, embed_commitment=True)
    finish(first)
    (tmp_path / "other").mkdir()
    result = finish(request_for([first.out / "00.png", save(tmp_path / "b.png", 7)], tmp_path / "other"))
    assert names(result["failed"]) == ["00.png"]
    assert result["failed"][0]["reason"] == MARKED_COPY


@pytest.mark.parametrize("colours", [(1.0, 1.0, 1.0), (1.15, 1.15, 1.15), (1.06, 1.0, 0.94)])
@pytest.mark.parametrize("quality", [95, 50])
@pytest.mark.parametrize("number", range(3, 9))
def test_a_picture_that_was_only_saved_again_or_edited_is_no_copy(
    tmp_path: Path, colours: tuple[float, float, float], quality: int, number: int
) -> None:
    path = photograph(tmp_path / "in" / "a.png", number)
    (tmp_path / "out").mkdir()
    edited = np.clip(np.asarray(Image.open(path)) * np.array(colours), 0, 255).astype(np.uint8)
    Image.fromarray(edited).save(tmp_path / "out" / "a.jpg", quality=quality)
    result = finish(request_for([path], tmp_path))
    assert "1 file with names of these pictures" in result["notes"][0]["notes"][0]
    assert len(result["marked"]) == 1


def test_an_edited_copy_of_the_record_itself_is_no_copy_of_another_draw(tmp_path: Path) -> None:
    path = photograph(tmp_path / "in" / "a.jpg", 3)
    request = request_for([path], tmp_path, embed_commitment=True)
    finish(request)
    copy = request.out / "a.jpg"
    copy.write_bytes(copy.read_bytes() + b" ")
    more = photograph(tmp_path / "in2" / "a.jpg", 4)
    assert len(finish(request_for([path, more], tmp_path, embed_commitment=True))["marked"]) == 2


def test_two_pictures_of_one_name_hide_no_copy(tmp_path: Path) -> None:
    first = photograph(tmp_path / "in" / "a.png", 3)
    request = request_for([first], tmp_path)
    finish(request)
    request.record.unlink()
    Image.new("RGB", (60, 40), (9, 80, 3)).save(tmp_path / "in" / "a.bmp")
    with pytest.raises(UsageError, match="holds marked copies"):
        finish(request_for([first, tmp_path / "in" / "a.bmp"], tmp_path))


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    path = photograph(tmp_path / "in" / "a.png", 3)
    (tmp_path / "out" / "a.jpg").mkdir(parents=True)
    assert finish(request_for([path], tmp_path))["notes"] == []


def test_a_commitment_in_a_compressed_text_is_found(tmp_path: Path) -> None:
    first = request_for([photograph(tmp_path / "in" / "a.png", 3)], tmp_path, embed_commitment=True)
    finish(first)
    copy = Image.open(first.out / "a.png")
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", copy.info["xmp"].decode(), zip=True)
    copy.save(tmp_path / "saved.png", pnginfo=texts)
    (tmp_path / "other").mkdir()
    result = finish(request_for([tmp_path / "saved.png", save(tmp_path / "b.png", 7)], tmp_path / "other"))
    assert names(result["failed"]) == ["saved.png"]


def two_records(tmp_path: Path, **changes: object) -> tuple[MarkRequest, MarkRequest]:
    """Return the requests of two finished exports of the same pictures, each with its folder and record."""
    paths = [photograph(tmp_path / "in" / f"{number:02}.png", number) for number in range(12)]
    first = request_for(paths, tmp_path, publish=HALF, **changes)
    second = replace(first, out=tmp_path / "second", record=tmp_path / "second.mtrecord")
    for request in (first, second):
        finish(request)
    return first, second


@pytest.mark.parametrize("preset", ["invisible", "clear", "paper"])
def test_a_known_record_does_not_write_among_the_copies_of_another(tmp_path: Path, preset: str) -> None:
    first, second = two_records(tmp_path, settings=preset_named(preset).mark)
    before = files_below(first.out)
    with pytest.raises(UsageError, match=r"from the record out.mtrecord \(\d\d.png is one\).*Continue that record"):
        finish(replace(second, out=first.out))
    assert files_below(first.out) == before


def test_copies_of_an_absent_record_are_seen_too_where_this_record_keeps_the_picture_private(tmp_path: Path) -> None:
    first, second = two_records(tmp_path, settings=preset_named("clear").mark)
    first.record.unlink()
    with pytest.raises(UsageError, match=r"it does not know \d\d.png, which looks like a marked copy"):
        finish(replace(second, out=first.out))


def test_a_new_record_is_not_drawn_over_copies_without_a_mark(tmp_path: Path) -> None:
    first, second = two_records(tmp_path, settings=preset_named("invisible").mark)
    with pytest.raises(UsageError, match=r"from the record out.mtrecord"):
        finish(replace(second, out=first.out, record=tmp_path / "third.mtrecord"))


def test_a_record_goes_on_beside_its_own_copies_edited_ones_too(tmp_path: Path) -> None:
    first, _ = two_records(tmp_path, settings=preset_named("clear").mark)
    copy = sorted(first.out.iterdir())[0]
    Image.open(copy).save(copy, optimize=True)
    result = finish(first)
    assert sum(one["was_there"] for one in result["marked"]) == 5
    assert len(result["marked"]) == 6
