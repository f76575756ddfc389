"""``mtgui mark`` within this process: every option, every exit status, every sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mtgui.cli.main import run as run_here
from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.journal import read_record
from mtgui.records.record import Block
from tests.cli.cli_helpers import result_of, run
from tests.publishing.publishing_helpers import album, files_below, pixels_of, save


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    album(tmp_path / "in", 4)
    return tmp_path / "in"


def mark(folder: Path, *options: str) -> int:
    """Run ``mtgui mark`` on ``folder`` with its copies beside it."""
    return run_here(["mark", str(folder), "--out", str(folder.parent / "out"), *options])


def block_of(folder: Path) -> Block:
    return read_record(folder.parent / "out.mtrecord").blocks[0]


def last_object(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_marking_ends_with_zero_and_says_where_everything_is(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mark(pictures) == 0
    out, err = capsys.readouterr()
    assert "4 pictures marked" in out
    assert str(pictures.parent / "out") in out
    assert str(pictures.parent / "out.mtrecord") in out
    commitment = read_record(pictures.parent / "out.mtrecord").commitment
    assert f"Dating number (commitment), to be dated by somebody else: {commitment}" in out
    assert err == ""


def test_a_failure_ends_with_one_and_is_named_on_stderr(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "empty.png").write_bytes(b"")
    assert mark(pictures) == 1
    out, err = capsys.readouterr()
    assert "1 picture could not be used" in out
    assert err.startswith("empty.png: the file is empty")
    assert err.count("\n") == 1


def test_json_is_one_object_with_everything_in_it(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pictures / "empty.png").write_bytes(b"")
    assert mark(pictures, "--json", "--publish", "50%") == 1
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found = json.loads(out)
    assert (len(found["marked"]), len(found["withheld"]), len(found["failed"])) == (2, 2, 1)
    assert set(found["failed"][0]) == {"file", "reason"}
    assert found["record"] == str(pictures.parent / "out.mtrecord")
    assert found["commitment"] == read_record(Path(found["record"])).commitment


def test_events_all_parse_and_end_with_finished(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mark(pictures, "--events") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[0] == {"event": "started", "what": "checking pictures", "total": 4}
    assert [event["event"] for event in events].count("finished") == 1
    assert events[-1]["event"] == "finished"
    assert len(events[-1]["result"]["marked"]) == 4


def test_events_and_json_together_end_with_the_one_result(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mark(pictures, "--events", "--json") == 0
    *events, result = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all("event" in event for event in events)
    assert events[-1]["result"] == result


def test_an_error_ends_the_events_with_stopped_and_the_json_with_error(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mark(pictures, "--events", "--json", "--publish", "9") == 2
    out, err = capsys.readouterr()
    stopped, error = [json.loads(line) for line in out.splitlines()]
    assert stopped["event"] == "stopped"
    assert error == {"error": stopped["reason"]}
    assert err == f"mtgui: {stopped['reason']}\n"


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ((), preset_named("clear").mark),
        (("--publish", "2"), preset_named("invisible").mark),
        (("--publish", "100%"), preset_named("clear").mark),
        (("--preset", "clear", "--tint-colour"), preset_named("clear").mark),
        (("--tint", "4.1"), MarkSettings(kind="tint", tint_strength=4)),
        (("--preset", "faint"), preset_named("faint").mark),
        (("--tint", "5.5"), MarkSettings(kind="tint", tint_strength=5.5)),
        (("--tint", "5", "--tint-colour"), MarkSettings(kind="tint", tint_strength=5, tint_is_coloured=True)),
        (("--preset", "clear", "--tint", "3"), MarkSettings(kind="tint", tint_strength=3, tint_is_coloured=True)),
        (("--preset", "paper"), MarkSettings(0.7, 8)),
        (("--preset", "Balanced"), MarkSettings(0.85, 4)),
        (("--preset", "subtle", "--blend", "0.8"), MarkSettings(0.8, 2)),
        (("--noise", "3", "--noise-kind", "uniform"), MarkSettings(0.7, 3, "uniform")),
        (("--design-resolution", "32"), MarkSettings(design_resolution=32)),
        (("--pattern", "stripes"), MarkSettings()),
        (("--preset", "invisible", "--publish", "2"), MarkSettings(1.0, 0)),
    ],
)
def test_options_become_the_settings_of_the_record(
    pictures: Path, options: tuple[str, ...], settings: MarkSettings
) -> None:
    assert mark(pictures, *options) == 0
    assert block_of(pictures).settings == settings


def test_the_same_options_continue_a_record_whatever_does_not_count(pictures: Path) -> None:
    assert mark(pictures, "--preset", "invisible", "--tint", "4.1") == 0
    assert mark(pictures, "--preset", "invisible", "--tint", "4.1") == 0
    assert mark(pictures, "--tint", "4") == 0


def test_pictures_without_room_for_a_tint_are_named_and_not_all_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(4):
        page = Image.new("RGB", (300, 200), (255, 255, 255))
        page.paste((255, 0, 0), (20 + 10 * number, 20, 120, 150))
        page.save(tmp_path / "in" / f"{number}.png")
    assert mark(tmp_path / "in", "--publish", "all", "--preset", "clear") == 2
    assert "next to nothing of the tint would be left" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert mark(tmp_path / "in", "--publish", "50%", "--preset", "clear") == 0
    assert "Its tint is next to nothing" in capsys.readouterr().err


def test_a_picture_can_be_the_pattern(pictures: Path, tmp_path: Path) -> None:
    pattern = tmp_path / "pattern.png"
    Image.new("RGB", (300, 200), (10, 200, 30)).save(pattern)
    assert mark(pictures, "--pattern", str(pattern)) == 0
    block = block_of(pictures)
    assert block.settings.pattern_kind == "picture"
    assert block.pattern_picture is not None
    assert block.pattern_picture.pixels[0] == 10


@pytest.mark.parametrize(
    ("name", "suffix", "pillow"),
    [("png", ".png", "PNG"), ("jpeg", ".jpg", "JPEG"), ("webp", ".webp", "WEBP"), ("tiff", ".tif", "TIFF")],
)
def test_copies_are_written_in_the_format_asked_for(pictures: Path, name: str, suffix: str, pillow: str) -> None:
    assert mark(pictures, "--format", name) == 0
    copies = sorted((pictures.parent / "out").iterdir())
    assert {copy.suffix for copy in copies} == {suffix}
    with Image.open(copies[0]) as image:
        assert image.format == pillow


def test_labels_come_from_folders(tmp_path: Path) -> None:
    save(tmp_path / "in" / "cats" / "a.png", 0)
    save(tmp_path / "in" / "dogs" / "a.png", 1)
    assert mark(tmp_path / "in", "--label-from-folders") == 0
    assert [picture.label for picture in block_of(tmp_path / "in").pool] == ["cats", "dogs"]
    assert set(files_below(tmp_path / "out")) == {"cats/a.png", "dogs/a.png"}


def test_the_record_goes_where_it_is_told(pictures: Path, tmp_path: Path) -> None:
    assert mark(pictures, "--record", str(tmp_path / "mine.mtrecord")) == 0
    assert (tmp_path / "mine.mtrecord").exists()
    assert not (tmp_path / "out.mtrecord").exists()


def test_the_commitment_is_embedded_when_asked_for(pictures: Path) -> None:
    assert mark(pictures, "--embed-commitment") == 0
    commitment = read_record(pictures.parent / "out.mtrecord").commitment.encode()
    assert all(commitment in data for data in files_below(pictures.parent / "out").values())


def test_marked_copies_of_an_earlier_export_are_not_taken_for_originals(pictures: Path) -> None:
    assert run("mark", pictures, "--out", pictures / "copies").returncode == 0
    again = run("mark", pictures, "--out", pictures.parent / "other", "--json")
    assert len(result_of(again)["marked"]) == 4
    refused = run("mark", pictures / "copies", "--out", pictures.parent / "third")
    assert refused.returncode == 2
    assert "Name the folder of the originals instead" in refused.stderr


def test_an_empty_name_is_not_taken_for_the_folder_one_is_in(tmp_path: Path) -> None:
    ended = run("mark", "", "--out", tmp_path / "out")
    assert ended.returncode == 2
    assert "A name is empty" in ended.stderr


def test_an_original_in_the_export_folder_is_refused(pictures: Path) -> None:
    first = next(path for path in pictures.iterdir() if path.is_file())
    ended = run("mark", first, "--out", pictures)
    assert ended.returncode == 2
    assert "among the copies to publish" in ended.stderr


def test_an_export_that_comes_to_nothing_leaves_no_folder(pictures: Path) -> None:
    assert mark(pictures, "--preset", "invisible") == 2
    assert not (pictures.parent / "out").exists()


def test_the_summary_names_the_mark_and_the_private_pictures(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mark(pictures, "--publish", "50%", "--preset", "subtle") == 0
    out = capsys.readouterr().out
    record = read_record(pictures.parent / "out.mtrecord")
    assert "blend ratio 0.92" in out
    assert all(picture.name in out for picture in record.blocks[0].withheld_pictures)
    assert "Tip:" not in out


def test_one_picture_alone_says_that_nothing_is_withheld_and_what_can_be_shown_at_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album(tmp_path / "in", 1)
    assert mark(tmp_path / "in", "--publish", "50%", "--preset", "clear") == 0
    out = capsys.readouterr().out
    assert "1 picture marked" in out
    assert "All are published; only the secret key can speak. An audit can state an error chance of at best 1 in" in out
    assert "Tip: mark more pictures together" in out
    assert "stronger" not in out
    assert "--publish" not in out


def test_a_share_that_keeps_nothing_private_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    album(tmp_path / "in", 2)
    assert mark(tmp_path / "in", "--publish", "90%", "--preset", "clear") == 0
    assert "“--publish 90%” kept none of 2 pictures private." in capsys.readouterr().out


def test_a_draw_too_weak_to_convince_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    album(tmp_path / "in", 4)
    assert mark(tmp_path / "in", "--publish", "50%", "--preset", "invisible") == 0
    assert "an error chance of at best 1 in 6: too weak to convince. Add pictures." in capsys.readouterr().out


def test_pictures_added_later_bring_a_commitment_of_their_own(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark(pictures)
    save(pictures / "later.png", 77)
    capsys.readouterr()
    assert mark(pictures) == 0
    out = capsys.readouterr().out
    assert all(commitment in out for commitment in read_record(pictures.parent / "out.mtrecord").commitments)


def test_running_again_says_that_the_copies_were_there(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark(pictures, "--preset", "balanced")
    capsys.readouterr()
    assert mark(pictures) == 0
    assert "4 of these had been exported before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--preset", "loud"), "There is no preset called “loud”; choose one of invisible, faint, clear, paper."),
        (("--blend", "1.5"), "The blend ratio must lie between 0 and 1; it is 1.5."),
        (("--blend", "nan"), "The blend ratio must lie between 0 and 1; it is nan."),
        (("--noise", "65"), "The noise budget must be a whole number from 0 to 64; it is 65."),
        (("--quality", "94"), "The quality is 94, but marks need 95 to 100"),
        (("--quality", "101"), "The quality is 101, but marks need 95 to 100"),
        (("--design-resolution", "8"), "The design resolution must lie between 16 and 1024 pixels; it is 8."),
        (("--publish", "half"), "“half” does not say how many to publish"),
        (("--publish", "5"), "Only 4 of the 5 pictures to be published can be used. Ask for fewer."),
        (("--jobs", "0"), "At least one worker is needed, not 0."),
        (("--preset", "invisible"), "Withhold some pictures"),
        (("--preset", "faint", "--noise", "4"), "A tint has a strength (--tint)"),
        (("--tint", "4", "--blend", "0.9"), "A tint has a strength (--tint)"),
        (("--publish", "2", "--tint-colour"), "--tint-colour belongs to a tint: give its strength with --tint."),
        (("--tint", "20"), "The strength of a tint must lie between 0 and 16; it is 20."),
        (("--pattern", "missing.png"), "There is no picture “missing.png” for the pattern."),
    ],
)
def test_unusable_values_end_with_two_and_one_sentence(
    pictures: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], sentence: str
) -> None:
    assert mark(pictures, *options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("mtgui: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert not (pictures.parent / "out.mtrecord").exists()


@pytest.mark.parametrize(
    "options", [("--quality", "high"), ("--format", "bmp"), ("--on-conflict", "ask"), ("--unknown",), ("--js",)]
)
def test_options_that_do_not_exist_end_with_two(pictures: Path, options: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        mark(pictures, *options)
    assert ended.value.code == 2


def test_other_settings_for_an_existing_record_end_with_two(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark(pictures)
    assert mark(pictures, "--preset", "balanced") == 2
    assert "for new settings, use another record" in capsys.readouterr().err


def test_a_path_that_is_not_there_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mark(tmp_path / "missing") == 2
    assert "There is no file or folder" in capsys.readouterr().err


def test_a_folder_without_pictures_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    assert mark(tmp_path / "in") == 2
    assert f"There are no pictures to mark in “{tmp_path / 'in'}”." in capsys.readouterr().err


def test_a_name_too_long_for_the_system_ends_with_one_sentence(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mark(pictures, "--record", str(pictures.parent / ("x" * 300))) in (1, 2)
    assert "name is too long" in capsys.readouterr().err


def test_exporting_into_the_folder_of_the_originals_is_refused(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(pictures)
    assert run_here(["mark", str(pictures), "--out", str(pictures)]) == 2
    assert "Choose another export folder" in capsys.readouterr().err
    assert files_below(pictures) == before


def test_originals_are_never_changed(pictures: Path) -> None:
    before = files_below(pictures)
    assert mark(pictures, "--format", "jpeg") == 0
    assert files_below(pictures) == before
    assert (pixels_of(pictures / "00.png") != pixels_of(pictures.parent / "out" / "00.jpg")).any()


def test_pictures_of_a_record_beside_are_not_drawn_a_second_time_unasked(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = ["mark", str(pictures), "--out", str(pictures.parent / "second")]
    assert mark(pictures, "--publish", "50%") == 0
    first = read_record(pictures.parent / "out.mtrecord")
    capsys.readouterr()
    assert run_here(second) == 2
    said = capsys.readouterr().err
    assert "in the record out.mtrecord already. Continue that record." in said
    assert f"--record “{pictures.parent / 'out.mtrecord'}” --out “{pictures.parent / 'out'}”" in said
    assert not (pictures.parent / "second.mtrecord").exists()
    assert run_here([*second, "--second-record"]) == 0
    drawn = read_record(pictures.parent / "second.mtrecord")
    assert {one.picture_id for one in drawn.blocks[0].pool} == {one.picture_id for one in first.blocks[0].pool}


def test_copies_without_a_mark_are_not_called_marked(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mark(pictures, "--publish", "50%") == 0
    out = capsys.readouterr().out
    assert "2 copies made without a mark." in out
    assert "marked with" not in out
