"""The process that runs ONNX models can start threads, and nothing else: no file, no program, no connection."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mtgui.auditing.onnx.onnx_runner import OnnxRunner, has_onnxruntime
from tests.auditing.onnx.started_processes import started_processes
from tests.needs import LINUX_LIMITS
from tests.reading import onnx_writer as w
from tests.reading.limited_code import IMPORTS, limited

pytestmark = LINUX_LIMITS
LIMITS = "0, None, COMPUTING"


@pytest.mark.parametrize(
    "attempt",
    [
        "open('kept')",
        "open('/etc/passwd')",
        "open('/proc/self/mem', 'rb')",
        "os.open('kept', os.O_PATH)",
        "open('touched', 'w')",
        "os.remove('kept')",
        "os.rename('kept', 'touched')",
        "os.mkdir('touched')",
        "os.symlink('kept', 'touched')",
        "os.link('kept', 'touched')",
        "os.truncate('kept', 0)",
        "os.chmod('kept', 0)",
        "os.chown('kept', 1, 1)",
        "os.utime('kept', (2, 2))",
        "os.setxattr('kept', 'user.a', b'b')",
        "os.listdir('.')",
        "os.mkfifo('touched')",
        "os.fork()",
        "os.execv('/bin/touch', ['touch', 'touched'])",
        "os.posix_spawn('/bin/touch', ['touch', 'touched'], {})",
        "subprocess.run(['touch', 'touched'])",
        "socket.create_connection(('127.0.0.1', PORT))",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "os.kill(os.getppid(), 0)",
        "bytearray(2 << 30)",
    ],
)
def test_attempts_fail(tmp_path: Path, attempt: str) -> None:
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    os.utime(tmp_path / "kept", (1, 1))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        ended = limited(attempt.replace("PORT", str(server.getsockname()[1])), tmp_path, LIMITS)
        with pytest.raises(BlockingIOError):
            server.accept()
    if "by the kernel" not in ended.stdout:
        pytest.skip("this system permits no filter of calls")
    assert ended.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").stat().st_atime == 1


def test_threads_start(tmp_path: Path) -> None:
    code = "t = threading.Thread(target=print, args=('from a thread',)); t.start(); t.join()"
    ended = limited(code, tmp_path, LIMITS)
    assert ended.returncode == 0
    assert "from a thread" in ended.stdout


def test_a_thread_is_limited_too(tmp_path: Path) -> None:
    code = "t = threading.Thread(target=lambda: os.write(1, b'PID' if os.fork() else b'')); t.start(); t.join()"
    assert "PID" not in limited(code, tmp_path, LIMITS).stdout


def test_before_the_limits_it_starts_no_thread_and_keeps_no_diary(tmp_path: Path) -> None:
    if not has_onnxruntime():
        pytest.skip("onnxruntime is not installed")
    code = (
        f"import sys, os; sys.path[:0] = {sys.path!r}; from mtgui.auditing.onnx.onnx_child import import_quietly;"
        "import_quietly(); "
        "print(len(os.listdir('/proc/self/task')), "
        "[m for m in ('torch', 'PySide6', 'PIL', 'requests', 'onnx') if m in sys.modules], "
        "[f for f in os.listdir('/proc/self/fd') if int(f) > 2 and os.path.isfile(f'/proc/self/fd/{f}')])"
    )
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**threads, "HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert ended.stdout == "1 [] []\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("location", ["secret.bin", "{}/secret.bin"])
def test_external_numbers_stay_closed_even_if_nobody_had_looked(tmp_path: Path, location: str) -> None:
    """The second wall: the graph goes to onnxruntime as it is, as if the check before had missed it."""
    if not has_onnxruntime():
        pytest.skip("onnxruntime is not installed")
    (tmp_path / "secret.bin").write_bytes(bytes(960))
    os.utime(tmp_path / "secret.bin", (1, 1))
    place = w.run(13, w.run(1, "location") + w.run(2, location.format(tmp_path))) + w.number(14, 1)
    weight = w.number(1, 48) + w.number(1, 5) + w.number(2, 1) + w.run(8, "w") + place
    nodes = [w.node("Flatten", ["x"], ["flat"], axis=1), w.node("MatMul", ["flat", "w"], ["y"])]
    data = w.model(w.graph(nodes, [w.value("x", ["n", 3, 4, 4])], [w.value("y", ["n", 5])], [weight]))
    code = IMPORTS + (
        "from mtgui.auditing.onnx.onnx_child import import_quietly, new_session; data = sys.stdin.buffer.read();"
        "import_quietly(); print(apply_limits(Limits(4 << 30, 20, 1 << 20), 0, None, COMPUTING), flush=True);"
        "new_session(data, 1); print('LOADED')"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, input=data, capture_output=True, check=False)
    assert b"LOADED" not in ended.stdout
    assert b"no new privileges" in ended.stdout
    assert (tmp_path / "secret.bin").stat().st_atime == 1


def test_a_running_model_says_what_holds(tmp_path: Path) -> None:
    if not has_onnxruntime():
        pytest.skip("onnxruntime is not installed")
    (tmp_path / "m.onnx").write_bytes(w.classifier(w.plain_weight()))
    with started_processes() as processes, OnnxRunner(tmp_path / "m.onnx", threads=2) as runner:
        assert {"no new privileges", "open files", "no memory dumps"} <= set(runner.restrictions)
        status = Path(f"/proc/{processes[0].pid}/status").read_text(encoding="ascii")
        assert ("Seccomp:\t2" in status) is any("by the kernel" in words for words in runner.restrictions)
