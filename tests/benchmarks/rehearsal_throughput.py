"""The trainer of rehearsals against a bare training loop, on pictures of 32 × 32 pixels and the fast network.

    python -m tests.benchmarks.rehearsal_throughput [pictures] [archive or folder] [rounds]

Wanted: at least 0.9 of the bare loop's pictures per second. On the processor both run in one thread, and only their own
seconds count, so that a busy machine does not decide.

Then steps of the paper's training (WRN-28-4, batches of 256, flips and crops): step by step and recorded, in
TensorFloat-32 and in bfloat16, and how many minutes the paper's 100 epochs of 40,000 pictures would take. Wanted on an
H100: at most 3 minutes, 22,000 pictures a second. On the processor a small network and a few steps show that it runs.
"""

import contextlib
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, read_pictures
from mtgui.rehearsal.training.graph_recording import Recorder
from mtgui.rehearsal.training.small_networks import MEAN, STD, Network, make_network
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.training_plan import PAPER, TrainingPlan
from mtgui.rehearsal.training.training_steps import Stepper
from tests.benchmarks.stopwatch import side_by_side

BATCH = 128
PAPER_PICTURES = 40_000
WARM_UPS, SECONDS = 8, 6.0


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


class Unwilling:
    """Records nothing, so that steps are taken one kernel at a time."""

    @contextlib.contextmanager
    def warming(self) -> Iterator[None]:
        yield

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        assert callable(work)
        raise RuntimeError("not wanted")


def speed_of(plan: TrainingPlan, device: Device, recorder: Recorder | None, seconds: float) -> tuple[float, str]:
    """Return pictures a second of steps after ``plan`` on pictures of noise, and what the stepper had to say."""
    where = device.torch_device
    module = make_network(plan.network, 10, 0).to(where).to(memory_format=torch.channels_last).train()
    count = 40 * plan.batch
    pixels = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, device=where)
    labels = torch.randint(0, 10, (count,), device=where)
    stepper = Stepper(plan, Network(module), device, torch.Generator(where), (pixels, labels), recorder=recorder)
    chance, order, done, start = random.Random(0), torch.randperm(count, device=where), 0, 0.0
    stepper.begin()
    while not done or time.perf_counter() - start < seconds:
        for batch in range(WARM_UPS):
            stepper.step(order[batch * plan.batch : (batch + 1) * plan.batch], 0.01, chance)
        if where.type == "cuda":
            torch.cuda.synchronize()
        if not start:
            start = time.perf_counter()
        done += plan.batch * WARM_UPS
    return (done - plan.batch * WARM_UPS) / (time.perf_counter() - start), " ".join(stepper.take_notices())


def paper(device: Device) -> None:
    """Print what the paper's training would take."""
    on_card = device.kind == "cuda"
    plan = PAPER if on_card else replace(PAPER, network="resnet8", batch=32)
    ways: list[tuple[str, TrainingPlan, Recorder | None]] = [("step by step, TensorFloat-32", plan, Unwilling())]
    if on_card:
        ways += [("recorded, TensorFloat-32", plan, None)]
        ways += [("step by step, bfloat16", replace(plan, precision="bfloat16"), Unwilling())]
        ways += [("recorded, bfloat16", replace(plan, precision="bfloat16"), None)]
    for title, way, recorder in ways:
        speed, said = speed_of(way, device, recorder, SECONDS if on_card else SECONDS / 3)
        minutes = PAPER_PICTURES * PAPER.epochs / speed / 60
        note = f" ({said})" if said and recorder is None else ""
        print(f"{way.network}, {title}: {speed:,.0f} pictures/s, {minutes:.1f} minutes for the schedule{note}")


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
    paper(device)


if __name__ == "__main__":
    given = [*sys.argv[1:], *[""] * 3]
    main(int(given[0] or 2000), given[1] or None, int(given[2] or 5))
