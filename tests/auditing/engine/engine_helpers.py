"""Shared by the tests of the engine: small models, pictures, tasks."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.prepared_originals import Original, PreparedPicture, prepare_picture
from mtgui.auditing.engine.task import Column, ColumnMarks, MatrixEvent, MatrixTask
from mtgui.auditing.engine.views import ONE_VIEW, Views
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.marking.keys import MarkKey, decoy_key
from mtgui.marking.mark import Mark, make_mark
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.decoding import Picture
from mtgui.pictures.metadata import Metadata
from tests.marking.marking_helpers import design

SMALL = Preprocessing(resize=40, crop=(32, 32), mean=(0.4, 0.5, 0.6), std=(0.2, 0.25, 0.3))
CLASSES = 5


class SmallNet(nn.Module):
    """A convolution, a pooling, a linear layer; its weights follow from ``seed``."""

    def __init__(self, classes: int = CLASSES, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.features = nn.Conv2d(3, 8, 3, stride=2)
        self.head = nn.Linear(8, classes)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator)

    def forward(self, pixels: Tensor) -> Tensor:
        answer: Tensor = self.head(self.features(pixels).relu().mean((2, 3)))
        return answer


def small_model(module: nn.Module | None = None, preprocessing: Preprocessing = SMALL) -> TorchClassifier:
    return TorchClassifier(module or SmallNet(), CLASSES, preprocessing, choose_device("cpu"))


def picture(height: int, width: int, seed: int, channels: int = 3) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 256, (channels, height, width), dtype=np.uint8)
    return Picture(pixels, None, "png", Metadata(), (), True)


def prepared_pictures(
    count: int, preprocessing: Preprocessing = SMALL, views: Views = ONE_VIEW, blocks: int = 1
) -> list[PreparedPicture]:
    """``count`` noise pictures of unequal shapes, spread over ``blocks`` blocks."""
    originals = []
    for number in range(count):
        height, width = 60 + number % 7, 50 + number % 11
        source = picture(height, width, number)
        originals.append(Original(source, design(number, height, width), number * blocks // count, needs_texture=True))
    return [prepare_picture(original, preprocessing, views) for original in originals]


def key_marks(blocks: int = 1, settings: MarkSettings | None = None) -> ColumnMarks:
    """The mark of column j in block b: decoy key j + 1 of a seed of the block's."""
    settings = settings or MarkSettings()

    def marks(column: int) -> Sequence[Mark]:
        return [make_mark(decoy_key(bytes([block]) * 32, column + 1), settings) for block in range(blocks)]

    return marks


def shuffled_slots(columns: int, size: int) -> NDArray[np.intp]:
    """Some permutation with the group of column 0 first."""
    groups = -(-columns // size)
    slots = np.random.default_rng(size).permutation(groups * size).reshape(groups, size)
    first = int(np.flatnonzero((slots == 0).any(axis=1))[0])
    return np.concatenate((slots[first:], slots[:first]))


def small_task(
    pictures: int = 6,
    columns: int = 5,
    *,
    model: TorchClassifier | None = None,
    views: Views = ONE_VIEW,
    blocks: int = 1,
    preprocessing: Preprocessing = SMALL,
) -> MatrixTask:
    return MatrixTask(
        model or small_model(preprocessing=preprocessing),
        prepared_pictures(pictures, preprocessing, views, blocks),
        [number % CLASSES for number in range(pictures)],
        key_marks(blocks),
        columns,
        [int(row) for row in np.random.default_rng(5).permutation(pictures)],
        lambda size: shuffled_slots(columns, size),
        views,
    )


def matrix_of(events: Sequence[MatrixEvent], task: MatrixTask) -> NDArray[np.int64]:
    """(N, K + 1) from the columns among ``events``, each of which must come once."""
    columns = [event for event in events if isinstance(event, Column)]
    assert sorted(column.index for column in columns) == list(range(task.columns))
    return np.stack([column.losses for column in sorted(columns, key=lambda column: column.index)], axis=1)


KEY = MarkKey(bytes(range(32)))
