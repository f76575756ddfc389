"""What became of a record that the disk, a crash or a forger has changed."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtgui.common.errors import RecordError
from mtgui.records.journal import CUT_OFF_NOTE, create_record, open_record, read_record
from mtgui.records.record_lines import encode_line
from tests.records.records_helpers import digest, export_entry, make_block, make_record, rewrite

MAGIC = len(b'{"type":"design",')
in_one_folder = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@in_one_folder
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), exports=st.integers(0, 2))
def test_any_changed_byte_is_refused_with_its_line_and_field(
    tmp_path: Path, place: float, flip: int, exports: int
) -> None:
    path = tmp_path / "r"
    path.unlink(missing_ok=True)
    data = bytearray(make_record(path, exports=exports))
    position = int(place * (len(data) - 1))
    data[position] ^= flip
    path.write_bytes(data)
    expected = "is not a mark record" if position < MAGIC else r"r, line \d+: the mark record is damaged: its field “"
    with pytest.raises(RecordError, match=expected):
        read_record(path)
    assert path.read_bytes() == bytes(data)


def test_every_single_byte_of_the_last_line_is_guarded(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r", exports=1)
    start = data.index(b"\n") + 1
    for position in range(start, len(data) - 1):
        (tmp_path / "r").write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with pytest.raises(RecordError, match="line 2: the mark record is damaged: its field “"):
            read_record(tmp_path / "r")


def test_a_last_line_cut_off_anywhere_is_left_out_with_a_note(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r", exports=2)
    start = data.rindex(b"\n", 0, len(data) - 1) + 1
    for end in range(start + 1, len(data) - 1):
        (tmp_path / "r").write_bytes(data[:end])
        record = read_record(tmp_path / "r")
        assert (len(record.log), record.notes) == (1, (CUT_OFF_NOTE,))


def test_a_record_that_ends_with_a_whole_line_has_no_note(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    assert read_record(tmp_path / "r").notes == ()


def test_a_last_line_that_lacks_only_its_newline_is_kept(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r", exports=2)
    (tmp_path / "r").write_bytes(data[:-1])
    assert read_record(tmp_path / "r").log == (export_entry(0), export_entry(1))


def test_a_design_without_its_newline_is_still_the_evidence(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r", exports=0)
    (tmp_path / "r").write_bytes(data[:-1])
    file = open_record(tmp_path / "r")
    file.append(export_entry(0))
    file.close()
    assert (tmp_path / "r").read_bytes().startswith(data)
    assert len(read_record(tmp_path / "r").log) == 1


def test_a_design_cut_off_in_the_middle_is_refused(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r", exports=0)
    for end in range(MAGIC, len(data) - 1, 7):
        (tmp_path / "r").write_bytes(data[:end])
        with pytest.raises(RecordError, match="line 1: the mark record is damaged: it was cut off"):
            read_record(tmp_path / "r")


@pytest.mark.parametrize("left", [1, 40, 200])
def test_adding_after_a_cut_makes_a_whole_record_again(tmp_path: Path, left: int) -> None:
    data = make_record(tmp_path / "r", exports=2)
    start = data.rindex(b"\n", 0, len(data) - 1) + 1
    (tmp_path / "r").write_bytes(data[: start + left])
    file = open_record(tmp_path / "r")
    assert file.record.notes == (CUT_OFF_NOTE,)
    file.append(export_entry(5))
    file.close()
    record = read_record(tmp_path / "r")
    assert (record.log, record.notes) == ((export_entry(0), export_entry(5)), ())


def test_lines_added_by_another_run_just_before_opening_are_kept(tmp_path: Path) -> None:
    first = create_record(tmp_path / "r", make_block())
    first.append(export_entry(0))
    first.close()
    second = open_record(tmp_path / "r")
    second.append(export_entry(1))
    second.close()
    assert read_record(tmp_path / "r").log == (export_entry(0), export_entry(1))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_missing_line_is_noticed(tmp_path: Path, number: int) -> None:
    lines = make_record(tmp_path / "r", exports=3).splitlines(keepends=True)
    (tmp_path / "r").write_bytes(b"".join(lines[: number - 1] + lines[number:]))
    with pytest.raises(RecordError):
        read_record(tmp_path / "r")


def test_a_changed_draw_is_noticed_even_when_the_line_is_made_whole_again(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r")
    line, rest = data.split(b"\n", 1)
    start = line[: line.index(b',"check":')].replace(b'"published":[0,2]', b'"published":[0,3]')
    check = hashlib.sha256(start).hexdigest().encode()
    (tmp_path / "r").write_bytes(start + b',"check":"' + check + b'"}\n' + rest)
    with pytest.raises(RecordError, match=r"line 2.*“previous” does not match the line before"):
        read_record(tmp_path / "r")


TINT = {"kind": "tint", "tint_strength": 4.0, "tint_is_coloured": False}
POOL: dict[str, Any] = {
    "picture_id": digest(1),
    "pixel_hash": digest(2),
    "name": "a.png",
    "height": 64,
    "width": 80,
    "label": None,
    "choice": "drawn",
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 2}, "newer mtgui .schema 2.*Update mtgui"),
        ({"mark_algorithm": "mtgui-mark-9"}, "algorithm “mtgui-mark-9”.*Update mtgui"),
        ({"schema": True}, "field “schema”"),
        ({"record_id": "x"}, "field “record_id” is malformed"),
        ({"created": "yesterday"}, "field “created” is malformed"),
        ({"mark_key": "00"}, "field “mark_key” is malformed"),
        ({"decoy_seed": None}, "field “decoy_seed” is missing"),
        ({"salt": 7}, "field “salt” is missing or not what it should be"),
        ({"block": 1}, "field “block” is 1 where 0 should follow"),
        ({"settings": {}}, "field “settings.blend_ratio”"),
        ({"settings": []}, "field “settings”"),
        ({"mark_algorithm": "mtgui-mark-2"}, "field “settings.kind” is missing"),
        ({"mark_algorithm": "mtgui-mark-2", "settings": {**TINT, "kind": "paper"}}, "field “settings.kind” is “paper”"),
        ({"mark_algorithm": "mtgui-mark-2", "settings": {**TINT, "tint_strength": 99}}, "“settings” does not hold.*99"),
        (
            {"mark_algorithm": "mtgui-mark-2", "settings": {**TINT, "tint_strength": "4"}},
            "“settings.tint_strength” is not",
        ),
        (
            {"mark_algorithm": "mtgui-mark-2", "settings": {**TINT, "tint_is_coloured": 1}},
            "“settings.tint_is_coloured” is missing or not",
        ),
        ({"settings": TINT}, "field “settings.blend_ratio”"),
        ({"pool": []}, "field “pool” is empty"),
        ({"pool": [POOL, POOL]}, "field “pool” is empty or names a picture twice"),
        ({"pool": [7]}, r"field “pool\[0\].picture_id”"),
        ({"pool": [{**POOL, "height": 0}]}, r"field “pool\[0\].height” is 0"),
        ({"pool": [{**POOL, "choice": "perhaps"}]}, r"field “pool\[0\].choice” is “perhaps”"),
        ({"pool": [{**POOL, "choice": "always withhold"}], "published": [0]}, "“published” contradicts"),
        ({"published": [9]}, "field “published” names a picture that is not in the pool"),
        ({"published": [True]}, "field “published” names a picture that is not in the pool"),
        ({"published": [[]]}, "field “published” names a picture that is not in the pool"),
        ({"published": [2, 0]}, "field “published” is not in ascending order"),
        ({"published": [0, 0]}, "field “published” is not in ascending order"),
        ({"pattern_picture": "AAAA"}, "field “pattern_picture” contradicts the settings"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused_by_field(
    tmp_path: Path, changes: Mapping[str, Any], message: str
) -> None:
    make_record(tmp_path / "r")
    rewrite(tmp_path / "r", 1, changes)
    with pytest.raises(RecordError, match=message) as caught:
        read_record(tmp_path / "r")
    assert str(caught.value).startswith("r, line 1: ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "poem"}, "line 3.*field “type” is “poem”"),
        ({"time": "now"}, "line 3.*field “time” is malformed"),
        ({"file_hash": None}, "line 3.*field “file_hash” is missing"),
        ({"previous": digest(0)}, "line 3.*field “previous” does not match the line before"),
    ],
)
def test_a_log_line_that_makes_no_sense_is_refused_by_field(
    tmp_path: Path, changes: Mapping[str, Any], message: str
) -> None:
    make_record(tmp_path / "r")
    rewrite(tmp_path / "r", 3, changes)
    with pytest.raises(RecordError, match=message):
        read_record(tmp_path / "r")


def test_a_block_of_another_record_is_refused(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    file = open_record(tmp_path / "r")
    file.append_block(make_block(number=1, record_id="f" * 32))
    file.close()
    with pytest.raises(RecordError, match=r"line 4.*“record_id” belongs to another record"):
        read_record(tmp_path / "r")


def test_a_block_that_draws_a_picture_again_is_refused(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    rewritten = make_block(number=1)
    again = type(rewritten)(**{**vars(rewritten), "pool": make_block().pool})
    file = open_record(tmp_path / "r")
    file.append_block(again)
    file.close()
    with pytest.raises(RecordError, match=r"line 4.*“pool” names a picture that was drawn before"):
        read_record(tmp_path / "r")


def test_a_pattern_picture_that_would_unpack_without_end_is_refused(tmp_path: Path) -> None:
    import base64
    import zlib

    make_record(tmp_path / "r")
    bomb = base64.b64encode(zlib.compress(bytes(50 << 20))).decode()
    settings_now = {
        "blend_ratio": 0.7,
        "noise_budget": 8,
        "noise_kind": "perlin",
        "pattern_kind": "picture",
        "design_resolution": None,
    }
    rewrite(tmp_path / "r", 1, {"pattern_picture": bomb, "settings": settings_now})
    with pytest.raises(RecordError, match="field “pattern_picture” does not hold a picture"):
        read_record(tmp_path / "r")


def test_a_deeply_nested_line_is_refused(tmp_path: Path) -> None:
    line = encode_line({"type": "design", "x": 0}).replace(b'"x":0', b'"x":' + b"[" * 100_000)
    start = line[: line.index(b',"check"')]
    check = hashlib.sha256(start).hexdigest().encode()
    (tmp_path / "r").write_bytes(start + b',"check":"' + check + b'"}\n')
    with pytest.raises(RecordError, match="line 1: the mark record is damaged: it is not a JSON object"):
        read_record(tmp_path / "r")


def test_no_message_about_damage_shows_the_key(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    secret = digest("secret")
    rewrite(tmp_path / "r", 1, {"mark_key": secret + "0"})
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path / "r")
    assert secret not in str(caught.value)
