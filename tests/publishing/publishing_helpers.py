"""Shared by the tests of the publishing room: pictures on disk, jobs run to their end, copies checked."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.control import Control
from mtgui.common.events import Event, Finished
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.mark import mark_picture
from mtgui.pictures.decoding import decode
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from mtgui.records.journal import read_record
from mtgui.records.record import Record

HALF = PublishRule(share=Fraction(1, 2))


def noise(seed: int, height: int = 40, width: int = 48) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def save(path: Path, seed: int = 0, size: tuple[int, int] = (40, 48), **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(seed, *size)).save(path, **options)
    return path


def album(folder: Path, count: int, suffix: str = ".png") -> list[Path]:
    return [save(folder / f"{number:02}{suffix}", number) for number in range(count)]


def request_for(paths: list[Path], root: Path, **changes: Any) -> MarkRequest:
    """Return a request that exports ``paths`` below ``root``/out with the record beside it."""
    plain = MarkRequest(tuple(Source(path) for path in paths), root / "out", root / "out.mtrecord", jobs=2)
    return replace(plain, **changes)


def finish(request: MarkRequest, control: Control | None = None, **options: int) -> Mapping[str, Any]:
    return result_of(list(mark_and_export(request, control, **options)))


def result_of(events: list[Event]) -> Mapping[str, Any]:
    last = events[-1]
    assert isinstance(last, Finished)
    return last.result


def record_of(request: MarkRequest) -> Record:
    return read_record(request.record)


def names(found: list[dict[str, str]]) -> list[str]:
    return [Path(one["file"]).name for one in found]


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def expected_pixels(record: Record, original: Path) -> NDArray[np.uint8]:
    """Return the marked pixels of ``original`` as they follow from the record alone, (H, W, 3)."""
    picture_id = sha256_bytes(original.read_bytes())
    block, picture = next((b, p) for b, _, p in record.pictures() if p.picture_id == picture_id)
    pixels = decode(original).pixels.astype(np.uint8)
    return np.moveaxis(np.asarray(mark_picture(pixels, block.mark, picture.design)), 0, 2)


def pixels_of(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
