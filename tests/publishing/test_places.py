"""Where copies go: never over an original, never over anything unasked, and under names every system can hold."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtgui.common.errors import UsageError
from mtgui.common.hashing import sha256_file
from mtgui.pictures.encoding import EncodeOptions
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.export_request import CONFLICTS, Conflict, MarkRequest, default_record_path
from mtgui.publishing.exporting import is_safe_name
from mtgui.publishing.sources import Source, collect_sources
from tests.publishing.publishing_helpers import (
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


def copies(request: MarkRequest) -> dict[str, str]:
    """Run the job; return the name of the copy of every marked picture."""
    return {
        Path(one["file"]).relative_to(request.record.parent).as_posix(): Path(one["copy"])
        .relative_to(request.out)
        .as_posix()
        for one in finish(request)["marked"]
    }


def take_at_the_last_moment(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let somebody else write files of these ``names`` just before the system gives them to new files."""
    link = os.link

    def second(source: str, target: Path, **options: Any) -> None:
        if Path(target).name in names:
            Path(target).write_bytes(b"mine")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", second)


@pytest.mark.parametrize("rule", CONFLICTS)
def test_originals_in_the_export_folder_itself_are_never_overwritten(tmp_path: Path, rule: Conflict) -> None:
    paths = album(tmp_path / "out", 3)
    before = files_below(tmp_path / "out")
    request = request_for(paths, tmp_path, on_conflict=rule)
    for _ in range(2):
        assert copies(request)["out/00.png"] == "00 (2).png"
    assert files_below(tmp_path / "out").items() >= before.items()
    assert len(files_below(tmp_path / "out")) == 6


@pytest.mark.parametrize("rule", CONFLICTS)
@pytest.mark.parametrize("how", ["symlink", "hard link"])
def test_an_original_that_is_linked_into_the_export_folder_is_left_alone(
    tmp_path: Path, rule: Conflict, how: str
) -> None:
    path = save(tmp_path / "in" / "a.png")
    (tmp_path / "out").mkdir()
    link = tmp_path / "out" / "a.png"
    link.symlink_to(path) if how == "symlink" else link.hardlink_to(path)
    before = path.read_bytes()
    assert copies(request_for([path], tmp_path, on_conflict=rule)) == {"in/a.png": "a (2).png"}
    assert path.read_bytes() == before
    assert link.read_bytes() == before


def test_an_original_of_an_earlier_run_is_not_overwritten_by_a_later_one(tmp_path: Path) -> None:
    first = save(tmp_path / "out" / "a.png", 0)
    finish(request_for([first], tmp_path))
    before = first.read_bytes()
    later = request_for([save(tmp_path / "in" / "a.png", 1)], tmp_path, on_conflict="overwrite")
    assert copies(later) == {"in/a.png": "a (3).png"}
    assert first.read_bytes() == before


def test_by_default_a_taken_name_gets_a_number_and_a_note(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"mine")
    assert copies(request_for([path], tmp_path)) == {"in/a.png": "a (2).png"}
    assert (tmp_path / "out" / "a.png").read_bytes() == b"mine"


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_name_that_is_taken_between_log_and_copy_is_left_and_the_copy_gets_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    take_at_the_last_moment(monkeypatch, "01.png", "01 (2).png")
    request = request_for(album(tmp_path / "in", 5), tmp_path, jobs=jobs)
    result = finish(request)
    assert [Path(one["copy"]).name for one in result["marked"]] == [
        "00.png",
        "01 (3).png",
        *(f"0{n}.png" for n in (2, 3, 4)),
    ]
    for name in ("01.png", "01 (2).png"):
        assert (request.out / name).read_bytes() == b"mine"
    exports = {entry.file: entry.file_hash for entry in record_of(request).log if entry.kind == "export"}
    assert exports["01 (3).png"] == sha256_file(request.out / "01 (3).png")


def test_overwriting_puts_the_copy_in_place_of_the_other_file(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"mine")
    request = request_for([path], tmp_path, on_conflict="overwrite")
    assert copies(request) == {"in/a.png": "a.png"}
    np.testing.assert_array_equal(pixels_of(tmp_path / "out" / "a.png"), expected_pixels(record_of(request), path))


def test_skipping_leaves_the_other_file_and_says_that_no_copy_was_written(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"mine")
    request = request_for([path], tmp_path, on_conflict="skip")
    result = finish(request)
    assert files_below(tmp_path / "out") == {"a.png": b"mine"}
    assert "no marked copy was written" in result["skipped"][0]["reason"]
    assert result["failed"] == []
    assert record_of(request).blocks[0].published == (0,)


@pytest.mark.parametrize("rule", CONFLICTS)
def test_two_pictures_of_one_name_both_get_a_copy(tmp_path: Path, rule: Conflict) -> None:
    paths = [save(tmp_path / "x" / "a.png", 0), save(tmp_path / "y" / "a.png", 1)]
    request = request_for(paths, tmp_path, on_conflict=rule)
    assert copies(request) == {"x/a.png": "a.png", "y/a.png": "a (2).png"}


def test_names_that_differ_only_in_case_are_told_apart_by_a_number(tmp_path: Path) -> None:
    paths = [save(tmp_path / "in" / "a.png", 0), save(tmp_path / "other" / "A.PNG", 1)]
    assert copies(request_for(paths, tmp_path)) == {"in/a.png": "a.png", "other/A.PNG": "A (2).PNG"}


def test_a_file_there_whose_name_differs_only_in_case_counts_as_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "A.png").write_bytes(b"mine")
    assert copies(request_for([save(tmp_path / "in" / "a.png")], tmp_path)) == {"in/a.png": "a (2).png"}


def test_names_that_differ_only_in_the_spelling_of_accents_are_told_apart(tmp_path: Path) -> None:
    paths = [save(tmp_path / "x" / "\u00e4.png", 0), save(tmp_path / "y" / "a\u0308.png", 1)]
    assert sorted(copies(request_for(paths, tmp_path)).values()) == ["a\u0308 (2).png", "\u00e4.png"]


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_the_same_pictures_get_the_same_names_and_bytes_with_any_number_of_threads(tmp_path: Path, jobs: int) -> None:
    paths = [save(tmp_path / f"{n}" / "a.png", n, (300, 300) if n % 3 == 0 else (20, 20)) for n in range(9)]
    request = request_for(paths, tmp_path, jobs=3)
    finish(request)
    elsewhere = replace(request, out=tmp_path / "elsewhere", jobs=jobs)
    finish(elsewhere)
    assert files_below(elsewhere.out) == files_below(request.out)


def test_another_format_brings_another_suffix(tmp_path: Path) -> None:
    paths = [save(tmp_path / "in" / "a.jpg", 0), save(tmp_path / "in" / "a.bmp", 1)]
    request = request_for(paths, tmp_path, options=EncodeOptions(format="png"))
    assert copies(request) == {"in/a.jpg": "a.png", "in/a.bmp": "a (2).png"}


def test_subfolders_are_mirrored(tmp_path: Path) -> None:
    save(tmp_path / "in" / "cats" / "a.png", 0)
    save(tmp_path / "in" / "dogs" / "a.png", 1)
    sources = tuple(collect_sources([tmp_path / "in"], looks_like_picture))
    request = replace(request_for([tmp_path], tmp_path), sources=sources)
    assert copies(request) == {"in/cats/a.png": "cats/a.png", "in/dogs/a.png": "dogs/a.png"}


def test_a_file_in_the_way_of_a_mirrored_subfolder_fails_that_picture_alone(tmp_path: Path) -> None:
    paths = [save(tmp_path / "in" / "cats" / "a.png", 0), save(tmp_path / "in" / "b.png", 1)]
    sources = (Source(paths[0], Path("cats")), Source(paths[1]))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "cats").write_bytes(b"in the way")
    result = finish(replace(request_for(paths, tmp_path), sources=sources))
    assert names(result["marked"]) == ["b.png"]
    assert "there is a file where a folder should be" in result["failed"][0]["reason"]


def test_a_subfolder_that_is_a_link_out_of_the_export_folder_harms_no_original(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png")
    before = path.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "cats").symlink_to(tmp_path / "in")
    request = request_for([path], tmp_path, on_conflict="overwrite")
    finish(replace(request, sources=(Source(path, Path("cats")),)))
    assert path.read_bytes() == before


def test_a_record_is_never_overwritten_by_a_copy_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    record = tmp_path / "elsewhere.png"
    (tmp_path / "out" / "a.png").symlink_to(record)
    request = request_for([save(tmp_path / "in" / "a.png")], tmp_path, record=record, on_conflict="overwrite")
    assert copies(request) == {"in/a.png": "a (2).png"}
    assert len(record_of(request).exports()) == 1


def test_a_record_in_the_export_folder_is_refused_since_it_holds_the_key(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 1), tmp_path, record=tmp_path / "out" / "sub" / "r.mtrecord")
    with pytest.raises(UsageError, match="would lie in the export folder, and be published"):
        finish(request)


def test_a_picture_as_record_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "in" / "a.png")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is one of the pictures"):
        finish(request_for([path], tmp_path, record=path))
    assert path.read_bytes() == before


def test_another_file_as_record_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("Call me Ishmael.")
    with pytest.raises(Exception, match="is not a mark record"):
        finish(request_for(album(tmp_path / "in", 1), tmp_path, record=tmp_path / "novel.txt"))
    assert (tmp_path / "novel.txt").read_text() == "Call me Ishmael."


def test_a_file_as_export_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(UsageError, match="is a file, not a folder"):
        finish(request_for(album(tmp_path / "in", 1), tmp_path))


def test_a_record_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not exist\. Make it first"):
        finish(request_for(album(tmp_path / "in", 1), tmp_path, record=tmp_path / "missing" / "r.mtrecord"))


def test_the_record_lies_beside_the_export_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert default_record_path(tmp_path / "out") == tmp_path / "out.mtrecord"
    assert default_record_path(tmp_path / "x" / ".." / "out") == tmp_path / "out.mtrecord"


def test_the_root_of_a_disk_is_no_export_folder() -> None:
    with pytest.raises(UsageError, match="Choose a folder below it"):
        default_record_path(Path(os.sep))


@pytest.mark.parametrize(
    ("name", "is_safe"),
    [
        ("a.png", True),
        ("x/a.png", True),
        ("../a.png", False),
        ("x/../../a", False),
        ("/etc/passwd", False),
        ("", False),
    ],
)
def test_a_name_from_a_log_stays_below_the_export_folder(name: str, is_safe: bool) -> None:
    assert is_safe_name(name) == is_safe


def test_leftovers_of_a_killed_run_are_removed_from_the_export_folder(tmp_path: Path) -> None:
    request = request_for(album(tmp_path / "in", 1), tmp_path)
    request.out.mkdir()
    (request.out / ".0123456789abcdef.mtgui-part").write_bytes(b"half")
    finish(request)
    assert list(files_below(request.out)) == ["00.png"]


def test_what_another_run_writes_meanwhile_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take_at_the_last_moment(monkeypatch, "00.png")
    request = request_for(album(tmp_path / "in", 1), tmp_path)
    finish(request)
    assert (request.out / "00.png").read_bytes() == b"mine"
    exports = record_of(request).exports().values()
    assert [(one.file, one.file_hash) for one in exports] == [("00 (2).png", sha256_file(request.out / "00 (2).png"))]
