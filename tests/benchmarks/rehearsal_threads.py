"""How much longer steps of a rehearsal take on a busy processor: with all threads, and with as many as are chosen.

    python -m tests.benchmarks.rehearsal_threads [network] [batch] [busy programs]

Prints ratios of times from one run. Wanted: with the choice, a busy step takes no longer than the processor's smaller
share explains, about 1 + busy programs / cores times. OMP_WAIT_POLICY=ACTIVE in the environment shows what it would be
with threads that spin while they wait.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.torch_threads import allowed_threads
from mtgui.auditing.thread_choice import choose_threads
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.trial_steps import Trial

ITEMS = 10_000_000
TURNS = 6


@contextlib.contextmanager
def busy(programs: int) -> Iterator[None]:
    """Keep the processor busy with so many other programs."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(programs)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def main(network: str, batch: int, programs: int) -> None:
    """Time steps of all threads and of the chosen ones, idle and busy."""
    data = make_pictures(10, 2 * batch // 10 + 1, 0)
    plan = replace(TrainingPlan(), network=network, batch=batch)
    pictures = (torch.from_numpy(data.pixels), torch.from_numpy(data.labels))
    trial = Trial(plan, Network(make_network(network, 10, 0)), choose_device("cpu"), pictures, None)
    everything = allowed_threads()

    def measured() -> tuple[float, float, int, str]:
        choice = choose_threads(trial.stopwatch(), everything, ITEMS)
        watch, times = trial.stopwatch(), dict.fromkeys((choice.threads, everything), 0.0)
        for _ in range(TURNS):
            for threads in times:
                times[threads] += watch(threads)
        return times[everything], times[choice.threads], choice.threads, choice.sentence

    idle = measured()
    with busy(programs):
        slow = measured()
    print(
        f"{network}, batches of {batch}, {everything} threads allowed, {os.environ['OMP_WAIT_POLICY'].lower()} waiting"
    )
    print(f"idle: {idle[2]} chosen; all threads take {idle[0] / idle[1]:.2f} times as long. {idle[3]}")
    print(f"busy with {programs}: {slow[2]} chosen; all threads take {slow[0] / slow[1]:.2f} times as long. {slow[3]}")
    print(f"busy/idle: {slow[0] / idle[1]:.2f} with all threads, {slow[1] / idle[1]:.2f} with the choice")


if __name__ == "__main__":
    given = [*sys.argv[1:], *[""] * 3]
    main(given[0] or "fast", int(given[1] or 128), int(given[2] or 1))
