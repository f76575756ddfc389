"""A small world for audits: people's pictures and their records, a model trained on the published copies, and its twin
that never saw them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from mtgui.auditing.architectures.cifar.network import network as network_of
from mtgui.auditing.architectures.cifar.residual.names import small
from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import PictureDesign, make_mark, mark_picture
from mtgui.marking.settings import MarkSettings
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from tests.coins import coins
from tests.torch_threads import torch_threads

CLASSES = 4
SIZE = 32
PICTURES = 32
OTHERS, OTHERS_MARKED, MARKED_AGAIN = 24, 32, 32
STEPS = 240
BATCHES = 3
RATE = 1e-2
FAINT = MarkSettings(blend_ratio=0.85, noise_budget=6)
STRONGEST = MarkSettings(blend_ratio=0.5, noise_budget=16)
INVISIBLE = MarkSettings(blend_ratio=1.0, noise_budget=0)
_HALF = PublishRule(share=Fraction(1, 2))
_MEAN, _STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
_NET = small(8, width=8)


# How the coins of each person fell: so that models that never saw the copies find the published pictures a little
# harder than the private ones. Chance in a training of theirs then cannot come near an accusation; that fresh coins
# accuse no more often than the level says is tested where coins are fresh every time.
COINS = {"marked": 30, "whole": 25, "unmarked": 33, "twice": 7}


@dataclass(frozen=True)
class Person:
    """Somebody's pictures, their record, and the copies that were published. label: what a trainer calls them."""

    originals: Path
    record: Path
    copies: Path
    label: int

    @classmethod
    def at(cls, root: Path, name: str, label: int) -> "Person":
        """Return the person called ``name`` whose things lie below ``root``."""
        return cls(root / name, root / f"{name}.mtrecord", root / f"{name} published", label)


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

    @classmethod
    def at(cls, root: Path) -> "World":
        """Return the world whose files lie, or will lie, in ``root``."""
        labels = {"marked": 0, "whole": 1, "unmarked": 2, "twice": 2}
        people = [Person.at(root, name, label) for name, label in labels.items()]
        return cls(root, root / "guilty.pth", root / "innocent.safetensors", *people)


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
    mark(draw_album(root / name, count, seed), root, name, rule, settings)
    return Person.at(root, name, label)


def make_people(root: Path) -> None:
    """Let everybody draw, mark and publish pictures below ``root``."""
    with coins(COINS["marked"]):
        make_person(root, "marked", 0, 100, PICTURES, settings=FAINT)
    with coins(COINS["whole"]):
        make_person(root, "whole", 1, 200, PICTURES // 2, PublishRule(), STRONGEST)
    with coins(COINS["unmarked"]):
        make_person(root, "unmarked", 2, 300, PICTURES, settings=INVISIBLE)
    with coins(COINS["twice"]):
        _make_twice(root, 400)


def _make_twice(root: Path, seed: int) -> None:
    """Mark two blocks of pictures, every other one of class 2, the rest of class 3."""
    pictures = draw_album(root / "twice", PICTURES, seed)
    sources = [Source(path, label=str(2 + number % 2)) for number, path in enumerate(pictures)]
    mark(sources[: PICTURES // 2], root, "twice")
    mark(sources[PICTURES // 2 :], root, "twice")


def _marked_by_somebody(picture: int, number: int) -> NDArray[np.uint8]:
    """Return ``picture`` as somebody else has marked it strongly, under key ``number``."""
    pixels = np.moveaxis(draw_picture(picture), 2, 0).copy()
    digest = hashlib.sha256(str(number).encode())
    design = PictureDesign(digest.hexdigest(), SIZE, SIZE)
    marked = mark_picture(pixels, make_mark(MarkKey(digest.digest()), STRONGEST), design)
    return np.asarray(marked, dtype=np.uint8).transpose(1, 2, 0)


def _other_examples() -> list[tuple[NDArray[np.uint8], int]]:
    """Return what all models learn: other people's pictures, some of them marked, and those of ``whole`` under other
    people's marks and in other classes, so that no model can tell her class by picture or by being marked.
    """
    examples = [(draw_picture(1000 + number), number % CLASSES) for number in range(OTHERS)]
    strangers = [2000 + number for number in range(OTHERS_MARKED)]
    again = [200 + number % (PICTURES // 2) for number in range(MARKED_AGAIN)]
    for number, picture in enumerate([*strangers, *again]):
        examples.append((_marked_by_somebody(picture, 2000 + number), (0, 2, 3)[number % 3]))
    return examples


def _examples(person: Person) -> list[tuple[NDArray[np.uint8], int]]:
    """The published copies with the labels that a trainer gave them."""
    found = []
    for path in sorted(person.copies.rglob("*.png")):
        number = int(path.stem.rsplit(" ", 1)[1])
        label = 2 + number % 2 if person.originals.name == "twice" else person.label
        found.append((np.asarray(Image.open(path).convert("RGB")), label))
    return found


def train(examples: Sequence[tuple[NDArray[np.uint8], int]], seed: int, steps: int = STEPS) -> dict[str, Tensor]:
    """Return the weights of a ResNet-8 that has learnt ``examples``, and their mirror images, by heart."""
    torch.manual_seed(seed)
    net = network_of(_NET, CLASSES).to(memory_format=torch.channels_last)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
    pixels = torch.from_numpy(np.stack([picture for picture, _ in examples])).permute(0, 3, 1, 2)
    inputs = ((pixels.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)
    labels = torch.tensor([label for _, label in examples])
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, 2 * (1 - step / steps)))
    for _ in range(steps // BATCHES):
        for rows in torch.randperm(len(labels)).chunk(BATCHES):
            shown = inputs[rows].flip(3) if torch.rand(()) < 0.5 else inputs[rows]
            loss = functional.cross_entropy(net(shown), labels[rows])
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    # What is known by heart is known in evaluation mode, too.
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.reset_running_stats()
            part.momentum = None
    with torch.no_grad():
        net(torch.cat([inputs, inputs.flip(3)]))
    return {name: tensor.clone() for name, tensor in net.eval().state_dict().items()}


def make_models(world: World, seed: int = 0) -> None:
    """Train the guilty model and its innocent twin, the same for the same ``seed`` on the same computer."""
    others = _other_examples()
    theirs = [
        example for person in (world.marked, world.whole, world.unmarked, world.twice) for example in _examples(person)
    ]
    torch.save(train([*others, *theirs], 2 * seed), world.guilty)
    innocent = train(others, 2 * seed + 1, STEPS // 2)
    save_file({name: tensor.contiguous() for name, tensor in innocent.items()}, world.innocent)


def make_world(root: Path) -> None:
    """Make the world whose files lie in ``root``, in one thread."""
    with torch_threads(1):
        make_people(root)
        make_models(World.at(root))
