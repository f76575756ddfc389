"""A repaint of the loss distribution with 100,000 draws, in milliseconds: it should take less than eight.

python -m tests.benchmarks.desktop_plot
"""

import statistics
import time

import numpy as np
from PySide6.QtWidgets import QApplication

from mtgui.desktop.audit.following import PairState
from mtgui.desktop.audit.loss_plot import LossPlot
from mtgui.desktop.theme import apply_theme

DRAWS, REPEATS, SIZE = 100_000, 60, (1200, 760)


def main() -> None:
    """Print the median and the slowest of many repaints, each after new draws."""
    app = QApplication([])
    apply_theme(app, "dark")
    plot = LossPlot()
    plot.resize(*SIZE)
    plot.show()
    chance = np.random.default_rng(1)
    state = PairState(plan={"alpha": 0.01}, set_loss=0.1)
    state.draws.add(chance.normal(1.0, 0.2, DRAWS))
    times = []
    for _ in range(REPEATS):
        state.draws.add(chance.normal(1.0, 0.2, 100))
        start = time.perf_counter()
        plot.show_state(state)
        plot.viewport().repaint()
        times.append(1000 * (time.perf_counter() - start))
        app.processEvents()
    print(f"{DRAWS:,} draws: median {statistics.median(times):.2f} ms, slowest {max(times):.2f} ms")


if __name__ == "__main__":
    main()
