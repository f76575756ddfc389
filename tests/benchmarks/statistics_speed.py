"""The statistics of an audit: reference draws and p from a matrix of 100 pictures and 32 keys, and larger ones.

    python -m tests.benchmarks.statistics_speed

Wanted: the draws and p of 100 × 32 with 9,999 reference draws in less than half a second.
"""

import time
from fractions import Fraction

import numpy as np

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.reference_draws import reference_draws


def measure(pictures: int, columns: int, rounds: int) -> float:
    """Return the median seconds from a loss matrix to p."""
    design = AuditDesign(pictures, tuple(range(pictures // 2)), (DrawnStratum(tuple(range(pictures)), pictures // 2),))
    losses = np.random.default_rng(0).integers(0, 5 << 20, (columns, pictures))
    times = []
    for number in range(rounds):
        start = time.perf_counter()
        grid = RunningGrid(reference_draws(design, bytes([number]) * 32), columns, Fraction(1, 100))
        for column in range(columns):
            grid.add(column, losses[column])
        assert 0 < grid.p_value <= 1
        times.append(time.perf_counter() - start)
    return float(np.median(times))


if __name__ == "__main__":
    print(f"100 pictures × 32 keys: {measure(100, 32, 9):.3f} s (wanted: below 0.5)")
    print(f"1,000 pictures × 16 keys: {measure(1000, 16, 3):.3f} s")
    print(f"5,000 pictures × 16 keys: {measure(5000, 16, 1):.3f} s")
