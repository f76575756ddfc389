"""Files that are there whole or not at all, on systems with and without unnamed temporary files."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mtgui.common import files
from mtgui.common.errors import NotOrdinaryError
from mtgui.common.files import open_ordinary
from mtgui.common.hashing import sha256_file
from tests.needs import PIPES, POSIX_SIGNALS

Way = Callable[[pytest.MonkeyPatch], None]


def unnamed(_: pytest.MonkeyPatch) -> None:
    """Leave the system as it is."""


def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take unnamed temporary files away."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)


def unlinked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take hard links away too, as on FAT."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)


@pytest.fixture(params=[unnamed, named, unlinked])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    request.param(monkeypatch)


@pytest.mark.usefixtures("way")
def test_a_new_file_holds_exactly_its_data(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    files.write_new(tmp_path / "a", data)
    assert (tmp_path / "a").read_bytes() == data


@pytest.mark.usefixtures("way")
def test_nothing_but_the_file_is_left(tmp_path: Path) -> None:
    files.write_new(tmp_path / "a", b"x", durable=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.usefixtures("way")
def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.usefixtures("way")
def test_a_dangling_link_is_never_written_through(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        files.write_new(tmp_path / "a", b"new")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.usefixtures("way")
def test_the_mode_is_kept_from_the_first_moment(tmp_path: Path) -> None:
    files.write_new(tmp_path / "a", b"secret", mode=0o600)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("way")
def test_a_missing_folder_is_reported_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.write_new(tmp_path / "missing" / "a", b"x")
    assert list(tmp_path.iterdir()) == []


OPENED = """
import sys
from pathlib import Path
from mtgui.common import files
sys.addaudithook(lambda event, about: print(about[0]) if event == "open" else None)
files.write_new(Path(sys.argv[1]), b"x")
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="this system has no unnamed files")
def test_a_new_file_needs_no_temporary_name_where_the_system_can_do_without(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OPENED, str(tmp_path / "a")], capture_output=True, text=True, check=True
    )
    assert set(run.stdout.splitlines()) == {str(tmp_path)}
    assert (tmp_path / "a").read_bytes() == b"x"


TOO_LARGE = """
import resource, signal, sys
from pathlib import Path
from mtgui.common import files
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
if sys.argv[3] == "named":
    import os
    if hasattr(os, "O_TMPFILE"):
        del os.O_TMPFILE
write = files.replace if sys.argv[2] == "replace" else files.write_new
try:
    write(Path(sys.argv[1]), b"x" * 5000)
except OSError as error:
    print(error.errno)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="only POSIX limits the size of files")
@pytest.mark.parametrize("how", ["write_new", "replace"])
@pytest.mark.parametrize("names", ["named", "unnamed"])
def test_a_disk_that_says_no_halfway_leaves_no_piece(tmp_path: Path, how: str, names: str) -> None:
    target = tmp_path / "a"
    if how == "replace":
        target.write_bytes(b"old")
    run = subprocess.run(
        [sys.executable, "-c", TOO_LARGE, str(target), how, names], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(errno.EFBIG)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == ({"a": b"old"} if how == "replace" else {})


def test_replacing_puts_the_new_content_in_place_of_the_old(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    files.replace(tmp_path / "a", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"new"}


def test_replacing_a_link_leaves_the_file_it_led_to_alone(tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(b"old")
    (tmp_path / "a").symlink_to(tmp_path / "original")
    files.replace(tmp_path / "a", b"new")
    assert (tmp_path / "original").read_bytes() == b"old"


def test_replacing_one_of_two_hard_links_leaves_the_other_alone(tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(b"old")
    (tmp_path / "a").hardlink_to(tmp_path / "original")
    files.replace(tmp_path / "a", b"new")
    assert (tmp_path / "original").read_bytes() == b"old"


KILLED = """
import resource, signal, sys
from pathlib import Path
from mtgui.common import files
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
files.replace(Path(sys.argv[1]), b"x" * 5000)
"""


@POSIX_SIGNALS
def test_leftovers_of_a_killed_run_can_be_removed(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a")], check=False)
    assert run.returncode == -signal.SIGXFSZ
    assert len(list(tmp_path.iterdir())) == 1
    assert files.remove_partials(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_file_in_use_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, removed = os.write, []

    def meanwhile(descriptor: int, data: bytes) -> int:
        removed.append(files.remove_partials(tmp_path))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", meanwhile)
    files.replace(tmp_path / "a", b"x")
    assert removed == [0]
    assert (tmp_path / "a").read_bytes() == b"x"


def test_other_hidden_files_are_no_leftovers(tmp_path: Path) -> None:
    (tmp_path / ".mine").write_bytes(b"x")
    assert files.remove_partials(tmp_path) == 0
    assert (tmp_path / ".mine").exists()


def test_a_name_too_long_for_the_system_is_no_folder_and_no_file() -> None:
    assert not files.is_folder(Path("x" * 5000))
    assert not files.is_ordinary(Path("x" * 5000))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not list open files")
def test_no_file_is_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(20):
        files.write_new(tmp_path / str(number), b"x", durable=False)
        files.replace(tmp_path / str(number), b"y", durable=False)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", refuse)


@pytest.mark.usefixtures("way", "no_room")
@pytest.mark.parametrize("write", [files.write_new, files.replace])
def test_an_error_of_a_full_disk_names_the_file(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        write(tmp_path / "a", b"new")
    assert caught.value.filename == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("write", [files.write_new, files.replace])
def test_an_error_names_nothing_that_a_person_never_saw(tmp_path: Path, write: Callable[[Path, bytes], None]) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write(tmp_path / "gone" / "a", b"new")
    assert caught.value.filename in (str(tmp_path / "gone"), str(tmp_path / "gone" / "a"))


@PIPES
def test_only_ordinary_files_are_opened_and_nothing_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link"):
        with open_ordinary(tmp_path / name) as file:
            assert file.read() == b"content"
    for place in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(NotOrdinaryError):
            open_ordinary(place)
    with pytest.raises(IsADirectoryError):
        open_ordinary(tmp_path)
    with pytest.raises(NotOrdinaryError):
        sha256_file(tmp_path / "pipe")
