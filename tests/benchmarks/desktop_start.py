"""Time to the first painting of the window, against a bare PySide6 window, each in processes of their own.

    python -m tests.benchmarks.desktop_start [ROUNDS]

Wanted: at most three times as long as the bare window. Python's compiled files are kept between the rounds, as those
of an installed program are; the first round makes them and is not counted.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

WANTED = 3.0
WATCH = """
import os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

class FirstPaint(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and watched.isWidgetType() and watched.isWindow():
            print(time.time(), flush=True)
            QTimer.singleShot(0, QApplication.closeAllWindows)
            QApplication.instance().removeEventFilter(self)
        return False

watch = FirstPaint()
"""
BARE = (
    WATCH
    + """
from PySide6.QtWidgets import QMainWindow
app = QApplication(sys.argv)
app.installEventFilter(watch)
window = QMainWindow()
window.resize(1280, 800)
window.show()
app.exec()
"""
)
OURS = (
    WATCH
    + """
from PySide6.QtCore import QCoreApplication
import mtgui.desktop.app.application as application
show = application.MainWindow.show
def shown(window):
    QCoreApplication.instance().installEventFilter(watch)
    show(window)
application.MainWindow.show = shown
application.run_window([])
"""
)


def main(rounds: int) -> None:
    """Measure by turns and print medians."""
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds + 1):
            pair = _first_paint(BARE, home), _first_paint(OURS, home)
            if number:
                bare.append(pair[0])
                ours.append(pair[1])
    plain, window = statistics.median(bare), statistics.median(ours)
    print(f"first painting, median of {rounds}: bare window {plain:.2f} s, mtgui {window:.2f} s")
    print(f"ratio {window / plain:.2f} (wanted: at most {WANTED:.2f})")


def _first_paint(code: str, home: str) -> float:
    usual = {"QT_QPA_PLATFORM": "offscreen"} if "DISPLAY" not in os.environ else {}
    environment = {**usual, **os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "PYTHONPYCACHEPREFIX": home}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.time()
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[0]) - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
