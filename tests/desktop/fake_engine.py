"""A small program that speaks like the engine: prints its event lines, obeys the lines on its standard input.

What it does is set by environment variables, so that the window starts it like the real one:
FAKE_VERDICT evidence | none; FAKE_KEYS, FAKE_DRAWS, FAKE_HOLD_AT (the key before which it waits for an order);
FAKE_END ok | crash | kill | memory | refuse | silent; FAKE_MODEL known | unknown | refused;
FAKE_DEVICE; FAKE_DEVICES the answer to “devices”; FAKE_HASH of the model file.
"""

import json
import os
import queue
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.imagenet import PREPROCESSING

CLASSES = ["portrait", "landscape", "still life", "castle", "sea", "forest", "town", "animal", "flower", "abstract"]


def setting(name: str, usual: str) -> str:
    return os.environ.get(f"FAKE_{name}", usual)


def say(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


def fail(sentence: str, status: int = 1) -> int:
    print(f"mtgui: {sentence}", file=sys.stderr)
    say("stopped", reason=sentence)
    return status


def summary(path: str, architecture: str | None) -> dict[str, Any]:
    is_known = setting("MODEL", "known") == "known" or architecture is not None
    size = Path(path).stat().st_size if Path(path).is_file() else 44_700_000
    recognised = {
        "architecture": architecture or "torchvision/resnet18",
        "title": "ResNet-18 (torchvision)",
        "sureness": "every key and shape matches",
        "options": {},
        "renamed": [],
        "ignored": [],
        "fits_too": [],
        "classes": len(CLASSES),
        "class_names": CLASSES,
        "class_names_origin": "labels.json",
        "preprocessing": PREPROCESSING,
        "origins": dict.fromkeys(("resize", "crop", "interpolation", "normalisation"), "default of ResNet-18"),
        "notes": [],
    }
    return {
        "kind": "model",
        "format": "PyTorch, zip",
        "files": [{"name": Path(path).name, "size": size, "sha256": setting("HASH", "ab" * 32)}],
        "tensors": 122,
        "parameters": 11_181_642,
        "renamed": [["module.fc.weight", "fc.weight"]],
        "ignored": ["optimizer"],
        "notes": ["The file holds an optimizer beside the weights."],
        "limits": ["memory 4 GB", "no network"],
        "graph": None,
        "recognised": recognised if is_known else None,
        "not_recognised": "" if is_known else "Its tensors fit no architecture; closest is ResNet-34 (resnet34).",
    }


def inspect(arguments: list[str]) -> int:
    if setting("MODEL", "known") == "refused":
        print(f"mtgui: {arguments[0]}: this is a picture, not a model.", file=sys.stderr)
        return 1
    architecture = arguments[arguments.index("--architecture") + 1] if "--architecture" in arguments else None
    print(json.dumps(summary(arguments[0], architecture)))
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
                say("paused")
            elif order == "resume" and is_paused:
                say("resumed")
            is_paused = order == "pause"


def audit(arguments: list[str]) -> int:
    from mtgui.auditing.statistics.audit_design import audited_rows
    from mtgui.records.journal import read_record

    if setting("END", "ok") == "refuse":
        return fail("There is no room on the disk for the audit's state. Free some space, then run it again.")
    if setting("END", "ok") == "silent":
        return 3
    records = values_of(arguments, "--record")
    steering = Steering()
    results = []
    say("model_read", model=0, path=values_of(arguments, "--model")[0], summary=summary("model.pth", None))
    for number, name in enumerate(records):
        record = read_record(Path(name))
        rows = [block.is_published(index) for block, index in audited_rows(record.blocks)]
        result = run_pair(number, rows, steering)
        if result is None:
            print("mtgui: Stopped.", file=sys.stderr)
            say("stopped", reason="Stopped. What was finished before is kept.")
            return 130
        results.append({**result, "model": 0, "record": number, "record_file": name})
    reports = values_of(arguments, "--report")
    for report in reports:
        Path(report).write_text(
            json.dumps(report_of(results)) if report.endswith(".json") else "<!doctype html><p>Report"
        )
    say("finished", result={"results": results, "reports": reports})
    return 0


def values_of(arguments: list[str], option: str) -> list[str]:
    if option not in arguments:
        return []
    rest = arguments[arguments.index(option) + 1 :]
    end = next((i for i, part in enumerate(rest) if part.startswith("--")), len(rest))
    return rest[:end]


def run_pair(number: int, rows: list[bool], steering: Steering) -> dict[str, Any] | None:
    keys, draws = int(setting("KEYS", "16")), int(setting("DRAWS", "2000"))
    is_evidence, generator = setting("VERDICT", "evidence") == "evidence", random.Random(number)
    alpha = 0.01
    say(
        "label_chosen",
        model=0,
        record=number,
        rule="3",
        labels={"3": "castle"},
        sentence="All pictures are held to be castle.",
    )
    say(
        "audit_planned", model=0, record=number, pictures=len(rows), published=sum(rows),
        withheld=len(rows) - sum(rows), keys=keys, draws=draws, grid=draws * keys, smallest_p=1 / (draws * keys),
        forward_passes=len(rows) * keys, device=setting("DEVICE", "cpu, 2 threads"), batch=64, alpha=alpha,
    )  # fmt: skip
    say("started", what="pictures shown", total=len(rows) * keys)
    true = 0.0023 if is_evidence else 0.9
    losses = [
        abs(generator.gauss(0.02 if p and is_evidence else 0.9, 0.3 if not p or not is_evidence else 0.02))
        for p in rows
    ]
    at_most = counted = 0
    begun = time.monotonic()
    for column in range(keys):
        steering.obey(column)
        if steering.is_cancelled:
            return None
        values = [abs(generator.gauss(0.9, 0.25)) for _ in range(draws)]
        if column == 0:
            values[0] = true
        at_most += sum(value <= true for value in values)
        counted += draws
        say(
            "key_done", model=0, record=number, column=column, keys_done=column + 1, keys=keys, set_losses=values,
            losses=losses if column == 0 else None, at_most=at_most, counted=counted, seconds=time.monotonic() - begun,
        )  # fmt: skip
        done = (column + 1) * len(rows)
        say(
            "progress", done=done, total=len(rows) * keys, seconds=time.monotonic() - begun,
            remaining=(keys - column - 1) * 0.01,
        )  # fmt: skip
        end = setting("END", "ok")
        if column == keys // 2 and end in ("crash", "kill"):
            os.kill(os.getpid(), signal.SIGSEGV if end == "crash" else signal.SIGKILL)
        if column == keys // 2 and end == "memory":
            say("noticed", sentence="Memory ran out; the batch is smaller now.")
            raise MemoryError
    p = at_most / counted
    result = {
        "set_loss": true, "p_value": p, "p_adjusted": p, "smallest_p": 1 / counted, "keys": keys, "draws": draws,
        "forward_passes": len(rows) * keys, "stopped_early": False, "alpha": alpha, "seconds": time.monotonic() - begun,
        "verdict": "evidence" if p <= alpha else "no evidence", **words(p, alpha),
    }  # fmt: skip
    say("audit_done", model=0, record=number, result=result)
    return result


def words(p: float, alpha: float) -> dict[str, str]:
    caveat = "This is not the probability that the model is innocent."
    if p <= alpha:
        return {
            "headline": "Strong evidence that this model was trained on your published pictures.",
            "sentence": f"Chance alone gives a result like this at most 1 time in {int(1 / p):,}.",
            "caveat": caveat,
        }
    return {
        "headline": "No evidence found.",
        "sentence": "This does not show that they were not used.",
        "caveat": caveat,
    }


def report_of(results: list[dict[str, Any]]) -> dict[str, Any]:
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
        "results": results,
    }


def main() -> int:
    command, *arguments = sys.argv[1:]
    if command == "devices":
        return devices()
    return inspect(arguments) if command == "inspect" else audit(arguments)


if __name__ == "__main__":
    sys.exit(main())
