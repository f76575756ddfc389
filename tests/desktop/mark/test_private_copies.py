"""A backup is read again before it counts, and nothing that must stay private lands among the copies."""

import os
from pathlib import Path

import pytest

from mtgui.common.errors import StorageError, UsageError
from mtgui.desktop.mark import private_copies
from mtgui.desktop.mark.private_copies import back_up, copy_kept


@pytest.fixture
def record(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    path = tmp_path / "pictures" / "out.mtrecord"
    path.write_bytes(b"a record")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "pictures" / "out").mkdir(parents=True, exist_ok=True)
    return tmp_path / "pictures" / "out"


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    (tmp_path / "safe").mkdir()
    return tmp_path / "safe"


def test_a_backup_holds_the_same_bytes_and_only_its_owner_reads_it(record: Path, out: Path, safe: Path) -> None:
    target = back_up(record, safe, out)
    assert target == safe / "out.mtrecord"
    assert target.read_bytes() == record.read_bytes()
    if os.name == "posix":
        assert target.stat().st_mode & 0o077 == 0


def test_a_backup_of_another_state_stays_beside_the_new_one(record: Path, out: Path, safe: Path) -> None:
    (safe / "out.mtrecord").write_bytes(b"an older record")
    assert back_up(record, safe, out) == safe / "out 2.mtrecord"
    assert back_up(record, safe, out) == safe / "out 2.mtrecord", "an equal one is not written twice"
    assert (safe / "out.mtrecord").read_bytes() == b"an older record"


@pytest.mark.parametrize("place", ["out", "out/deep", "."])
def test_places_that_are_no_backup_are_refused(record: Path, out: Path, place: str) -> None:
    folder = out.parent / place
    folder.mkdir(exist_ok=True)
    before = sorted(folder.rglob("*"))
    with pytest.raises(UsageError):
        back_up(record, folder, out)
    assert sorted(folder.rglob("*")) == before


def test_a_disk_that_refuses_is_one_sentence(record: Path, out: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="Nothing can be kept in"):
        back_up(record, tmp_path / "gone", out)


def test_kept_pictures_are_copied_and_missing_ones_named(out: Path, safe: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "deep" / "a.png"
    second.parent.mkdir()
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    copied = copy_kept([first, second, tmp_path / "gone.png"], safe, out)
    assert (copied.copied, copied.missing) == (2, ("gone.png",))
    assert (safe / "a.png").read_bytes() == b"one"
    assert (safe / "a 2.png").read_bytes() == b"two"
    assert copy_kept([first, second], safe, out).copied == 2
    assert len(list(safe.iterdir())) == 2, "equal files are not copied twice"
    assert first.exists()
    with pytest.raises(UsageError):
        copy_kept([first], out, out)


def test_a_copied_picture_keeps_its_times(out: Path, safe: Path, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"one")
    os.utime(picture, (1_000_000_000, 1_000_000_000))
    copy_kept([picture], safe, out)
    assert (safe / "a.png").stat().st_mtime == 1_000_000_000


def test_a_picture_for_which_no_name_is_left_is_not_counted(
    out: Path, safe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_copies, "MOST_NAMES", 2)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"one")
    (safe / "a.png").write_bytes(b"other")
    with pytest.raises(StorageError, match=r"full of files with the name “a\.png”"):
        copy_kept([picture], safe, out)
