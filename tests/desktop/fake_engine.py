"""A small program that speaks like the engine: prints its event lines, obeys the lines on its standard input.

What it does is set by environment variables, so that the window starts it like the real one:
FAKE_VERDICT evidence | none; FAKE_KEYS, FAKE_DRAWS, FAKE_HOLD_AT (the key before which it waits for an order);
FAKE_END ok | crash | kill | memory | refuse | silent | full; FAKE_MODEL known | unknown | lora | refused;
FAKE_DEVICE; FAKE_DEVICES the answer to “devices”; FAKE_HASH of the model file. A model that is a “lora” takes a base
whose name begins with “sd”, and finds one with this name in a folder; FAKE_LOSSES nats | difference. Where the
time is asked, FAKE_COPY is a file that it writes, holds until it is stopped, and deletes.
"""

import json
import os
import queue
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from mtgui.auditing.architectures.generator_description import (
    BASE_HASH,
    CAPTION_TEXT,
    BaseDescription,
    GeneratorDescription,
)
from mtgui.auditing.architectures.model_description import FileDescription, ModelDescription, RecognitionDescription
from mtgui.auditing.job.audit_events import AuditDone, AuditPlanned, KeyDone, LabelChosen, ModelRead, TimeStated
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.audit_result import AuditResult, PairResult
from mtgui.auditing.loss_kinds import LossKind
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.codec import from_values, to_values
from mtgui.common.events import (
    Event,
    Finished,
    Noticed,
    Paused,
    Progress,
    Resumed,
    Started,
    Stopped,
    event_to_json,
)

T = TypeVar("T")
CAVEAT = "This is not the probability that the model is innocent."

CLASSES = ("portrait", "landscape", "still life", "castle", "sea", "forest", "town", "animal", "flower", "abstract")


def setting(name: str, usual: str) -> str:
    return os.environ.get(f"FAKE_{name}", usual)


def say(event: Event) -> None:
    print(event_to_json(event), flush=True)


def fail(sentence: str, status: int = 1) -> int:
    print(f"mtgui: {sentence}", file=sys.stderr)
    say(Stopped(sentence))
    return status


LORA = GeneratorDescription(
    kind="LoRA",
    architecture="diffusion/sdxl lora",
    title="a LoRA for Stable Diffusion XL",
    form="kohya, sgm names",
    parts={"UNet": 722, "text encoder": 72},
    ranks=(32,),
    says={
        "base": "sd_xl_base_1.0.safetensors",
        BASE_HASH: "31e35c80fc48" + "00" * 26,
        "training": "42 pictures × 10 repeats × 8 epochs",
        CAPTION_TEXT: "anna k style",
    },
    outlook="It says that training showed each picture 80 times. In trials, most LoRAs were found.",
)


def base_in(places: list[Path]) -> BaseDescription | None:
    """Return the base among ``places``: the file that was named, or one in a folder whose name begins with “sd”."""
    for place in places:
        path = next((one for one in sorted(place.glob("sd*"))), None) if place.is_dir() else place
        if path is not None and path.name.startswith("sd"):
            return BaseDescription(str(path), "Stable Diffusion XL", "other" if "other" in path.name else "same")
        if path is not None:
            return BaseDescription(str(path), problem=f"{path.name} cannot be the base. It makes no pictures.")
    return None


def description(path: str, architecture: str | None, places: Sequence[Path] = ()) -> ModelDescription:
    is_known = setting("MODEL", "known") == "known" or architecture is not None
    is_lora = setting("MODEL", "known") == "lora"
    size = Path(path).stat().st_size if Path(path).is_file() else 44_700_000
    usual = "default of ResNet-18"
    recognised = RecognitionDescription(
        architecture=architecture or "torchvision/resnet18",
        title="ResNet-18 (torchvision)",
        sureness="every key and shape matches",
        options={},
        renamed=(),
        ignored=(),
        fits_too=(),
        classes=len(CLASSES),
        class_names=CLASSES,
        class_names_origin="labels.json",
        preprocessing=Preprocessing(),
        origins=Origins(usual, usual, usual, usual),
        notes=(),
    )
    return ModelDescription(
        kind="model",
        format="PyTorch, zip",
        files=(FileDescription(Path(path).name, size, setting("HASH", "ab" * 32)),),
        tensors=122,
        parameters=11_181_642,
        bytes=44_700_000,
        dtypes={"float32": 122},
        taken="the file itself",
        reason="it is the only one",
        others=(),
        renamed=(("module.fc.weight", "fc.weight"),),
        ignored=("optimizer",),
        guessed_classes=None,
        notes=("The file holds an optimizer beside the weights.",),
        limits=("memory 4 GB", "no network"),
        graph=None,
        recognised=recognised if is_known else None,
        not_recognised="" if is_known else "Its tensors fit no architecture; closest is ResNet-34 (resnet34).",
        generator=replace(LORA, base=base_in(list(places))) if is_lora else None,
    )


def inspect(arguments: list[str]) -> int:
    if setting("MODEL", "known") == "refused":
        print(f"mtgui: {arguments[0]}: this is a picture, not a model.", file=sys.stderr)
        return 1
    architecture = arguments[arguments.index("--architecture") + 1] if "--architecture" in arguments else None
    named = [Path(value) for option, value in pairwise(arguments) if option == "--base"]
    folders = arguments[arguments.index("--look-in") + 1 : -1] if "--look-in" in arguments else []
    places = [*named, *map(Path, folders)]
    print(json.dumps(to_values(description(arguments[0], architecture, places))))
    return 0


def devices() -> int:
    usual = [
        {"name": "cuda:0", "title": "NVIDIA H100", "memory": 85e9},
        {"name": "cpu", "title": "CPU, 2 threads", "memory": 24e9},
    ]
    print(setting("DEVICES", json.dumps({"devices": usual})))
    return 0


class Steering:
    def __init__(self) -> None:
        self._orders: queue.Queue[str] = queue.Queue()
        self.is_cancelled = False
        self._hold_at = int(setting("HOLD_AT", "-1"))
        threading.Thread(target=self._listen, daemon=True).start()

    def hold(self) -> int:
        """Return a step at which it waits for an order."""
        self._hold_at = 0
        return self._hold_at

    def _listen(self) -> None:
        for line in sys.stdin:
            self._orders.put(line.strip())
        self._orders.put("cancel")

    def obey(self, step: int) -> None:
        """Do what was ordered before ``step``; wait for an order while paused, and once at the step to hold at."""
        is_paused, holds = False, step == self._hold_at
        if holds:
            self._hold_at = -1
        while holds or is_paused or not self._orders.empty():
            holds = False
            order = self._orders.get()
            if order == "cancel":
                self.is_cancelled = True
                return
            if order == "pause" and not is_paused:
                say(Paused())
            elif order == "resume" and is_paused:
                say(Resumed())
            is_paused = order == "pause"


def asked_for(kind: type[T], arguments: list[str]) -> T:
    """Return the request that the window wrote first."""
    assert arguments == ["--request", "-", "--events", "--control", "stdin"]
    return from_values(kind, json.loads(sys.stdin.readline()))


def audit(arguments: list[str]) -> int:
    from mtgui.auditing.statistics.audit_design import audited_rows
    from mtgui.records.journal import read_record

    request = asked_for(AuditRequest, arguments)
    if request.states_time_only:
        return state_time(request)
    if setting("END", "ok") == "refuse":
        return fail("There is no room on the disk for the audit's state. Free some space, then run it again.")
    if setting("END", "ok") == "silent":
        return 3
    steering = Steering()
    results = []
    say(
        ModelRead(
            0,
            str(request.models[0].path),
            description("model.pth", None, [one.base for one in request.models if one.base]),
        )
    )
    for number, path in enumerate(request.records):
        record = read_record(path)
        rows = [block.is_published(index) for block, index in audited_rows(record.blocks)]
        result = run_pair(number, rows, steering)
        if result is None:
            return stopped()
        results.append(replace(result, record_file=str(path)))
    found = AuditResult(tuple(results), tuple(map(str, request.reports)))
    if setting("END", "ok") == "full":
        problem = "The report “report.json” cannot be written: the disk is full."
        say(Finished(to_values(replace(found, reports=(), report_problems=(problem,)))))
        return 1
    for report in request.reports:
        report.write_text(json.dumps(report_of(results)) if report.suffix == ".json" else "<!doctype html><p>Report")
    say(Finished(to_values(found)))
    return 0


def state_time(request: AuditRequest) -> int:
    copy = Path(setting("COPY", ""))
    if copy.name:
        steering = Steering()
        copy.write_text("model")
        steering.obey(steering.hold())
        copy.unlink()
        return stopped()
    for number, _ in enumerate(request.records):
        say(TimeStated(0, number, 1200, 754.0, "cpu, 2 threads"))
        if setting("END", "ok") == "refuse":
            return fail("The model does not fit into memory. Choose another device.")
    say(Finished({}))
    return 0


def stopped() -> int:
    print("mtgui: Stopped.", file=sys.stderr)
    say(Stopped("Stopped. What was finished before is kept."))
    return 130


def run_pair(number: int, rows: list[bool], steering: Steering) -> PairResult | None:
    keys, draws = int(setting("KEYS", "16")), int(setting("DRAWS", "2000"))
    is_evidence, generator = setting("VERDICT", "evidence") == "evidence", random.Random(number)
    alpha, shown = 0.01, len(rows) * keys
    kind: LossKind = "denoising difference" if setting("LOSSES", "nats") == "difference" else "cross-entropy"
    shift = -1.0 if kind == "denoising difference" else 0.0
    say(LabelChosen(0, number, "3", {"3": "castle"}, "All pictures are held to be castle."))
    say(
        AuditPlanned(
            model=0, record=number, pictures=len(rows), published=sum(rows), withheld=len(rows) - sum(rows), keys=keys,
            draws=draws, grid=draws * keys, smallest_p=1 / (draws * keys), forward_passes=shown,
            device=setting("DEVICE", "cpu, 2 threads"), batch=64, alpha=alpha, loss_kind=kind,
        )
    )  # fmt: skip
    say(Started("pictures shown", shown))
    true = shift + (0.0023 if is_evidence else 0.9)
    losses = tuple(
        shift + abs(generator.gauss(0.02 if p and is_evidence else 0.9, 0.3 if not p or not is_evidence else 0.02))
        for p in rows
    )
    at_most = counted = 0
    begun = time.monotonic()
    for column in range(keys):
        steering.obey(column)
        if steering.is_cancelled:
            return None
        values = [shift + abs(generator.gauss(0.9, 0.25)) for _ in range(draws)]
        if column == 0:
            values[0] = true
        at_most += sum(value <= true for value in values)
        counted += draws
        say(
            KeyDone(
                model=0, record=number, column=column, keys_done=column + 1, keys=keys, set_losses=tuple(values),
                losses=losses if column == 0 else None, at_most=at_most, counted=counted,
                seconds=time.monotonic() - begun,
            )
        )  # fmt: skip
        left = (keys - column - 1) * 0.01
        say(Progress((column + 1) * len(rows), shown, time.monotonic() - begun, left))
        end = setting("END", "ok")
        if column == keys // 2 and end in ("crash", "kill"):
            os.kill(os.getpid(), signal.SIGSEGV if end == "crash" else signal.SIGKILL)
        if column == keys // 2 and end == "memory":
            say(Noticed("Memory ran out; the batch is smaller now."))
            raise MemoryError
    p = at_most / counted
    headline, sentence = words(p, alpha)
    result = PairResult(
        set_loss=true, p_value=p, p_adjusted=p, smallest_p=1 / counted, keys=keys, draws=draws, forward_passes=shown,
        alpha=alpha, seconds=time.monotonic() - begun, verdict="evidence" if p <= alpha else "no evidence",
        headline=headline, sentence=sentence, caveat=CAVEAT, loss_kind=kind,
    )  # fmt: skip
    say(AuditDone(0, number, result))
    return result


def words(p: float, alpha: float) -> tuple[str, str]:
    if p <= alpha:
        return (
            "Strong evidence that this model was trained on your published pictures.",
            f"Chance alone gives a result like this at most 1 time in {int(1 / p):,}.",
        )
    return "No evidence found.", "This does not show that they were not used."


def report_of(results: list[PairResult]) -> dict[str, Any]:
    return {
        "kind": "audit report",
        "schema": 1,
        "program": {
            "version": "0.1",
            "libraries": [["torch", "2.14"]],
            "device": "cpu",
            "started": "2026-01-01T00:00:00Z",
        },
        "settings": {"alpha": "1/100", "reference_draws": 1999, "views": 1},
        "models": [],
        "records": [],
        "results": to_values(results),
    }


def main() -> int:
    command, *arguments = sys.argv[1:]
    if command == "devices":
        return devices()
    return inspect(arguments) if command == "inspect" else audit(arguments)


if __name__ == "__main__":
    sys.exit(main())
