"""The record on disk: what is written is read again, and nothing ever changes what was written."""

import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mtgui.common.errors import RecordError, StorageError
from mtgui.marking.pattern import PICTURE_SIDE, PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.records.journal import create_record, looks_like_record, open_record, read_record
from mtgui.records.record import Block, LogEntry
from tests.needs import PIPES, RIGHTS
from tests.records.records_helpers import TIME, digest, export_entry, make_block, make_record

BLOCKS = {
    "plain": make_block(),
    "nothing withheld": make_block(3, (0, 1, 2)),
    "no mark": make_block(settings=MarkSettings(1.0, 0, "none")),
    "a fixed resolution": make_block(settings=MarkSettings(0.85, 4, "uniform", design_resolution=32)),
    "a coloured tint": make_block(settings=MarkSettings(kind="tint", tint_strength=7, tint_is_coloured=True)),
    "a tint": make_block(settings=MarkSettings(kind="tint", tint_strength=3.75)),
    "a picture as pattern": make_block(
        settings=MarkSettings(pattern_kind="picture"),
        pattern=PicturePattern(bytes(range(256)) * (3 * PICTURE_SIDE)),
    ),
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_a_block_is_read_as_it_was_written(tmp_path: Path, block: Block) -> None:
    create_record(tmp_path / "r", block).close()
    assert read_record(tmp_path / "r").blocks == (block,)


def test_log_entries_are_read_as_they_were_written(tmp_path: Path) -> None:
    entries = (
        LogEntry("export", TIME, digest(1), "folder/ä\n🎨\udcff.png", digest(2)),
        LogEntry("failure", TIME, digest(1), text="it is empty."),
        LogEntry("pause", TIME),
        LogEntry("resume", TIME),
        LogEntry("note", TIME, text="a “note”"),
    )
    with_log = create_record(tmp_path / "r", make_block())
    for entry in entries:
        with_log.append(entry)
    with_log.close()
    assert read_record(tmp_path / "r").log == entries


def test_the_commitment_is_the_hash_of_the_first_line_without_its_newline(tmp_path: Path) -> None:
    data = make_record(tmp_path / "r")
    assert read_record(tmp_path / "r").commitment == hashlib.sha256(data.split(b"\n")[0]).hexdigest()


def test_opening_and_adding_changes_no_byte_of_what_was_there(tmp_path: Path) -> None:
    before = make_record(tmp_path / "r")
    file = open_record(tmp_path / "r")
    file.append(export_entry(3))
    file.append_block(make_block(number=1))
    file.close()
    assert (tmp_path / "r").read_bytes().startswith(before)


def test_a_record_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    create_record(tmp_path / "r", make_block()).close()
    assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o600


@RIGHTS
def test_a_record_that_others_can_read_is_made_private_when_it_is_continued(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    (tmp_path / "r").chmod(0o644)
    open_record(tmp_path / "r").close()
    assert stat.S_IMODE((tmp_path / "r").stat().st_mode) == 0o600


def test_an_existing_record_is_never_overwritten(tmp_path: Path) -> None:
    before = make_record(tmp_path / "r")
    with pytest.raises(RecordError, match="never overwritten"):
        create_record(tmp_path / "r", make_block())
    assert (tmp_path / "r").read_bytes() == before


def test_a_later_block_has_a_commitment_of_its_own(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    file = open_record(tmp_path / "r")
    file.append_block(make_block(number=1))
    file.append(export_entry(0, 1))
    in_memory = file.record.commitments
    file.close()
    line = (tmp_path / "r").read_bytes().splitlines()[3]
    assert read_record(tmp_path / "r").commitments == in_memory
    assert in_memory[1] == hashlib.sha256(line).hexdigest()


def test_entries_from_several_threads_form_one_unbroken_chain(tmp_path: Path) -> None:
    file = create_record(tmp_path / "r", make_block())

    def add() -> None:
        for number in range(25):
            file.append(export_entry(number))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    assert len(read_record(tmp_path / "r").log) == 100


def test_a_failure_after_an_export_takes_the_export_back(tmp_path: Path) -> None:
    file = create_record(tmp_path / "r", make_block())
    file.append(export_entry(0))
    file.append(LogEntry("failure", TIME, digest("id", 0, 0), text="its name is too long."))
    file.close()
    assert read_record(tmp_path / "r").exports() == {}


def test_a_record_in_use_is_refused_in_the_same_process(tmp_path: Path) -> None:
    file = create_record(tmp_path / "r", make_block())
    with pytest.raises(RecordError, match="in use by another mtgui"):
        open_record(tmp_path / "r")
    file.close()


def test_a_record_in_use_is_refused_in_another_process(tmp_path: Path) -> None:
    file = create_record(tmp_path / "r", make_block())
    program = (
        "import sys, pathlib; from mtgui.records.journal import open_record; open_record(pathlib.Path(sys.argv[1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "r")], capture_output=True, text=True, check=False
    )
    file.close()
    assert run.returncode == 1
    assert "in use by another mtgui" in run.stderr


def test_a_record_in_use_can_still_be_read(tmp_path: Path) -> None:
    file = create_record(tmp_path / "r", make_block())
    file.append(export_entry(0))
    assert len(read_record(tmp_path / "r").log) == 1
    file.close()


def test_a_closed_record_can_be_opened_again(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    open_record(tmp_path / "r").close()
    open_record(tmp_path / "r").close()


def test_a_record_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is not there"):
        read_record(tmp_path / "r")
    with pytest.raises(StorageError, match="is not there"):
        open_record(tmp_path / "r")


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"\x89PNG\r\n\x1a\n", b'{"type": "design"}\n', bytes(1000)])
def test_another_file_is_said_to_be_no_record(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(RecordError, match="is not a mark record"):
        read_record(tmp_path / "r")
    assert not looks_like_record(tmp_path / "r")


def test_a_record_looks_like_one(tmp_path: Path) -> None:
    make_record(tmp_path / "r")
    assert looks_like_record(tmp_path / "r")


def test_a_folder_is_no_record(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="it is a folder"):
        read_record(tmp_path)


@PIPES
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "r")
    with pytest.raises(RecordError, match="is not a mark record"):
        read_record(tmp_path / "r")
    with pytest.raises(RecordError, match="is not a mark record"):
        open_record(tmp_path / "r")


def test_nothing_secret_shows_in_the_text_of_an_open_record(tmp_path: Path) -> None:
    file = create_record(tmp_path / "r", make_block())
    shown = repr(file.record) + repr(file) + repr(file.record.blocks[0].mark)
    file.close()
    for secret in (b"key", b"seed", b"salt"):
        assert hashlib.sha256(secret).hexdigest() not in shown
        assert repr(hashlib.sha256(secret).digest())[2:-1] not in shown
