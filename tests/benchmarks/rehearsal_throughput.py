"""The trainer of rehearsals against a bare training loop, on pictures of 32 × 32 pixels and the fast network.

    python -m tests.benchmarks.rehearsal_throughput [pictures] [archive or folder] [rounds]

Wanted: at least 0.9 of the bare loop's pictures per second. On the processor both run in one thread, and only their own
seconds count, so that a busy machine does not decide.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional

from mtgui.auditing.engine.devices import choose_device
from mtgui.rehearsal.data import TrainingData, read_pictures
from mtgui.rehearsal.made import make_pictures
from mtgui.rehearsal.networks import MEAN, STD, make_network
from mtgui.rehearsal.plan import TrainingPlan
from mtgui.rehearsal.training import train
from tests.benchmarks.measure import side_by_side

BATCH = 128


def bare_loop(data: TrainingData, device: torch.device) -> Callable[[], object]:
    """Return a function that trains the network for one epoch with nothing around it."""
    module = make_network("fast", len(data.class_names), 0).to(device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(module.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    pixels, labels = torch.from_numpy(data.pixels).to(device), torch.from_numpy(data.labels).to(device)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1).to(device) * 255 for values in (MEAN, STD))

    def epoch() -> None:
        module.train()
        order = torch.randperm(len(labels), device=device)
        for start in range(0, len(labels), BATCH):
            rows = order[start : start + BATCH]
            inputs = ((pixels[rows] - mean) / std).to(memory_format=torch.channels_last)
            loss = functional.cross_entropy(module(inputs), labels[rows])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return epoch


def main(pictures: int, source: str | None, rounds: int) -> None:
    """Time both by turns and print the share."""
    data = make_pictures(10, pictures // 10, 0) if source is None else read_pictures(Path(source)).sampled(pictures, 0)
    device = choose_device("auto")
    training = train(TrainingPlan(epochs=2 * rounds + 2, batch=BATCH, schedule="constant"), data, None, device)
    bare = bare_loop(data, device.torch_device)

    def own_epoch() -> None:
        for event in training:
            if type(event).__name__ == "EpochDone":
                return

    on_processor = device.kind == "cpu"
    if on_processor:
        torch.set_num_threads(1)
    own, plain = side_by_side(own_epoch, bare, rounds, time.process_time if on_processor else time.perf_counter)
    print(f"{len(data):,} pictures on {device.title}: {len(data) / own:,.0f} pictures/s by the trainer, ", end="")
    print(f"{len(data) / plain:,.0f} by a bare loop; share {plain / own:.3f}, wanted 0.9")


if __name__ == "__main__":
    given = [*sys.argv[1:], *[""] * 3]
    main(int(given[0] or 2000), given[1] or None, int(given[2] or 5))
