"""A repaint of the loss distribution with 100,000 draws against one with 1,000: wanted, at most twice as long.

python -m tests.benchmarks.desktop_plot
"""

from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QApplication

from mtgui.desktop.audit.audit_state import PairState
from mtgui.desktop.audit.loss_plot import LossPlot
from mtgui.desktop.theme.appearance import apply_theme
from tests.benchmarks.stopwatch import side_by_side

MANY, FEW, REPEATS, SIZE = 100_000, 1_000, 60, (1200, 760)
WANTED = 2.0


def main() -> None:
    """Print the medians of many repaints, each after new draws, and their ratio."""
    app = QApplication([])
    apply_theme(app, "dark")
    many, few = side_by_side(_repaint(MANY), _repaint(FEW), REPEATS)
    print(f"{MANY:,} draws: median {1000 * many:.2f} ms; {FEW:,} draws: {1000 * few:.2f} ms")
    print(f"ratio {many / few:.2f} (wanted: at most {WANTED:.2f})")


def _repaint(draws: int) -> Callable[[], None]:
    plot, state = LossPlot(), PairState(set_loss=0.1)
    plot.resize(*SIZE)
    plot.show()
    QApplication.processEvents()
    chance = np.random.default_rng(1)
    state.draws.add(chance.normal(1.0, 0.2, draws))

    def repaint() -> None:
        state.draws.add(chance.normal(1.0, 0.2, 100))
        plot.show_state(state)
        plot.viewport().repaint()

    return repaint


if __name__ == "__main__":
    main()
