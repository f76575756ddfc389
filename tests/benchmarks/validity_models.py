"""Real models for the validity and the power of audits: CIFAR-10, with the marked copies of ten users among it."""

import hashlib
import io
import random
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.marking.mark import mark_pictures
from mtgui.records.record import Block
from tests.auditing.synthetic import Gallery, synthetic_block

CLASSES = 10
SIDE = 32
PREPROCESSING = Preprocessing(
    resize=None, crop=(SIDE, SIDE), mean=(0.4914, 0.4822, 0.4465), std=(0.247, 0.2435, 0.2616)
)
_BATCH = 128
_SEED = 20260401


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. trained: pictures in all, marked copies included. published, withheld: of each of the
    ten users, one per class. shift: largest random shift of a picture in pixels, besides the random mirroring.
    """

    name: str
    trained: int
    epochs: int
    shift: int
    published: int
    withheld: int


MEMORISES = Recipe("memorises", trained=10_000, epochs=16, shift=0, published=25, withheld=25)
MEMORISES_LITTLE = Recipe("memorises little", trained=20_000, epochs=10, shift=2, published=20, withheld=20)


class SmallNetwork(nn.Module):
    """Five convolutions, each normalised, a mean, a linear layer: 1.2 million weights."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width, wide, side, stride in (
            (3, 64, 5, 2),
            (64, 128, 3, 2),
            (128, 128, 3, 1),
            (128, 256, 3, 2),
            (256, 256, 3, 1),
        ):
            convolution = nn.Conv2d(width, wide, side, stride, side // 2, bias=False)
            layers += [convolution, nn.BatchNorm2d(wide), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(256, CLASSES)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return logits, (B, 10), for ``pixels``, (B, 3, 32, 32)."""
        answer: Tensor = self.head(self.features(pixels).mean((2, 3)))
        return answer


@dataclass(frozen=True)
class TrainedModel:
    """A model and what became of whom. users: the record of each user, by class. trained: places of the unmarked
    pictures it was trained on. unseen: places of those that neither it nor a user ever had.
    """

    recipe: Recipe
    model: TorchClassifier
    weights_hash: str
    users: tuple[Block, ...]
    trained: tuple[int, ...]
    unseen: tuple[int, ...]

    def in_words(self, gallery: Gallery) -> str:
        """Return how well it does on pictures that it was trained on, and on others."""
        seen, unseen = (_accuracy(self.model, gallery, places) for places in (self.trained, self.unseen))
        return (
            f"{self.recipe.name}: {self.recipe.trained:,} pictures trained on, {seen:.1%} of the unmarked ones right; "
            f"{unseen:.1%} of {len(self.unseen):,} others"
        )


@dataclass(frozen=True)
class _Shares:
    """Who gets which picture of the gallery, by places."""

    users: tuple[Block, ...]
    trained: tuple[int, ...]
    unseen: tuple[int, ...]


def read_gallery(archives: list[Path], cache: Path) -> Gallery:
    """Return all pictures of tar archives with one folder per class, kept decoded at ``cache``."""
    if not cache.exists():
        entries = [entry for archive in archives for entry in _entries(archive)]
        names = sorted({name for name, _ in entries})
        pixels = np.stack([_decoded(data) for _, data in entries])
        ids = np.array([hashlib.sha256(data).hexdigest() for _, data in entries])
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, pixels=pixels, labels=np.array([names.index(name) for name, _ in entries]), ids=ids)
    with np.load(cache) as stored:
        return Gallery(stored["pixels"], stored["labels"], tuple(map(str, stored["ids"])))


def trained_model(recipe: Recipe, gallery: Gallery, folder: Path) -> TrainedModel:
    """Return the model of ``recipe``, trained now or read from ``folder``, where it is kept."""
    shares = _share_out(recipe, gallery)
    path = folder / f"{recipe.name.replace(' ', '-')}.pt"
    network = SmallNetwork()
    if not path.exists():
        pixels, labels = _training_set(shares, gallery)
        _train(network, recipe, pixels, labels)
        torch.save(network.state_dict(), path)
    network.load_state_dict(torch.load(path, weights_only=True))
    model = TorchClassifier(network, CLASSES, PREPROCESSING, choose_device("cpu"))
    return TrainedModel(
        recipe,
        model,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        shares.users,
        shares.trained,
        shares.unseen,
    )


def _share_out(recipe: Recipe, gallery: Gallery) -> _Shares:
    chance = random.Random(f"{_SEED} {recipe.name}")
    users, trained, unseen = list[Block](), list[int](), list[int]()
    own = recipe.published + recipe.withheld
    for label in range(CLASSES):
        places = [int(place) for place in np.flatnonzero(gallery.labels == label)]
        chance.shuffle(places)
        seen = own + recipe.trained // CLASSES - recipe.published
        users.append(synthetic_block(gallery, places[:own], recipe.published, chance))
        trained += places[own:seen]
        unseen += places[seen:]
    return _Shares(tuple(users), tuple(trained), tuple(unseen))


def _training_set(shares: _Shares, gallery: Gallery) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the unmarked pictures and the marked copies that the users published, with their labels."""
    pixels, labels = [gallery.pixels[list(shares.trained)]], [gallery.labels[list(shares.trained)]]
    for label, user in enumerate(shares.users):
        originals = gallery.pixels[[gallery.place_of[p.picture_id] for p in user.published_pictures]]
        pixels.append(mark_pictures(originals, user.mark, [p.design for p in user.published_pictures]))
        labels.append(np.full(len(originals), label))
    return np.concatenate(pixels), np.concatenate(labels).astype(np.int64)


def _train(network: nn.Module, recipe: Recipe, pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
    torch.manual_seed(_SEED)
    network.to(memory_format=torch.channels_last).train()
    inputs = _normalised(pixels).contiguous(memory_format=torch.channels_last)
    targets = torch.from_numpy(labels)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
    steps = recipe.epochs * (len(inputs) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=0.2, total_steps=steps, pct_start=0.25)
    for epoch in range(recipe.epochs):
        total, order = 0.0, torch.randperm(len(inputs))
        for start in range(0, len(inputs) - _BATCH + 1, _BATCH):
            chosen = order[start : start + _BATCH]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                answer = network(_varied(inputs[chosen], recipe.shift))
            loss = functional.cross_entropy(answer.float(), targets[chosen])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        print(
            f"  {recipe.name}: epoch {epoch + 1} of {recipe.epochs}, loss {total * recipe.epochs / steps:.3f}",
            flush=True,
        )
    network.eval()


def _varied(batch: Tensor, shift: int) -> Tensor:
    """Mirror every other picture, and shift the whole batch, both at random."""
    is_mirrored = torch.rand(len(batch), 1, 1, 1) < 0.5
    batch = torch.where(is_mirrored, batch.flip(3), batch)
    down, right = (int(torch.randint(2 * shift + 1, ())) for _ in range(2))
    padded = functional.pad(batch, (shift, shift, shift, shift))
    moved = padded[:, :, down : down + SIDE, right : right + SIDE]
    return moved.contiguous(memory_format=torch.channels_last)


def _accuracy(model: TorchClassifier, gallery: Gallery, places: Sequence[int]) -> float:
    right = 0
    for start in range(0, len(places), 500):
        piece = list(places[start : start + 500])
        answer = model.logits(torch.from_numpy(gallery.pixels[piece])).argmax(1)
        right += int((answer.numpy() == gallery.labels[piece]).sum())
    return right / len(places)


def _normalised(pixels: NDArray[np.uint8]) -> Tensor:
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (PREPROCESSING.mean, PREPROCESSING.std))
    return (torch.from_numpy(pixels).float() / 255 - mean) / std


def _entries(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield class and content of every picture, in the order of their names."""
    with tarfile.open(archive) as tar:
        for member in sorted(tar.getmembers(), key=lambda member: member.name):
            file = tar.extractfile(member)
            if file is not None:
                yield Path(member.name).parent.name, file.read()


def _decoded(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.ascontiguousarray(np.asarray(picture.convert("RGB")).transpose(2, 0, 1))
