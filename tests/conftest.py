"""What every test of the project keeps: nothing left running, nothing left open."""

import gc
import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from tests.auditing.job.trained_pair import World
    from tests.patient_bot import PatientBot

# Processes side by side that each took every core would wait for each other. Children get the same.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault(_name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

HAS_QT = importlib.util.find_spec("PySide6") is not None
PATIENCE = 5.0
FOREIGN = "Dummy-"
"""What Python calls threads that it did not start begins like this."""
SCREENS = Path(__file__).parent / "screens.json"
"""The screen of the tests, which is larger than the small one that Qt takes without it."""

if HAS_QT:
    # Qt reads what follows a colon as another option.
    _screens = os.path.relpath(SCREENS) if sys.platform == "win32" else str(SCREENS)
    if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={_screens}"


def pytest_configure(config: pytest.Config) -> None:
    """Let pass what the offscreen platform says of every window with a smallest size."""
    if config.pluginmanager.hasplugin("pytest-qt"):
        config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the audit log and the states of audits out of the folders of whoever runs the tests."""
    monkeypatch.setenv("MTGUI_DATA_FOLDER", str(tmp_path_factory.mktemp("data")))


@pytest.fixture(autouse=True)
def a_processor_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer two threads on a machine of one core, so that what two of them compute can be tested there."""
    affinity = getattr(os, "sched_getaffinity", None)
    if affinity is not None and len(affinity(0)) < 2:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1})
    elif affinity is None and (os.cpu_count() or 1) < 2:
        monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture
def qtbot(qapp: "QApplication", request: pytest.FixtureRequest) -> "PatientBot":  # noqa: ARG001
    """Pilot Qt, with waits that end only where a test hangs."""
    from tests.patient_bot import PatientBot

    return PatientBot(request)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> "World":
    """People's pictures and records, a model trained on the published copies, and its innocent twin; made once."""
    pytest.importorskip("torch")
    from tests.auditing.job.trained_pair import World, make_world
    from tests.once import made_once

    return World.at(made_once(tmp_path_factory.getbasetemp(), "world", make_world))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs Linux and the rights of root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def _foreign_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and thread.is_alive() and not thread.name.startswith(FOREIGN)
    ]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + PATIENCE
    while (left := _foreign_threads(before)) and time.monotonic() < deadline:
        left[0].join(0.05)
    assert not left, f"threads left running: {[thread.name for thread in left]}"


@pytest.fixture(autouse=True)
def nothing_of_qt_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a window, a running timer, a QThread or work in a thread pool."""
    if not HAS_QT or not {"qtbot", "qapp", "themed"} & set(request.fixturenames):
        yield
        return
    from PySide6.QtWidgets import QApplication

    application = request.getfixturevalue("qapp")
    assert isinstance(application, QApplication)
    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    # What is there already is not looked at again: it is a million objects, and there are hundreds of tests.
    gc.collect()
    gc.freeze()
    yield
    left = _leftovers(before)
    assert not left, f"left behind: {left}"


def _leftovers(before: set[int]) -> list[str]:
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QThreadPool, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [repr(widget) for widget in QApplication.topLevelWidgets() if id(widget) not in before]
    if not QThreadPool.globalInstance().waitForDone(int(PATIENCE * 1000)):
        left.append("work in the global thread pool")
    for thing in gc.get_objects():
        # By type: asking an object for its class wakes proxies of other libraries, which warn.
        if not issubclass(type(thing), QObject) or not isValid(thing):
            continue
        if isinstance(thing, QTimer) and thing.isActive():
            left.append(f"active timer {thing!r}")
        elif isinstance(thing, QThread) and thing.isRunning() and thing is not QThread.currentThread():
            left.append(f"running thread {thing!r}")
        elif isinstance(thing, QThreadPool) and not thing.waitForDone(int(PATIENCE * 1000)):
            left.append(f"busy pool {thing!r}")
    return left
