"""How fast an audit goes, and how much memory it takes.

    pip install "mtgui[benchmark]"
    python -m tests.benchmarks.audit_throughput [cpu|cuda] [speed|paper|memory]…

speed: a whole loss matrix (decoding, marks, preprocessing, losses) against the bare forward pass of the same network on
tensors that lie on the device already: same batch size, precision, memory format, threads, inference mode. ResNet-18
at 224 pixels on the processor with 16 and with 4 keys, ResNet-50 on a card with 40 and with 10. Wanted: at least 0.9
of it, with the fewer keys 0.8. Takes less than a minute on a card as fast as an H100.
paper: the same number of pictures the paper's way (noise pixel by pixel, store, load, plain forward pass). Wanted: at
least 3.5 times as fast on the processor, 20 times on a card.
memory: peak memory at 1,000 keys against that at 100. Wanted: at most 5 % more.

All is run by turns, and the best of each counts: what else the machine does then disturbs least.
"""

import functools
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.models import get_model

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.devices import Device, choose_device, computing, starting_batch
from mtgui.auditing.engine.prepared_originals import Original, PicturesOnTheWay
from mtgui.auditing.engine.task import Column, MatrixTask
from mtgui.auditing.engine.views import ONE_VIEW
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.auditing.statistics.streams import key_slots, row_order
from mtgui.common.control import Control
from mtgui.common.hashing import sha256_file
from mtgui.marking.keys import decoy_key
from mtgui.marking.mark import Mark, PictureDesign, make_mark
from mtgui.marking.settings import MarkSettings

PREPROCESSING = Preprocessing()
SEED = bytes(range(32))
CLASSES = 1000


class TinyNet(nn.Module):
    """Next to nothing, so that memory is the engine's."""

    def __init__(self) -> None:
        super().__init__()
        self.features, self.head = nn.Conv2d(3, 4, 8, stride=8), nn.Linear(4, CLASSES)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits."""
        answer: Tensor = self.head(self.features(pixels).mean((2, 3)))
        return answer


def make_files(folder: Path, count: int) -> list[Path]:
    """Write photograph-like JPEG files of 640 × 480 pixels."""
    paths = []
    for number in range(count):
        coarse = np.random.default_rng(number).integers(0, 256, (30, 40, 3), dtype=np.uint8)
        path = folder / f"{number}.jpg"
        Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return paths


def audit(model: TorchClassifier, paths: list[Path], columns: int, batch: int) -> int:
    """Compute a whole loss matrix, from the files on; return the forward passes."""

    def marks(column: int) -> list[Mark]:
        return [make_mark(decoy_key(SEED, column + 1), MarkSettings())]

    originals = [Original(path, PictureDesign(sha256_file(path), 480, 640)) for path in paths]
    rows = row_order(SEED, len(paths)).tolist()
    slots = functools.partial(key_slots, SEED, columns)
    jobs = os.cpu_count() or 1
    with PicturesOnTheWay(originals, PREPROCESSING, ONE_VIEW, order=rows, jobs=jobs, control=Control()) as pictures:
        task = MatrixTask(model, pictures, [0] * len(paths), marks, columns, rows, slots)
        return sum(len(event.losses) for event in loss_columns(task, batch=batch) if isinstance(event, Column))


def best(rounds: int, *functions: Callable[[], object], is_warm: bool = False) -> list[float]:
    """Return the least seconds of each function, run by turns, after one warm-up unless that was done."""
    times: list[list[float]] = [[] for _ in functions]
    for number in range(rounds if is_warm else rounds + 1):
        for which, function in enumerate(functions):
            start = time.perf_counter()
            function()
            if number or is_warm:
                times[which].append(time.perf_counter() - start)
    return [min(each) for each in times]


def network(device: Device) -> tuple[str, nn.Module]:
    """Return the network that is measured on ``device``."""
    name = "resnet18" if device.kind == "cpu" else "resnet50"
    return name, get_model(name, weights=None)


def speed(device: Device) -> None:
    """Measure against the bare forward pass."""
    name, net = network(device)
    batch = starting_batch(device, PREPROCESSING.crop)
    model = TorchClassifier(net, CLASSES, PREPROCESSING, device)
    count, keys, rounds = (32, (16, 4), 3) if device.kind == "cpu" else (batch, (40, 10), 2)
    pixels = torch.rand(batch, 3, 224, 224, device=device.torch_device).contiguous(memory_format=torch.channels_last)

    def bare(batches: int) -> None:
        with torch.inference_mode(), computing(device, "float32"):
            for _ in range(batches):
                net(pixels)
        wait(device)

    with tempfile.TemporaryDirectory() as folder:
        paths = make_files(Path(folder), count)
        bare(1)
        audit(model, paths, 2, batch)
        passes = max(keys) // 2 * batch
        audits = [functools.partial(audit, model, paths, columns, batch) for columns in keys]
        forward, *wholes = best(rounds, functools.partial(bare, max(keys) // 2), *audits, is_warm=True)
    for columns, whole, wanted in zip(keys, wholes, (0.9, 0.8), strict=True):
        print(
            f"{name} on {device.title}, batches of {batch}: bare forward pass {passes / forward:.1f} pictures/s, audit "
            f"with {columns} keys {count * columns / whole:.1f}: {count * columns / whole / (passes / forward):.3f} "
            f"(wanted: {wanted})"
        )


def papers_way(device: Device, net: nn.Module, paths: list[Path], keys: int, folder: Path) -> None:
    """Mark every picture under every key pixel by pixel, store, load, and send through the network."""
    from noise import pnoise2

    colours = np.random.default_rng(0).integers(128, 160, (keys, 16, 3))
    for key in range(keys):
        for number, path in enumerate(paths):
            with Image.open(path) as image:
                picture = np.asarray(image.convert("RGB").resize((224, 224))) / 255
            field = np.empty((224, 224))
            for row in range(224):
                for column in range(224):
                    field[row, column] = pnoise2(row / 45 + 300 * key, column / 45 + 300 * number, octaves=2)
            field = (field - field.min()) / (field.max() - field.min())
            noisy = np.clip(picture + np.sign(np.sin(field * 40 * np.pi))[:, :, None] * 8 / 255, 0, 1)
            stripes = np.repeat(colours[key] / 255, 14, axis=0)[:, None, :]
            np.save(folder / f"{key}-{number}.npy", np.asarray((0.7 * noisy + 0.3 * stripes) * 255, np.uint8))
    mean, std = (torch.tensor(v)[:, None, None] for v in (PREPROCESSING.mean, PREPROCESSING.std))
    with torch.no_grad():
        for key in range(keys):
            stored = [np.load(folder / f"{key}-{number}.npy") for number in range(len(paths))]
            batch = torch.stack([(torch.from_numpy(one).permute(2, 0, 1) / 255 - mean) / std for one in stored])
            labels = torch.zeros(len(paths), dtype=torch.int64, device=device.torch_device)
            nn.functional.cross_entropy(net(batch.contiguous().to(device.torch_device)), labels, reduction="none").cpu()


def paper(device: Device) -> None:
    """Measure against the paper's way."""
    name, net = network(device)
    plain = get_model(name, weights=None).eval().to(device.torch_device)
    batch = starting_batch(device, PREPROCESSING.crop)
    model = TorchClassifier(net, CLASSES, PREPROCESSING, device)
    count, columns = 32, 4 if device.kind == "cpu" else 64
    with tempfile.TemporaryDirectory() as folder:
        paths = make_files(Path(folder), count)
        slow, fast = best(
            3,
            lambda: papers_way(device, plain, paths, 2, Path(folder)),
            lambda: audit(model, paths, columns, batch),
        )
    slow, fast = slow / (2 * count), fast / (columns * count)
    print(
        f"{name} on {device.title}: the paper's way {slow * 1e3:.1f} ms per picture, audit {fast * 1e3:.1f} ms: "
        f"{slow / fast:.1f} times as fast (wanted: {3.5 if device.kind == 'cpu' else 20})"
    )


def memory() -> None:
    """Measure peak memory, in processes of their own, three for each number of keys; the largest counts."""
    command = [sys.executable, "-m", "tests.benchmarks.audit_throughput", "peak"]
    few, many = (
        max(int(subprocess.run([*command, keys], capture_output=True, check=True).stdout) for _ in range(3))
        for keys in ("100", "1000")
    )
    print(f"peak memory: 100 keys {few >> 10} MiB, 1,000 keys {many >> 10} MiB: {many / few:.3f} (wanted: 1.05)")


def peak(keys: int) -> None:
    """Print the peak memory, in KiB, of this process after an audit with ``keys`` keys."""
    import resource

    model = TorchClassifier(TinyNet(), CLASSES, PREPROCESSING, choose_device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        audit(model, make_files(Path(folder), 10), keys, 32)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def wait(device: Device) -> None:
    """Wait until a card has done what it was given."""
    if device.kind == "cuda":
        torch.cuda.synchronize(device.torch_device)


def main(arguments: list[str]) -> None:
    """Run what the arguments name, or everything."""
    if arguments[:1] == ["peak"]:
        peak(int(arguments[1]))
        return
    device = choose_device(next((name for name in arguments if name in ("cpu", "cuda")), "cpu"))
    wanted = [name for name in arguments if name in ("speed", "paper", "memory")] or ["speed", "paper", "memory"]
    for name in wanted:
        if name == "memory":
            memory()
        else:
            (speed if name == "speed" else paper)(device)


if __name__ == "__main__":
    main(sys.argv[1:])
