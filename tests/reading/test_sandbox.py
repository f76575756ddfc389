"""The reading process cannot do what it has no need for, however it was led astray; and its end is one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, StorageError
from mtgui.reading.bounds import Limits
from mtgui.reading.errors import ModelError
from mtgui.reading.reader import child_command, inspect_model, read_model
from tests.needs import LINUX_LIMITS
from tests.reading.limited_code import limited
from tests.reading.reading_helpers import described, numbers, op, safetensors, tensor, torch_zip

LIMITS = "1 << 20, '.'"


@LINUX_LIMITS
@pytest.mark.parametrize(
    "attempt",
    [
        "os.execv('/bin/touch', ['touch', 'touched'])",
        "os.system('touch touched') and sys.exit(1)",
        "subprocess.run(['touch', 'touched'])",
        "os.fork()",
        "os.posix_spawn('/bin/touch', ['touch', 'touched'], {})",
        "socket.create_server(('127.0.0.1', 0))",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "threading.Thread(target=print).start()",
        "os.kill(os.getppid(), 0)",
        "bytearray(2 << 30)",
        "open('large', 'wb').write(bytes(2 << 20)) == 2 << 20 or sys.exit(1)",
        "[open('/dev/null') for _ in range(3000)]",
    ],
)
def test_attempts_fail(tmp_path: Path, attempt: str) -> None:
    ended = limited(attempt, tmp_path, LIMITS)
    if "by the kernel" not in ended.stdout:
        pytest.skip("this system permits no filter of calls")
    assert ended.returncode != 0
    assert not (tmp_path / "touched").exists()


@LINUX_LIMITS
@pytest.mark.parametrize(
    "attempt",
    [
        "open('touched', 'w')",
        "open('kept', 'a')",
        "open('kept', 'r+')",
        "os.truncate('kept', 0)",
        "os.remove('kept')",
        "os.rename('kept', 'touched')",
        "os.mkdir('touched')",
        "os.symlink('kept', 'touched')",
        "os.link('kept', 'touched')",
        "open(os.path.join('inside', '..', 'touched'), 'w')",
    ],
)
@pytest.mark.parametrize("folder", ["None", "'inside'"])
def test_files_elsewhere_cannot_be_changed(tmp_path: Path, attempt: str, folder: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    ended = limited(attempt, tmp_path, f"1 << 20, {folder}")
    if "files" not in ended.stdout.replace("written files", "").replace("open files", ""):
        pytest.skip("this system has no guard of files")
    assert ended.returncode != 0
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inside", "kept"]


@LINUX_LIMITS
def test_reading_still_works_under_the_limits(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor()}))
    facts, tensors = read_model(tmp_path / "m.pth", tmp_path)
    assert tensors.raw("w") == numbers()
    assert {"no new privileges", "open files", "no memory dumps"} <= set(facts.limits)


def test_the_child_has_neither_torch_nor_qt_nor_pillow_nor_pickle_at_work(tmp_path: Path) -> None:
    code = (
        "import sys, mtgui.reading.child; "
        "print([m for m in ('torch', 'PySide6', 'PIL', 'PIL.Image', 'requests') if m in sys.modules])"
    )
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"]
    assert subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=True).stdout == "[]\n"


def test_neither_folder_nor_environment_say_what_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor()}))
    for name in ("numpy", "json", "mtgui", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'touched')!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    assert len(inspect_model(Path("m.pth")).tensors) == 1
    assert not (tmp_path / "touched").exists()


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child_command() == [sys.executable, "--mtgui-reading-child"]


def test_cancelling_stops_the_child(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(b"N" + b"20" * (20 << 20)))
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        inspect_model(tmp_path / "m.pth", control=control)


@LINUX_LIMITS
def test_too_little_memory_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(op("x" * (200 << 20))))
    with pytest.raises(ModelError, match=r"m.pth: (it needs more memory|reading it failed)") as caught:
        inspect_model(tmp_path / "m.pth", Limits(memory=200 << 20, seconds=20, output=1 << 20))
    assert "\n" not in str(caught.value)


def test_earlier_tensors_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor()}))
    read_model(tmp_path / "m.pth", tmp_path)
    with pytest.raises(StorageError, match="already holds tensors"):
        read_model(tmp_path / "m.pth", tmp_path)
    assert (tmp_path / "tensors.safetensors").exists()


@LINUX_LIMITS
def test_a_full_disk_under_what_is_unpacked_is_named_and_not_the_model(tmp_path: Path, small_disk: Path) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(safetensors({"a": described((32768,), 0, 131072)}, bytes(131072)))
    with pytest.raises(ModelError, match=r"could not be unpacked into “.*disk”: the disk is full; free some space"):
        read_model(model, small_disk)
