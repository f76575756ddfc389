"""The engine is asked for devices once, for all pages, and knows how many cores it may use."""

import sys

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from mtgui.desktop.jobs.engine import Engine
from mtgui.desktop.jobs.engine_process import EngineEnd
from mtgui.desktop.settings import DEVICE, THREADS
from tests.desktop.audit.audit_helpers import fake_command

pytestmark = pytest.mark.usefixtures("themed")
HERE = (("auto", "Automatic"), ("cuda:0", "NVIDIA H100 · 85 GB"), ("cpu", "CPU, 2 threads · 24 GB"))


def test_devices_are_asked_for_once_for_all_pages(qtbot: QtBot, settings: QSettings) -> None:
    engine = Engine(settings, fake_command)
    found: list[object] = []
    engine.devices_found.connect(found.append)
    assert engine.devices == DEVICE.choices, "until the engine answers, all kinds are offered"
    engine.find_devices()
    engine.find_devices()
    qtbot.waitUntil(lambda: not engine.is_asking)
    engine.find_devices()
    assert found == [HERE]
    assert engine.devices == HERE, "a page that is built later need not ask"
    engine.close()


def test_the_real_engine_names_this_processor(qtbot: QtBot, settings: QSettings) -> None:
    pytest.importorskip("torch")
    engine = Engine(settings)
    with qtbot.waitSignal(engine.devices_found) as blocker:
        engine.find_devices()
    (devices,) = blocker.args or [()]
    assert devices[0] == ("auto", "Automatic")
    assert any(name == "cpu" and text.startswith("CPU, ") and text.endswith(" GB") for name, text in devices)


@pytest.mark.usefixtures("qtbot")
def test_closing_stops_the_question(settings: QSettings) -> None:
    engine = Engine(settings)
    engine.find_devices()
    engine.close()
    assert not engine.is_asking


@pytest.mark.parametrize(("cores", "said"), [(0, "None"), (1, "1")])
def test_the_engine_uses_as_many_cores_as_the_settings_allow(
    qtbot: QtBot, settings: QSettings, monkeypatch: pytest.MonkeyPatch, cores: int, said: str
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    THREADS.keep(settings, cores)
    engine = Engine(settings, lambda arguments: [sys.executable, "-c", *arguments])
    process = engine.process(["import os; print(os.environ.get('OMP_NUM_THREADS'))"], engine)
    with qtbot.waitSignal(process.ended) as blocker:
        process.start()
    (end,) = blocker.args or [None]
    assert isinstance(end, EngineEnd)
    assert end.output == said
