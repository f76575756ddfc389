"""A reading process that crashes, hangs, floods or lies, as one taken over by a hostile file might."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.reading.bounds import Limits
from mtgui.reading.errors import ModelError
from mtgui.reading.reader import OUTPUT_NAME, inspect_model, read_model
from tests.reading.reading_helpers import described, numbers, safetensors
from tests.reading.test_answers import GOOD

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
FACTS: dict[str, Any] = {**GOOD, "tensors": [["w", "F32", [2, 3]]], "bytes": 24}


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put a shell script where the reading process would be; return a model to read."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    (tmp_path / "m").write_bytes(safetensors({"w": described()}, numbers()))
    return tmp_path / "m"


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "without harm: it ended unexpectedly .status 1."),
        ("kill -SEGV $$", "without harm: it ended unexpectedly .status -11."),
        ("kill -KILL $$", "stopped by the system, perhaps for want of memory"),
        ("kill -XCPU $$", "took too much processor time"),
        ("while :; do :; done", "took longer than 1 seconds"),
        ("head -c 70000000 /dev/zero", "more to say about it than about any model"),
        ("true", "broke mtgui's reading process"),
        ("echo '['", "broke mtgui's reading process"),
        ("echo '{}'", "broke mtgui's reading process"),
        ('echo \'{"facts": {"tensors": 7}}\'', "broke mtgui's reading process"),
        ("head -c 200000 /dev/zero | tr '\\0' '['", "broke mtgui's reading process"),
        ('printf \'{"refusal": "it is\\\\u001b[31m red\\\\n"}\'', r"m: it is\\x1b\[31m red\\n\."),
    ],
)
def test_every_end_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str) -> None:
    path = stand_in(tmp_path, monkeypatch, script)
    seconds = 1 if script.startswith("while") else 30
    with pytest.raises(ModelError, match=message) as caught:
        inspect_model(path, Limits(1 << 30, seconds, 1 << 20))
    assert str(caught.value).isprintable()


def test_it_hears_no_signals_to_the_whole_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'kill -INT $$; kill -TERM $$; echo \'{"refusal": "it went on"}\''
    with pytest.raises(ModelError, match="it went on"):
        inspect_model(stand_in(tmp_path, monkeypatch, script))


def test_one_that_ends_with_the_work_was_stopped_and_the_model_is_not_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        inspect_model(stand_in(tmp_path, monkeypatch, "kill -KILL $$"), control=control)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (None, "not written as they should be"),
        (b"", "not written as they should be"),
        (b"novel" * 20, "not written as they should be"),
        (safetensors({"w": described()}, numbers(5)), "not written as they should be"),
        (safetensors({"w": described(end=28)}, numbers(7)), "not written as they should be"),
        (safetensors({"x": described()}, numbers()), "not those it was said to hold"),
        (safetensors({"w": described(shape=[6])}, numbers()), "not those it was said to hold"),
        (safetensors({"w": described(dtype="I32")}, numbers()), "not those it was said to hold"),
    ],
)
def test_tensors_that_are_not_as_said_are_refused_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: bytes | None, message: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "ready").write_bytes(output or b"")
    (tmp_path / "facts").write_text(json.dumps({"facts": FACTS}), encoding="utf-8")
    copy = "" if output is None else f"cp {tmp_path / 'ready'} {tmp_path / 'out' / OUTPUT_NAME};"
    path = stand_in(tmp_path, monkeypatch, f"{copy} cat {tmp_path / 'facts'}")
    with pytest.raises(ModelError, match=message):
        read_model(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("command", ["ln -s", "mkfifo"])
def test_a_link_or_a_pipe_in_place_of_the_tensors_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "facts").write_text(json.dumps({"facts": FACTS}), encoding="utf-8")
    target = f"{tmp_path / 'm'} " if command == "ln -s" else ""
    script = f"{command} {target}{tmp_path / 'out' / OUTPUT_NAME}; cat {tmp_path / 'facts'}"
    path = stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(ModelError, match="not written as they should be"):
        read_model(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert path.exists()
