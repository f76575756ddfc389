"""From record to p with fresh coins every time: an innocent model is accused no more often than the level says.

The same at length, on models trained on real pictures: `tests.benchmarks.validity`.
"""

import hashlib
import random
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.marking.settings import MarkSettings
from mtgui.records.record import Block
from tests.auditing.synthetic import (
    Audited,
    Gallery,
    Manner,
    Outcome,
    audit,
    distance_from_uniform,
    most_exceedances,
    synthetic_block,
)

RECORDS = 200
LEVELS = (0.2, 0.1, 0.05, 0.01)
FAILURE = 1e-4
SIDE, CLASSES, PICTURES = 16, 3, 60
INVISIBLE = MarkSettings(blend_ratio=1.0, noise_budget=0)


class RoundingNet(nn.Module):
    """Sharp, coarse answers with many ties; the place in the batch has a say, as rounding may have."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(3, 8, 5, stride=3)
        self.head = nn.Linear(8, CLASSES)
        generator = torch.Generator().manual_seed(1)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator)

    def forward(self, pixels: Tensor) -> Tensor:
        logits = self.head(self.features(pixels).relu().mean((2, 3)))
        places: Tensor = torch.arange(len(pixels), dtype=torch.float32)[:, None] % 5
        return torch.round(logits) + places * torch.tensor([0.25, 0.0, 0.0])


@cache
def gallery() -> Gallery:
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 256, (PICTURES, 3, SIDE, SIDE), dtype=np.uint8)
    # Some pictures are far brighter than others, so that the losses of a pool differ.
    pixels = (pixels * chance.uniform(0.2, 1.0, (PICTURES, 1, 1, 1))).astype(np.uint8)
    ids = tuple(hashlib.sha256(bytes([number])).hexdigest() for number in range(PICTURES))
    return Gallery(pixels, np.arange(PICTURES) % CLASSES, ids)


def innocent(batch: int) -> Audited:
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(resize=None, crop=(SIDE, SIDE), mean=half, std=(0.25, 0.25, 0.25))
    return Audited(TorchClassifier(RoundingNet(), CLASSES, preprocessing, choose_device("cpu")), "0" * 64, batch)


def fresh(number: int, design: str) -> tuple[list[Block], Manner]:
    """A record whose coins nobody has thrown before, and how to audit it."""
    chance = random.Random(f"{design} {number}")
    places = chance.sample(range(PICTURES), 8)
    if design == "nothing withheld":
        return [synthetic_block(gallery(), places[:1], 1, chance)], Manner(19, [0])
    if design == "two blocks":
        return [
            synthetic_block(gallery(), places[:5], 3, chance, is_labelled=True),
            synthetic_block(gallery(), places[5:], 1, chance, number=1),
        ], Manner(2, [place % CLASSES for place in places], draws=99)
    if design == "no mark":
        return [synthetic_block(gallery(), places, 4, chance, settings=INVISIBLE)], Manner(0, [1] * 8, draws=99)
    labels = None if design == "model's choice" else [2] * 8
    return [synthetic_block(gallery(), places, 4, chance)], Manner(2, labels, draws=50)


DESIGNS = ("withheld", "nothing withheld", "two blocks", "no mark", "model's choice")
FARTHEST = 2.2253


def thrown(design: str, first: int = 0) -> tuple[dict[float, int], float]:
    """Audit `RECORDS` records, the first of them number ``first``; return by level how many times the innocent model
    was accused, and how far p is from uniform.
    """
    # Not a multiple of any pool: groups of keys are filled up, or pools cut in two.
    audited, uniform = innocent(batch=6 if design == "two blocks" else 19), random.Random(f"{design} {first}")
    records = (fresh(number, design) for number in range(first, first + RECORDS))
    outcomes: list[Outcome] = [audit(blocks, gallery(), audited, manner) for blocks, manner in records]
    accused = {level: sum(outcome.findings.p_value <= level for outcome in outcomes) for level in LEVELS}
    return accused, distance_from_uniform([outcome.randomised_p(uniform.random()) for outcome in outcomes])


@pytest.mark.parametrize("design", DESIGNS)
def test_fresh_coins_on_an_innocent_model(design: str) -> None:
    accused, distance = thrown(design)
    assert all(count <= most_exceedances(RECORDS, level, FAILURE) for level, count in accused.items())
    assert distance < FARTHEST
