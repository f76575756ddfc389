"""``mtgui inspect``: what a record holds, in words and in JSON, and nothing secret."""

import json
from pathlib import Path

import pytest

from mtgui.cli.main import run
from tests.records.records_helpers import KEY, SALT, SEED, make_record


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_secret_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    make_record(tmp_path / "r.mtrecord")
    assert run(["inspect", str(tmp_path / "r.mtrecord"), *options]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for secret in (KEY, SEED, SALT):
        assert secret.hex() not in out.lower()


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_record(tmp_path / "r.mtrecord")
    run(["inspect", str(tmp_path / "r.mtrecord"), "--json"])
    assert json.loads(capsys.readouterr().out)["kind"] == "mark record"


@pytest.mark.parametrize("data", [b"", b"novel", None])
def test_what_is_no_record_ends_with_two_and_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes | None
) -> None:
    if data is not None:
        (tmp_path / "r").write_bytes(data)
    assert run(["inspect", str(tmp_path / "r")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_error_is_json_too_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(tmp_path / "r"), "--json"]) == 2
    assert "cannot be read" in json.loads(capsys.readouterr().out)["error"]
