"""Labelled pictures for training: from a folder, or from an archive of such a folder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.prepared_originals import Original, prepare_picture
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable
from mtgui.common.files import is_folder
from mtgui.common.folder_walk import files_in, folders_in
from mtgui.common.words import counted
from mtgui.marking.mark import PictureDesign
from mtgui.marking.settings import SMALLEST_SIDE
from mtgui.pictures.decoding import decode
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.workers import workers
from mtgui.rehearsal.pictures.archives import pictures_in_archive
from mtgui.rehearsal.rehearsal_settings import SIDE

LARGEST_SIDE = 256


@dataclass(frozen=True)
class TrainingData:
    """Pictures of one size with their classes.

    pixels: (N, 3, h, w) uint8, RGB. labels: (N,) int64, 0 to classes − 1. class_names: one per class.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise UsageError if the parts do not fit together."""
        if self.pixels.ndim != 4 or self.pixels.shape[1] != 3 or self.labels.shape != self.pixels.shape[:1]:
            raise UsageError("Pictures to train on come as (pictures, 3, height, width) with one label each.")
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
            raise UsageError("A label of the pictures to train on lies outside their classes.")

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self.labels)

    def chosen(self, rows: NDArray[np.intp]) -> "TrainingData":
        """Return the pictures at ``rows``, in that order."""
        return TrainingData(self.pixels[rows], self.labels[rows], self.class_names)

    def sampled(self, count: int, seed: int) -> "TrainingData":
        """Return ``count`` of the pictures, drawn by ``seed``; all if there are fewer."""
        return self.chosen(np.sort(np.random.default_rng(seed).permutation(len(self))[:count]))


@dataclass(frozen=True)
class _Found:
    """A picture that was found: its class, its name for messages and the decoder, and its bytes unless it is a file."""

    class_name: str
    path: Path
    content: bytes | None = None


def read_pictures(source: Path, *, side: int = SIDE, control: Control | None = None) -> TrainingData:
    """Return the pictures of ``source``, a folder with one subfolder per class or a .tar, .tar.gz, .tar.xz of one.

    As usual for classifiers, every picture is resized to ``side`` pixels on its short side and cropped to the square in
    its middle. Classes are numbered in the order of their names. Raises UsageError if there are fewer than two classes,
    PictureError for a picture that cannot be decoded, CancelledError.
    """
    check_side(side)
    if not source.exists():
        raise UsageError(f"There is no folder or archive “{printable(source)}”. Check the name.")
    found = _in_folder(source) if is_folder(source) else _in_archive(source)
    preprocessing = Preprocessing(resize=side, crop=(side, side))

    def prepare(one: _Found) -> tuple[str, NDArray[np.uint8]]:
        picture = decode(one.path, one.content)
        height, width = picture.pixels.shape[1:]
        original = Original(picture, PictureDesign("0" * 64, height, width))
        return one.class_name, prepare_picture(original, preprocessing).pixels

    with workers(os.cpu_count() or 1, control or Control()) as crew:
        prepared = [result for _, result in crew.each(prepare, found)]
    names, labels = _numbered(source, [name for name, _ in prepared])
    return TrainingData(np.stack([pixels for _, pixels in prepared]), labels, names)


def check_side(side: int) -> None:
    """Raise UsageError if pictures to train on cannot be ``side`` pixels wide."""
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise UsageError(f"Pictures to train on are {SMALLEST_SIDE} to {LARGEST_SIDE} pixels wide; {side} is not.")


def _numbered(source: Path, classes: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the classes in order, and the number of each of ``classes``. Raises UsageError."""
    names = tuple(sorted(set(classes)))
    if len(names) < 2:
        raise UsageError(
            f"“{printable(source)}” holds pictures of {counted(len(names), 'class', 'classes')}. It needs one "
            "folder per class, and at least two of them."
        )
    number = {name: index for index, name in enumerate(names)}
    return names, np.array([number[name] for name in classes], dtype=np.int64)


def labels_in(source: Path) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the classes in ``source`` and the label of each picture, without decoding the pictures.

    Raises UsageError if there is no such folder or archive, or if it holds fewer than two classes.
    """
    if not source.exists():
        raise UsageError(f"There is no folder or archive “{printable(source)}”. Check the name.")
    found = _in_folder(source) if is_folder(source) else _in_archive(source)
    return _numbered(source, [one.class_name for one in found])


def split(data: TrainingData, share: float, seed: int) -> tuple[TrainingData, TrainingData]:
    """Return ``data`` in two parts, drawn by ``seed``; the second part gets ``share`` of every class, rounded.

    Raises UsageError if a class would have no pictures in one part.
    """
    generator = np.random.default_rng(seed)
    kept: list[NDArray[np.intp]] = []
    held: list[NDArray[np.intp]] = []
    for label, name in enumerate(data.class_names):
        rows = generator.permutation(np.flatnonzero(data.labels == label))
        count = round(share * len(rows))
        if not 0 < count < len(rows):
            raise UsageError(
                f"Class “{printable(name)}” has {counted(len(rows), 'picture')}, too few to keep some aside for "
                "testing."
            )
        held.append(rows[:count])
        kept.append(rows[count:])
    return data.chosen(np.sort(np.concatenate(kept))), data.chosen(np.sort(np.concatenate(held)))


def joined(parts: Sequence[TrainingData]) -> TrainingData:
    """Return the pictures of all ``parts``. Raises UsageError unless all have the same classes and sizes."""
    if len({(part.class_names, part.pixels.shape[2:]) for part in parts}) != 1:
        raise UsageError("Only pictures of the same size and classes can be trained on together.")
    pixels = np.concatenate([part.pixels for part in parts])
    return TrainingData(pixels, np.concatenate([part.labels for part in parts]), parts[0].class_names)


def _in_folder(folder: Path) -> Iterator[_Found]:
    for place in folders_in(folder):
        yield from (_Found(place.name, path) for path in files_in(place) if looks_like_picture(path))


def _in_archive(archive: Path) -> Iterator[_Found]:
    for member in pictures_in_archive(archive):
        yield _Found(member.class_name, Path(member.name), member.content)
