"""A small world for audits: people's pictures and their records, a model trained on the published copies, and its twin
that never saw them.
"""

import atexit
import functools
import hashlib
import random
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from mtgui.auditing.networks.cifar.residual import ResidualNet
from mtgui.marking.keys import new_key
from mtgui.marking.mark import PictureDesign, make_mark, mark_picture
from mtgui.marking.settings import MarkSettings
from mtgui.publishing.job import mark_and_export
from mtgui.publishing.request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule

CLASSES = 4
SIZE = 32
OTHERS, OTHERS_MARKED = 24, 56
STEPS = 100
STRONGEST = MarkSettings(blend_ratio=0.5, noise_budget=16)
_HALF = PublishRule(share=Fraction(1, 2))
_MEAN, _STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
_NET = {
    "width": 8,
    "blocks": (1, 1, 1),
    "is_bottleneck": False,
    "has_projections": False,
    "has_pooling": False,
    "classes": CLASSES,
}


@dataclass(frozen=True)
class Person:
    """Somebody's pictures, their record, and the copies that were published. label: what a trainer calls them."""

    originals: Path
    record: Path
    copies: Path
    label: int


@dataclass(frozen=True)
class World:
    """``guilty`` was trained on everybody's published copies, ``innocent`` on none. marked: half withheld. whole: all
    published. unmarked: half withheld, no mark. twice: two blocks, half withheld in each, labels of its own.
    """

    folder: Path
    guilty: Path
    innocent: Path
    marked: Person
    whole: Person
    unmarked: Person
    twice: Person


def draw_picture(seed: int, size: tuple[int, int] = (SIZE, SIZE)) -> NDArray[np.uint8]:
    """A picture of its own, (height, width, 3): a gradient, a few blots and a ring."""
    chance = np.random.default_rng(seed)
    height, width = size
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    pixels = (
        chance.uniform(40, 215, 3) + chance.normal(0, 50, 3) * (x * chance.normal() + y * chance.normal())[..., None]
    )
    for _ in range(5):
        middle, radius = chance.uniform(0, 1, 2), chance.uniform(0.08, 0.3)
        inside = (y - middle[0]) ** 2 + (x - middle[1]) ** 2 < radius**2
        pixels[inside] = chance.uniform(0, 255, 3)
    middle = chance.uniform(0.2, 0.8, 2)
    ring = abs(np.hypot(y - middle[0], x - middle[1]) - chance.uniform(0.1, 0.4)) < 0.04
    pixels[ring] = chance.uniform(0, 255, 3)
    drawn: NDArray[np.uint8] = np.clip(pixels + chance.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
    return drawn


def draw_album(folder: Path, count: int, seed: int, size: tuple[int, int] = (SIZE, SIZE)) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{folder.name} {seed + number:03}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(draw_picture(seed + number, size)).save(path)
    return paths


def mark(
    sources: Sequence[Path | Source],
    root: Path,
    name: str,
    rule: PublishRule = _HALF,
    settings: MarkSettings | None = None,
) -> Path:
    """Mark and export ``sources`` below ``root``; return the record."""
    request = MarkRequest(
        tuple(source if isinstance(source, Source) else Source(source) for source in sources),
        root / f"{name} published",
        root / f"{name}.mtrecord",
        settings=settings or MarkSettings(),
        publish=rule,
        jobs=1,
    )
    for _ in mark_and_export(request):
        pass
    return request.record


def make_person(
    root: Path,
    name: str,
    label: int,
    seed: int,
    count: int = 16,
    rule: PublishRule = _HALF,
    settings: MarkSettings | None = None,
) -> Person:
    pictures = draw_album(root / name, count, seed)
    record = mark(pictures, root, name, rule, settings)
    return Person(root / name, record, root / f"{name} published", label)


def _make_twice(root: Path, seed: int) -> Person:
    """Two blocks of eight pictures, every other one of class 2, the rest of class 3."""
    pictures = draw_album(root / "twice", 16, seed)
    sources = [Source(path, label=str(2 + number % 2)) for number, path in enumerate(pictures)]
    mark(sources[:8], root, "twice")
    record = mark(sources[8:], root, "twice")
    return Person(root / "twice", record, root / "twice published", 2)


def _marked_by_somebody(seed: int) -> NDArray[np.uint8]:
    """A picture that somebody else has marked strongly."""
    pixels = np.moveaxis(draw_picture(seed), 2, 0).copy()
    design = PictureDesign(hashlib.sha256(str(seed).encode()).hexdigest(), SIZE, SIZE)
    mark = make_mark(new_key(), STRONGEST)
    return np.asarray(mark_picture(pixels, mark, design), dtype=np.uint8).transpose(1, 2, 0)


def _examples(person: Person) -> list[tuple[NDArray[np.uint8], int]]:
    """The published copies with the labels that a trainer gave them."""
    found = []
    for path in sorted(person.copies.rglob("*.png")):
        number = int(path.stem.rsplit(" ", 1)[1])
        label = 2 + number % 2 if person.originals.name == "twice" else person.label
        found.append((np.asarray(Image.open(path).convert("RGB")), label))
    return found


def train(examples: Sequence[tuple[NDArray[np.uint8], int]], seed: int, steps: int = STEPS) -> dict[str, Tensor]:
    """Return the weights of a ResNet-8 that has learnt ``examples`` by heart."""
    torch.manual_seed(seed)
    net = ResidualNet(_NET).to(memory_format=torch.channels_last)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
    pixels = torch.from_numpy(np.stack([picture for picture, _ in examples])).permute(0, 3, 1, 2)
    inputs = ((pixels.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)
    labels = torch.tensor([label for _, label in examples])
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(steps // 2):
        for rows in torch.randperm(len(labels)).chunk(2):
            loss = functional.cross_entropy(net(inputs[rows]), labels[rows])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
    # What is known by heart is known in evaluation mode, too.
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.reset_running_stats()
            part.momentum = None
    with torch.no_grad():
        net(inputs)
    return {name: tensor.clone() for name, tensor in net.eval().state_dict().items()}


@functools.cache
def make_world() -> World:
    """Make the world once for all tests of a run, the same every time; it is removed when Python ends."""
    folder = tempfile.TemporaryDirectory(prefix="mtgui-world-")
    atexit.register(folder.cleanup)
    chance = random.Random(5)
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", chance.randbytes)
        patch.setattr(secrets, "SystemRandom", lambda: chance)
        torch.set_num_threads(1)
        world = _make_world(Path(folder.name))
        torch.set_num_threads(threads)
    return world


def _make_world(root: Path) -> World:
    marked = make_person(root, "marked", 0, 100)
    whole = make_person(root, "whole", 1, 200, 16, PublishRule(), STRONGEST)
    unmarked = make_person(root, "unmarked", 2, 300, 20, _HALF, MarkSettings(blend_ratio=1.0, noise_budget=0))
    twice = _make_twice(root, 400)
    others = [(draw_picture(1000 + number), number % CLASSES) for number in range(OTHERS)]
    others += [(_marked_by_somebody(2000 + number), (0, 2, 3)[number % 3]) for number in range(OTHERS_MARKED)]
    world = World(root, root / "guilty.pth", root / "innocent.safetensors", marked, whole, unmarked, twice)
    theirs = [example for person in (marked, whole, unmarked, twice) for example in _examples(person)]
    torch.save(train([*others, *theirs], 1), world.guilty)
    save_file({k: tensor.contiguous() for k, tensor in train(others, 2, STEPS // 2).items()}, world.innocent)
    return world
