"""Whether host and card work side by side, shown without a card; and what key material costs.

    python -m tests.benchmarks.card_overlap [material|overlap]…

material: microseconds of one core for everything the host makes of a window before a card marks it, 512 at a time at
224 pixels, against making the same field by field.
overlap: an audit with 40 and with 10 keys on a simulated card: the host launches a real ResNet-50 on tensors without
content, and the card takes as long for a picture as an H100, 1 / 2,957 s, without needing the host. Seconds of the
whole against those of the longer side, the host (with a card that takes no time) or the card. Wanted: at most 1.1. Of
512 pictures that are decoded already, in batches of 512; and of 128 from files, in batches of 128, with a card that is
as many times slower as there are fewer processor cores here than the 16 beside that H100. The first batch needs all
pictures, and nothing can be done beside decoding those.
"""

import functools
import hashlib
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import Tensor
from torchvision.models import get_model

from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.one_pass import OnePass
from mtgui.auditing.engine.prepared_originals import Original, PicturesOnTheWay, PreparedPicture
from mtgui.auditing.engine.task import Column, MatrixTask
from mtgui.auditing.engine.views import ONE_VIEW
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.auditing.statistics.streams import key_slots, row_order
from mtgui.common.control import Control
from mtgui.common.hashing import sha256_file
from mtgui.marking.keys import decoy_key
from mtgui.marking.mark import Mark, PictureDesign, draw_of, frame_of, make_mark
from mtgui.marking.noise import NoiseStretch, noise_field
from mtgui.marking.perlin import stack
from mtgui.marking.settings import MarkSettings
from mtgui.marking.windows import Window, prepare_windows
from tests.auditing.engine.simulated_card import SimulatedCard
from tests.benchmarks.audit_throughput import make_files
from tests.benchmarks.stopwatch import side_by_side

PREPROCESSING = Preprocessing()
SEED = bytes(range(32))
BATCH = 512
CARD_SECONDS = BATCH / 2957
JOBS = os.cpu_count() or 1
META = torch.device("meta")


class OnPaper(OnePass):
    """A ResNet-50 whose tensors have no content: asking it costs the host what launching costs."""

    classes, preprocessing, device, where, threads = 1000, PREPROCESSING, META, Device(META, "a card", 1 << 30), None
    can_try_threads = False
    precision: Precision = "float32"

    def __init__(self) -> None:
        self._module = get_model("resnet50", weights=None).eval().requires_grad_(False).to(META)

    def use_threads(self, threads: int) -> None:
        """Leave the processor as it is."""

    def at_precision(self, precision: Precision) -> "OnPaper":
        """Return this model, whose answers have no content at any ``precision``."""
        self.precision = precision
        return self

    def nats(self, pixels: Tensor) -> Tensor:
        """Return (B, classes) float64 of no content."""
        with torch.inference_mode():
            answer: Tensor = self._module(pixels.to(torch.float32).mul_(0.01).add_(-1.0))
            return -torch.log_softmax(answer.double(), dim=1)


def marks(column: int) -> list[Mark]:
    """Return the mark of a column."""
    return [make_mark(decoy_key(SEED, column + 1), MarkSettings())]


def material() -> None:
    """Measure what the host makes of 512 windows."""
    designs = [PictureDesign(hashlib.sha256(bytes([n % 256, n >> 8])).hexdigest(), 480, 640) for n in range(BATCH)]
    columns = iter(range(10_000))

    def windows() -> list[Window]:
        (mark,) = marks(next(columns))
        return [Window(mark, design, (256, 341), (16, 58)) for design in designs]

    def one_by_one() -> None:
        stack(
            [
                noise_field(
                    draw_of(w.mark, w.design), frame_of(w.mark, w.design), NoiseStretch(w.size, w.at, (224, 224))
                )
                for w in windows()
            ]
        )

    def at_once() -> None:
        prepare_windows(windows(), (3, 224, 224))

    slow, fast = side_by_side(one_by_one, at_once, 15, time.process_time)
    print(
        f"key material of {BATCH} windows: one by one {slow / BATCH * 1e6:.0f} µs of a core each, at once "
        f"{fast / BATCH * 1e6:.0f} µs: {fast / slow:.2f} (wanted: at most 150 µs)"
    )


def audit(model: OnPaper, pictures: Sequence[PreparedPicture], columns: int, seconds: float) -> None:
    """Compute a matrix, all pictures at a time, on a card that takes ``seconds`` for them."""
    free = [0.0]

    def pace(_number: int) -> None:
        # A card with more to do goes on at once; one that waited begins now.
        free[0] = max(free[0], time.perf_counter()) + seconds
        time.sleep(max(0.0, free[0] - time.perf_counter()))

    with SimulatedCard("meta", pace=pace) as card:
        task = MatrixTask(
            model=model,
            pictures=pictures,
            labels=[0] * len(pictures),
            marks=marks,
            columns=columns,
            rows=row_order(SEED, len(pictures)).tolist(),
            slots=functools.partial(key_slots, SEED, columns),
            lane=card.to,
        )
        assert sum(isinstance(event, Column) for event in loss_columns(task, batch=len(pictures))) == columns


def on_the_way(paths: Sequence[Path]) -> PicturesOnTheWay:
    """Return the pictures of ``paths``, of which the first are being decoded."""
    originals = [Original(path, PictureDesign(sha256_file(path), 480, 640)) for path in paths]
    order = row_order(SEED, len(paths)).tolist()
    return PicturesOnTheWay(originals, PREPROCESSING, ONE_VIEW, order=order, jobs=JOBS, control=Control())


def timed(columns: int, seconds: float, paths: Sequence[Path], ready: Sequence[PreparedPicture] | None) -> float:
    """Return the seconds of an audit: of ``ready`` pictures, or of those of ``paths``, decoding included."""
    model = OnPaper()
    with ExitStack() as whole:
        start = time.perf_counter()
        audit(model, whole.enter_context(on_the_way(paths)) if ready is None else ready, columns, seconds)
        return time.perf_counter() - start


def decoded(paths: Sequence[Path]) -> list[PreparedPicture]:
    """Return the pictures of ``paths``."""
    with on_the_way(paths) as pictures:
        return list(pictures.in_turn(len(pictures)))


def compare(
    name: str, columns: int, seconds: float, paths: Sequence[Path], ready: list[PreparedPicture] | None
) -> None:
    """Measure host and card, each alone, and both together, twice; the better counts."""
    card = columns * seconds
    host, whole = (min(timed(columns, pause, paths, ready) for _ in range(2)) for pause in (0.0, seconds))
    print(
        f"{columns} keys, {len(paths)} pictures {name}: host {host:.2f} s, card {card:.2f} s, together {whole:.2f} s: "
        f"{whole / max(host, card):.2f} of the longer (wanted: 1.1)",
        flush=True,
    )


def overlap() -> None:
    """Measure with decoded pictures and from files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = make_files(Path(folder), BATCH)
        ready, few = decoded(paths), paths[: BATCH // 4]
        for columns in (40, 10):
            compare("decoded already", columns, CARD_SECONDS, paths, ready)
            compare("from files", columns, CARD_SECONDS / 4 * max(1.0, 16 / JOBS), few, None)


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ["material", "overlap"]:
        {"material": material, "overlap": overlap}[wanted]()
