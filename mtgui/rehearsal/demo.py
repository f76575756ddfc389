"""The demo: it marks pictures, trains one model on the published copies and one without them, and audits both.

All steps are those of a real user: a real mark record, real files, a real audit. Only the pictures are made for the
demo, and the models are small enough to be trained in a short time.
"""

import contextlib
import dataclasses
import io
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.job.labels import FROM_RECORD
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable
from mtgui.common.events import Event, Finished
from mtgui.common.files import replace
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.decoding import decode
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import collect_sources
from mtgui.records.draw import PublishRule
from mtgui.records.record_suffix import RECORD_SUFFIX
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, joined
from mtgui.rehearsal.training.file_names import MODEL_SUFFIX
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.weight_files import model_tensors, save_tensors

GALLERIES = ("gallery one", "gallery two", "gallery three", "gallery four")
PUBLISHED, WITHHELD = 24, 24
USED, NOT_USED = f"used them{MODEL_SUFFIX}", f"did not use them{MODEL_SUFFIX}"
ORIGINALS, COPIES, RECORD = "originals", "marked", f"marked{RECORD_SUFFIX}"
REPORTS = ("report.html", "report.json")
_OTHERS = 40
_SEED = 1
_STRAYS = 0.7
# More threads gain little for such small models, and lose much on a busy machine.
_THREADS = 1
_PLAN = TrainingPlan(network="resnet8", epochs=40, batch=32, rate=0.1, weight_decay=0.0)


def show(out: Path, *, device: str = "auto", control: Control | None = None, seed: int = 0) -> Iterator[Event]:
    """Run the demo in the folder ``out``; the last event is `Finished` with the audit's result and ``folder``.

    seed: of the trainings; keys and draws come from the system's random source. Raises UsageError as `check_folder`
    does, OSError, CancelledError, and the errors of marking, training and auditing.
    """
    check_folder(out)
    control, plan = control or Control(), dataclasses.replace(_PLAN, seed=seed)
    others, own = demo_pictures()
    out.mkdir(parents=True, exist_ok=True)
    _save_originals(out / ORIGINALS, own)
    yield from _without_result(mark_and_export(_mark_request(out), control))
    replace(out / "labels.json", json.dumps(list(GALLERIES)).encode())
    copies = _read_copies(out / COPIES)
    for name, data in ((USED, joined([others, copies])), (NOT_USED, others)):
        title = f"the model that {name.removesuffix(MODEL_SUFFIX)}"
        trained = yield from train(
            plan, data, None, choose_device(device), name=title, control=control, threads=_THREADS
        )
        save_tensors(out / name, model_tensors(trained.module, torch.float16))
    result = yield from _without_result(audit(_audit_request(out, device), control))
    with contextlib.suppress(OSError):
        (out / "state").rmdir()
    yield Finished({**result, "folder": str(out)})


_OWN_FILES = frozenset({ORIGINALS, COPIES, RECORD, USED, NOT_USED, *REPORTS, "labels.json", "audits.log", "state"})


def check_folder(out: Path) -> None:
    """Raise UsageError if ``out`` holds files that are not of a demo; the folder of a demo may be used again.

    Raises OSError.
    """
    if not out.is_dir() or _is_of_a_demo(out) or all(path.name.startswith(".") for path in out.iterdir()):
        return
    raise UsageError(
        f"The folder “{printable(out)}” holds other files, and those of the demo would lie among them: choose a new or "
        "empty folder."
    )


def _is_of_a_demo(out: Path) -> bool:
    """True when the originals in ``out`` are a demo's, all galleries and nothing else, beside files of a demo only."""
    originals = out / ORIGINALS
    if not originals.is_dir() or {path.name for path in originals.iterdir()} != set(GALLERIES):
        return False
    return all(path.name in _OWN_FILES or path.name.startswith(".") for path in out.iterdir())


def demo_pictures() -> tuple[TrainingData, TrainingData]:
    """Return other people's pictures in four galleries, and the user's 48 pictures, equally many in each gallery.

    Every gallery has some of the user's pictures, so a mark does not reveal the gallery of a picture. Most pictures
    have a random gallery, whatever their kind, so a model can only learn them by heart.
    """
    most = _OTHERS + (PUBLISHED + WITHHELD) // len(GALLERIES)
    made = make_pictures(len(GALLERIES), most, _SEED, strays=_STRAYS)
    everything = TrainingData(made.pixels, made.labels, GALLERIES)
    is_other = np.arange(len(everything)) % most < _OTHERS
    return everything.chosen(np.flatnonzero(is_other)), everything.chosen(np.flatnonzero(~is_other))


def _mark_request(out: Path) -> MarkRequest:
    return MarkRequest(
        sources=tuple(collect_sources([out / ORIGINALS], looks_like_picture, label_from_folders=True)),
        out=out / COPIES,
        record=out / RECORD,
        settings=MarkSettings(),
        publish=PublishRule(count=PUBLISHED),
    )


def _audit_request(out: Path, device: str) -> AuditRequest:
    return AuditRequest(
        models=(ModelChoice(out / USED), ModelChoice(out / NOT_USED)),
        records=(out / RECORD,),
        places=(out / ORIGINALS,),
        label=FROM_RECORD,
        device=device,
        threads=_THREADS,
        reports=tuple(out / name for name in REPORTS),
        # A demo must not appear among a person's own audits.
        log=out / "audits.log",
        state=out / "state",
    )


def _save_originals(folder: Path, pictures: TrainingData) -> None:
    for number, (pixels, label) in enumerate(zip(pictures.pixels, pictures.labels, strict=True), 1):
        place = folder / GALLERIES[label]
        place.mkdir(parents=True, exist_ok=True)
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(file, "PNG")
        replace(place / f"picture {number:02}.png", file.getvalue(), durable=False)


def _read_copies(folder: Path) -> TrainingData:
    """Return the marked copies as training data, read from the files."""
    paths = sorted(folder.glob("*/*.png"))
    pixels = np.stack([decode(path).pixels.astype(np.uint8) for path in paths])
    return TrainingData(pixels, np.array([GALLERIES.index(path.parent.name) for path in paths]), GALLERIES)


def _without_result(events: Iterator[Event]) -> Generator[Event, None, dict[str, Any]]:
    """Yield ``events`` except the last one, and return the result of the last."""
    result: dict[str, Any] = {}
    for event in events:
        if isinstance(event, Finished):
            result = dict(event.result)
        else:
            yield event
    return result
