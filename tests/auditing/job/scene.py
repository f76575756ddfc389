"""A real scene for audits: marked pictures, a network trained on the published copies, and an innocent twin."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.nn import functional

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.request import AuditRequest, ModelChoice
from mtgui.auditing.networks.cifar.residual import ResidualNet
from mtgui.auditing.recognition.match import PreprocessingHint
from mtgui.common.control import Control
from mtgui.common.events import Event, Finished
from mtgui.common.hashing import sha256_file
from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import ALGORITHM, PictureDesign, make_mark, mark_picture
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.decoding import decode
from mtgui.publishing.examine import hash_pixels
from mtgui.records.journal import create_record, open_record, read_record
from mtgui.records.record import Block, PoolPicture

CLASSES = 3
MINE, OTHERS = 0, 1
COUNT = 24
HINT = PreprocessingHint("the test", 32, (32, 32), "bilinear", (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
RESNET20 = {
    "width": 16, "blocks": [3, 3, 3], "classes": CLASSES,
    "is_bottleneck": False, "has_pooling": False, "has_projections": False,
}  # fmt: skip


def drawing(seed: int, size: int = 36) -> NDArray[np.uint8]:
    """Return a picture of a few soft discs on a soft ground, (size, size, 3)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:size, 0:size] / size
    picture = np.zeros((size, size, 3)) + rng.uniform(60, 180, 3) + rng.uniform(-40, 40, 3) * rows[..., None]
    for _ in range(4):
        y, x, radius = rng.uniform(0, 1, 3)
        inside = 1 / (1 + np.exp(40 * (np.hypot(rows - y, columns - x) - 0.1 - 0.2 * radius)))
        picture += inside[..., None] * rng.uniform(-90, 90, 3)
    drawn: NDArray[np.uint8] = np.clip(picture + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
    return drawn


def album(folder: Path, seeds: Sequence[int]) -> list[Path]:
    """Write drawings into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for seed in seeds:
        paths.append(folder / f"picture {seed:03}.png")
        Image.fromarray(drawing(seed)).save(paths[-1])
    return paths


@dataclass(frozen=True)
class Marked:
    """A marking: the folder of originals, the record, the published copies in the order of the pool."""

    originals: Path
    record: Path
    copies: tuple[Path, ...]


def mark(
    root: Path,
    seeds: Sequence[int],
    settings: MarkSettings | None = None,
    *,
    published: int | None = None,
    labels: Sequence[str | None] | None = None,
) -> Marked:
    """Mark drawings and publish half of them, or ``published``; keys and draw come from the seeds, so that tests
    always meet the same chance. A record that is there gets a further block.
    """
    originals, record = root / "originals", root / "out.mtrecord"
    paths = album(originals, seeds)
    chance = np.random.default_rng(list(seeds))
    is_first = not record.exists()
    blocks = () if is_first else read_record(record).blocks
    block = Block(
        record_id="ab" * 16,
        number=len(blocks),
        created="2026-01-01T00:00:00Z",
        mark_algorithm=ALGORITHM,
        key=MarkKey(chance.bytes(32)),
        decoy_seed=chance.bytes(32),
        salt=chance.bytes(32),
        settings=settings or MarkSettings(),
        pattern_picture=None,
        pool=tuple(_pool_picture(path, None if labels is None else labels[place]) for place, path in enumerate(paths)),
        published=tuple(
            sorted(chance.permutation(len(paths))[: len(paths) // 2 if published is None else published].tolist())
        ),
    )
    with closing(create_record(record, block) if is_first else open_record(record)) as file:
        if not is_first:
            file.append_block(block)
    return Marked(originals, record, tuple(_publish(block, row, originals, root / "out") for row in block.published))


def _pool_picture(path: Path, label: str | None) -> PoolPicture:
    picture = decode(path)
    return PoolPicture(sha256_file(path), hash_pixels(picture), path.name, picture.height, picture.width, label)


def _publish(block: Block, row: int, originals: Path, out: Path) -> Path:
    out.mkdir(exist_ok=True)
    picture = block.pool[row]
    pixels = decode(originals / picture.name).pixels.astype(np.uint8)
    marked = np.asarray(mark_picture(pixels, block.mark, picture.design))
    Image.fromarray(np.ascontiguousarray(marked.transpose(1, 2, 0))).save(out / picture.name)
    return out / picture.name


def inputs(paths: Sequence[Path]) -> NDArray[np.uint8]:
    """Return pictures as a trainer loads them, (N, 3, 32, 32)."""
    loaded = [np.asarray(Image.open(path).convert("RGB").resize((32, 32), Image.Resampling.BILINEAR)) for path in paths]
    return np.stack(loaded).transpose(0, 3, 1, 2)


def train(pixels: NDArray[np.uint8], labels: Sequence[int], epochs: int = 60, seed: int = 0) -> nn.Module:
    """Return a ResNet-20 that has learned ``pixels`` by heart."""
    torch.manual_seed(seed)
    net = ResidualNet(RESNET20).to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.Adam(net.parameters(), 0.003)
    scaled = (torch.from_numpy(pixels).float() / 255 - 0.5) / 0.25
    wanted = torch.tensor(labels)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(len(wanted)), 24):
            loss = functional.cross_entropy(net(scaled[rows]), wanted[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        schedule.step()
    return net.eval()


def trained_on(paths: Sequence[Path], labels: Sequence[int] | None = None, seed: int = 0) -> nn.Module:
    """Return a network that learned ``paths`` (as class 0, or ``labels``) by heart, among others' marked drawings.

    These look no different, and have any class: nothing but memory tells what belongs where.
    """
    others = np.stack([_of_others(number) for number in range(36)])
    mine = [MINE] * len(paths) if labels is None else list(labels)
    return train(np.concatenate((inputs(paths), others)), mine + [number % CLASSES for number in range(36)], seed=seed)


def _of_others(number: int) -> NDArray[np.uint8]:
    """Return a drawing marked under somebody else's key, (3, 32, 32)."""
    mark = make_mark(MarkKey(bytes([number]) * 32), MarkSettings())
    pixels = np.ascontiguousarray(drawing(9000 + number, 32).transpose(2, 0, 1))
    return np.asarray(mark_picture(pixels, mark, PictureDesign(f"{number:064x}", 32, 32)))


def save(net: nn.Module, path: Path) -> Path:
    """Save the weights as people do."""
    torch.save(net.state_dict(), path)
    return path


def request(marked: Marked, *models: Path, label: str = str(MINE), **changes: Any) -> AuditRequest:
    """Return a request to audit ``models`` with ``marked``: three decoy keys, and the input that `train` had."""
    plain = AuditRequest(
        models=tuple(ModelChoice(path, architecture="cifar/resnet20", input=HINT) for path in models),
        records=(marked.record,),
        places=(marked.originals,),
        label=label,
        keys=3,
    )
    return replace(plain, **changes)


def events_of(asked: AuditRequest, control: Control | None = None) -> list[Event]:
    """Carry the audit out; return everything it says."""
    return list(audit(asked, control))


def results_of(asked: AuditRequest) -> list[dict[str, Any]]:
    """Carry the audit out; return the results."""
    last = events_of(asked)[-1]
    assert isinstance(last, Finished)
    results: list[dict[str, Any]] = last.result["results"]
    return results
