"""The engine as a child: events in order, orders obeyed, every way to end told in one sentence."""

import signal
import sys
from collections.abc import Sequence

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from mtgui.auditing.job.audit_events import AUDIT_EVENTS, KeyDone
from mtgui.common.events import Event, Finished, Noticed, Progress, Started, event_to_json
from mtgui.desktop.jobs.engine_command import engine_command
from mtgui.desktop.jobs.engine_process import MEMORY_WORDS, TURN_LINES, EngineEnd, EngineProcess
from tests.desktop.watching import Turns
from tests.needs import POSIX_SIGNALS

pytestmark = pytest.mark.usefixtures("themed")


class Told(QObject):
    """Keeps what a process tells."""

    def __init__(self, process: EngineProcess) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.ends: list[EngineEnd] = []
        process.told.connect(self._tell)
        process.ended.connect(self._end)

    def _tell(self, event: Event) -> None:
        self.events.append(event)

    def _end(self, end: EngineEnd) -> None:
        self.ends.append(end)


def run(qtbot: QtBot, code: str, arguments: Sequence[str] = ()) -> Told:
    """Run a line of Python to its end."""
    process = EngineProcess([sys.executable, "-c", code, *arguments])
    told = Told(process)
    process.start()
    qtbot.waitUntil(lambda: bool(told.ends))
    process.deleteLater()
    return told


def test_events_come_in_order_unknown_ones_are_passed_over_and_other_lines_are_kept(qtbot: QtBot) -> None:
    told = run(
        qtbot,
        'print(\'{"event": "started", "what": "x", "total": 2}\'); print("plain"); '
        'print(\'{"event": "new_kind"}\'); print(\'{"event": "finished", "result": {"a": 1}}\')',
    )
    assert told.events == [Started("x", 2), Finished({"a": 1})]
    assert told.ends == [EngineEnd({"a": 1}, output="plain")]


def test_of_progress_only_the_newest_is_told(qtbot: QtBot) -> None:
    code = (
        "from mtgui.common.events import Progress, event_to_json\n"
        "print('\\n'.join(event_to_json(Progress(n, 20000, 1.0)) for n in range(20000)))"
    )
    told = run(qtbot, code)
    assert told.events[-1] == Progress(19999, 20000, 1.0)
    assert len(told.events) < 2000


@pytest.mark.parametrize("losses", [1, 10_000])
def test_the_window_gets_its_turn_while_events_pour_in(qtbot: QtBot, losses: int) -> None:
    line = event_to_json(KeyDone(0, 0, 0, 1, 1, (0.123456,) * losses, None, 1, losses, 1.0))
    code = "import sys; print('\\n'.join([sys.stdin.readline().strip()] * 300))"
    process = EngineProcess([sys.executable, "-c", code], kinds=AUDIT_EVENTS, request=line.encode("ascii"))
    told = Told(process)
    with Turns() as turns:
        process.told.connect(turns.saw_one)
        process.start()
        qtbot.waitUntil(lambda: bool(told.ends))
    assert turns.total == 300
    assert turns.most <= TURN_LINES
    process.deleteLater()


def test_a_line_that_a_killed_process_left_unfinished_is_no_event(qtbot: QtBot) -> None:
    told = run(qtbot, 'import os; os.write(1, b\'{"event": "started"\')')
    assert told.events == []


@POSIX_SIGNALS
def test_an_engine_killed_by_the_system_is_a_sentence(qtbot: QtBot) -> None:
    told = run(qtbot, f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    assert told.ends[0].problem == MEMORY_WORDS
    told = run(qtbot, f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})")
    assert "crash" in told.ends[0].problem


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import sys; print('mtgui: There is no such file.', file=sys.stderr); sys.exit(1)", "There is no such file."),
        ("import sys; print('mtgui audit: No --model. See', file=sys.stderr); sys.exit(2)", "No --model. See"),
        ("raise MemoryError", MEMORY_WORDS),
        ("1 / 0", "Something went wrong in the engine (ZeroDivisionError: division by zero)."),
        ("import sys; sys.exit(3)", "The engine ended with status 3 and said nothing; the log may say more."),
        ('print(\'{"event": "stopped", "reason": "Why."}\'); import sys; sys.exit(1)', "Why."),
    ],
)
def test_every_failure_is_one_sentence(qtbot: QtBot, code: str, problem: str) -> None:
    assert run(qtbot, code).ends[0].problem == problem


def test_a_program_that_is_not_there_is_a_sentence(qtbot: QtBot) -> None:
    process = EngineProcess(["/there/is/no/such/program"])
    told = Told(process)
    process.start()
    qtbot.waitUntil(lambda: bool(told.ends))
    assert "could not start" in told.ends[0].problem
    process.deleteLater()


LISTEN = (
    "import sys, json\n"
    'print(\'{"event": "started", "what": "x", "total": 1}\', flush=True)\n'
    "for line in sys.stdin:\n"
    "    print(json.dumps({'event': 'noticed', 'sentence': line.strip()}), flush=True)\n"
    "    if line.strip() == 'cancel': sys.exit(130)\n"
)


def test_orders_are_lines_and_a_cancelled_run_says_so(qtbot: QtBot) -> None:
    process = EngineProcess([sys.executable, "-c", LISTEN])
    told = Told(process)
    process.start()
    qtbot.waitUntil(lambda: bool(told.events))
    process.set_paused(True)
    process.set_paused(False)
    process.cancel()
    qtbot.waitUntil(lambda: bool(told.ends))
    assert told.events[1:] == [Noticed("pause"), Noticed("resume"), Noticed("cancel")]
    assert told.ends[0].was_cancelled
    process.deleteLater()


@pytest.mark.timeout(120)
def test_closing_ends_even_a_deaf_engine(qtbot: QtBot) -> None:
    process = EngineProcess(
        [
            sys.executable,
            "-c",
            'import threading; print(\'{"event": "resumed"}\', flush=True); threading.Event().wait()',
        ]
    )
    told = Told(process)
    process.start()
    qtbot.waitUntil(lambda: bool(told.events))
    process.close(200)
    assert not process.is_running
    assert process.process_id == 0
    process.deleteLater()


def test_the_real_command_is_this_very_program(qtbot: QtBot) -> None:
    process = EngineProcess(engine_command(["--version"]))
    told = Told(process)
    process.start()
    qtbot.waitUntil(lambda: bool(told.ends))
    assert told.ends[0].output.startswith("mtgui ")
    process.deleteLater()
