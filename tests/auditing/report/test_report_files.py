"""Reports on disk: read back as they were, refused where they are not, silent about secrets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.report.report_files import parse_report, read_report, report_to_json
from mtgui.common.errors import ReportError
from tests.auditing.report.report_helpers import make_blocks, make_report
from tests.records.records_helpers import KEY, SALT, SEED
from tests.records.test_record_summary import every_spelling

REPORT = make_report(runs=2, has_population=True)
DATA = report_to_json(REPORT)


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(DATA)
    assert read_report(tmp_path / "r.json") == (REPORT, True)


def test_a_report_laid_out_anew_still_fits_its_check() -> None:
    anew = json.dumps(json.loads(DATA), indent=2, sort_keys=True, ensure_ascii=False).encode()
    assert parse_report(anew, "r") == (REPORT, True)


@pytest.mark.parametrize("secret", [KEY, SEED, SALT], ids=["key", "decoy seed", "salt"])
def test_no_secret_is_in_a_report(secret: bytes) -> None:
    assert not any(spelling.encode() in DATA for spelling in every_spelling(secret))


def test_no_private_picture_is_named_in_a_report() -> None:
    for block in make_blocks():
        for index, picture in enumerate(block.pool):
            assert (f'"{picture.name}"'.encode() in DATA) == block.is_published(index)


def test_a_private_picture_with_a_name_is_refused() -> None:
    values = json.loads(DATA)
    private = next(p for p in values["records"][0]["pictures"] if not p["is_published"])
    private["name"] = "secret.png"
    with pytest.raises(ReportError, match="names no picture that was kept private"):
        parse_report(json.dumps(values).encode(), "r")


def leaves(values: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every object, list and value."""
    if path:
        yield path
    children = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for name, child in children:
        if not (path[-1:] == ("losses",) and name) and not (path[-1:] == ("set_losses",) and name):
            yield from leaves(child, (*path, name))


LEAVES = list(leaves(json.loads(DATA)))


def read_or_refused(data: bytes) -> tuple[str, bool]:
    """Return what is said of ``data``, and whether it was read and its check fits."""
    try:
        return "r.json was read", parse_report(data, "r.json")[1]
    except ReportError as error:
        return str(error), False


@pytest.mark.parametrize("wrong", [None, True, -1, 0.5, "x", [], {}, [[]], 1 << 70], ids=repr)
def test_any_field_of_another_kind_is_refused_or_read_but_never_a_crash(wrong: Any) -> None:
    for path in LEAVES:
        values = json.loads(DATA)
        place = values
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = wrong
        said, fits = read_or_refused(json.dumps(values).encode())
        assert not fits or values == json.loads(DATA)
        assert said.startswith("r.json")
        assert "\n" not in said


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"novel",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"kind": "mtgui audit report"}',
        b'{"kind": "mtgui audit report", "kind": "x"}',
        b'{"kind": "mtgui audit report", "schema": 2}',
        b'{"kind": "mtgui audit report", "schema": 1, "seconds": NaN}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        DATA[:-200],
    ],
    ids=range(12),
)
def test_what_is_no_report_is_refused_in_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(data)
    with pytest.raises(ReportError, match=r"^r\.json") as refused:
        read_report(tmp_path / "r.json")
    assert "\n" not in str(refused.value)


def test_a_folder_or_nothing_is_no_report(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.json"):
        with pytest.raises(ReportError, match="is not a file"):
            read_report(path)


@given(st.integers(0, len(DATA) - 2), st.integers(0, 255))
def test_any_changed_byte_is_noticed(place: int, value: int) -> None:
    changed = DATA[:place] + bytes([value]) + DATA[place + 1 :]
    try:
        report, fits = parse_report(changed, "r")
    except ReportError:
        return
    assert not fits or json.loads(changed) == json.loads(DATA)
    assert fits == (report == REPORT and json.loads(changed) == json.loads(DATA))
