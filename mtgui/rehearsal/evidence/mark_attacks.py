"""Attacks on marks that need no model of the marked pictures: a detector of marked copies, and an average of copies."""

import hashlib
import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray

from mtgui.auditing.engine.devices import Device
from mtgui.common.events import Event
from mtgui.marking.settings import MarkSettings
from mtgui.records.evidence_table import Rate
from mtgui.rehearsal.evidence.visibility import marked_under
from mtgui.rehearsal.findings.intervals import share_interval
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.training.small_networks import Network
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.training_plan import TrainingPlan, TrainingPrecision

FALSE_ALARMS = 0.01
COPIES = 25
_ARTISTS, _OTHERS = 20, 200
_PLAN = TrainingPlan(network="resnet8", epochs=8, batch=32, augmentation="none")
_BATCH = 256


@dataclass(frozen=True)
class Pile:
    """Pictures of one size for both attacks: (N, 3, h, w) uint8, in an order without a meaning."""

    pixels: NDArray[np.uint8]

    def parts(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the pictures to learn from, and a third of them to test with."""
        cut = 2 * len(self.pixels) // 3
        return self.pixels[:cut], self.pixels[cut:]


def detector(
    mark: MarkSettings, pile: Pile, device: Device, threads: int | None, precision: TrainingPrecision
) -> Generator[Event, None, Rate]:
    """Train a small network to tell marked copies under other keys from unmarked pictures; return what it catches.

    The rate is the share of marked copies under fresh keys that it catches with at most `FALSE_ALARMS` false alarms
    among unmarked pictures. It knows neither these keys nor these pictures. Yields the events of the training.
    """
    known, fresh = pile.parts()
    data = _half_marked(mark, known, 0)
    plan = replace(_PLAN, precision=precision)
    trained = yield from train(plan, data, None, device, name="detector", threads=threads)
    copies = np.stack([marked_under(len(known) + n, mark, one) for n, one in enumerate(fresh)])
    suspicion, of_copies = (_suspicion(trained.network, pixels, device) for pixels in (fresh, copies))
    limit = np.sort(suspicion)[::-1][int(FALSE_ALARMS * len(suspicion))]
    caught = int(np.count_nonzero(of_copies > limit))
    share = caught / len(fresh)
    low, high = share_interval(caught, len(fresh))
    return Rate(round(share, 4), math.floor(low * 1e4) / 1e4, math.ceil(high * 1e4) / 1e4)


def average_correlation(mark: MarkSettings, pile: Pile) -> float:
    """Return how well an average of one artist's copies shows the mark.

    An attacker subtracts the mean of other people's pictures from the mean of `COPIES` copies under one key. The result
    is its correlation with the change that a set shares, which is the mean change of other pictures under the same key;
    it is the median over artists.
    """
    chance = np.random.default_rng(0)
    found = []
    for artist in range(_ARTISTS):
        order = chance.permutation(len(pile.pixels))
        own, others = pile.pixels[order[:COPIES]], pile.pixels[order[COPIES:]]
        copies = _copies(artist, mark, own, 1)
        some = others[:_OTHERS]
        shared = (_copies(artist, mark, some, 1 + COPIES).astype(np.float64) - some).mean(axis=0)
        guess = copies.mean(axis=0) - others.mean(axis=0)
        found.append(float(np.corrcoef(shared.ravel(), guess.ravel())[0, 1]))
    return round(median(found), 3)


def _copies(artist: int, mark: MarkSettings, originals: NDArray[np.uint8], first: int) -> NDArray[np.uint8]:
    """Return the copies of ``originals`` under the key of ``artist``; pictures are numbered from ``first`` on."""
    return np.stack([marked_under(artist, mark, one, first + n) for n, one in enumerate(originals)])


def shuffled(pixels: NDArray[np.uint8], most: int) -> Pile:
    """Return at most ``most`` of ``pixels`` in an order that their own contents decide."""
    order = sorted(range(len(pixels)), key=lambda n: hashlib.sha256(pixels[n].tobytes()).digest())
    return Pile(pixels[np.array(order[:most])])


def _half_marked(mark: MarkSettings, pixels: NDArray[np.uint8], first_key: int) -> TrainingData:
    """Return every picture unmarked (class 0) and every picture marked under a key of its own (class 1)."""
    copies = np.stack([marked_under(first_key + n, mark, one) for n, one in enumerate(pixels)])
    labels = np.repeat(np.array([0, 1]), len(pixels))
    return TrainingData(np.concatenate([pixels, copies]), labels, ("unmarked", "marked"))


def _suspicion(network: Network, pixels: NDArray[np.uint8], device: Device) -> NDArray[np.float64]:
    """Return for each picture how much more the network takes it for a marked copy, as a difference of logits."""
    mean, std = (
        torch.tensor(values, device=device.torch_device).view(1, 3, 1, 1) for values in (network.mean, network.std)
    )
    parts = []
    with torch.inference_mode():
        for start in range(0, len(pixels), _BATCH):
            batch = torch.from_numpy(pixels[start : start + _BATCH]).to(device.torch_device).float() / 255
            logits = network.module((batch - mean) / std)
            parts.append((logits[:, 1] - logits[:, 0]).double().cpu().numpy())
    return np.concatenate(parts)
