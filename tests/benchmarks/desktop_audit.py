"""How much the window costs an audit: the same audit in the terminal and in the window, one after the other.

python -m tests.benchmarks.desktop_audit MODEL RECORD [DECOY KEYS]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings
from PySide6.QtWidgets import QApplication

from mtgui.auditing.job.audit_result import PairResult
from mtgui.common.codec import to_values
from mtgui.desktop.app.application import build_window
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.jobs.engine_command import engine_command
from mtgui.desktop.theme.appearance import apply_theme
from tests.desktop.open_windows import page_of

ROUNDS = 3


def main() -> None:
    """Print both times, their ratio, and the processor time that the window itself used."""
    model, record, keys = Path(sys.argv[1]), Path(sys.argv[2]), int((sys.argv[3:] or ["400"])[0])
    home = Path(tempfile.mkdtemp())
    os.environ["MTGUI_DATA_FOLDER"] = str(home / "data")
    app = QApplication([])
    apply_theme(app, "dark")
    window = build_window(QSettings(str(home / "settings.ini"), QSettings.Format.IniFormat))
    window.show()
    window.show_page("audit")
    page = page_of(window, "audit", AuditPage)
    page.open_paths([model, record])
    while not page.panel.run.isEnabled():
        app.processEvents()
        time.sleep(0.01)
    page.run.keys.setValue(keys)
    page.run.early.setChecked(False)
    for number in range(ROUNDS):
        terminal = in_terminal(page, home / f"terminal {number}")
        os.environ["MTGUI_DATA_FOLDER"] = str(home / f"window {number}")
        seconds, processor = in_window(page)
        print(
            f"terminal {terminal:.2f} s, window {seconds:.2f} s, ratio {terminal / seconds:.3f}; the window itself "
            f"used {processor:.2f} s of processor"
        )
    window.close()


def in_terminal(page: AuditPage, data: Path) -> float:
    """Return the seconds of the audit on the command line."""
    environment = {**os.environ, "MTGUI_DATA_FOLDER": str(data)}
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.pop(name, None)
    request, command = json.dumps(to_values(page.request())), engine_command(["audit", "--request", "-", "--events"])
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{request}\n")
        process.stdin.flush()
        *_, last = process.stdout
    return float(json.loads(last)["result"]["results"][0]["seconds"])


def in_window(page: AuditPage) -> tuple[float, float]:
    """Return the seconds of the audit in the window, and those of processor that the window took."""
    loop = QEventLoop()
    page.auditing.ended.connect(loop.quit)
    before = time.process_time()
    page.start()
    loop.exec()
    result = page.results.plot.state.result or PairResult()
    return result.seconds, time.process_time() - before


if __name__ == "__main__":
    main()
