"""A small program that speaks like the engine of rehearsals: ``python -m tests.desktop.fake_rehearsal rehearse …``.

What it does is set by environment variables: FAKE_HOLD_AT (the round before which it waits for an
order), FAKE_FOUND (users found, of all), FAKE_END ok | crash | kill | refuse | extra | silent | empty.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.desktop.fake_engine import Steering, fail, say, setting, values_of

ALPHA = 0.01
CURVE = (0.08, 0.16, 0.24, 0.4, 0.6, 0.8, 1.0)


def number(arguments: list[str], option: str, usual: int) -> int:
    return int((values_of(arguments, option) or [str(usual)])[0])


class Rehearsal:
    def __init__(self, arguments: list[str]) -> None:
        self.epochs, self.users = number(arguments, "--epochs", 30), number(arguments, "--users", 5)
        self.every = number(arguments, "--audit-every", 5)
        self.published, self.withheld = number(arguments, "--published", 24), number(arguments, "--withheld", 24)
        self.own = 0 if {"--pictures", "--record"} & set(arguments) else None
        self.found = int(setting("FOUND", str(self.users)))
        self.chance = random.Random(number(arguments, "--seed", 0))
        self.steering = Steering()
        self.begun = time.monotonic()

    def p_of(self, user: int, share: float) -> float:
        strength = 1.0 if user < self.found else 0.15
        return max(min(1.0, 10 ** (-4.5 * share * strength * self.chance.uniform(0.7, 1.0))), 1 / 160000)

    def train(self, name: str) -> bool:
        say("started", what=f"training {name}", total=self.epochs)
        for epoch in range(1, self.epochs + 1):
            self.steering.obey(epoch)
            if self.steering.is_cancelled:
                return False
            share = epoch / self.epochs
            say("progress", done=epoch * 20, total=self.epochs * 20, seconds=time.monotonic() - self.begun)
            say(
                "epoch_done", model=name, epoch=epoch, epochs=self.epochs, loss=2.3 * (1 - share) ** 1.5 + 0.01,
                train_accuracy=min(1.0, 0.1 + 1.1 * share), test_accuracy=0.1 + 0.35 * share, rate=0.1,
                pictures_per_second=1800.0,
            )  # fmt: skip
            if name == "marked" and epoch % self.every == 0:
                values = [self.p_of(user, share) for user in range(self.users)]
                say(
                    "training_audited", model=name, epoch=epoch, epochs=self.epochs,
                    p_values=[{"user": user, "p_value": value} for user, value in enumerate(values)],
                    own=None if self.own is None else values[self.own],
                )  # fmt: skip
            self.maybe_end(name, epoch)
        say("training_done", model=name, epochs=self.epochs, train_accuracy=1.0, test_accuracy=0.45, seconds=1.0)
        return True

    def maybe_end(self, name: str, epoch: int) -> None:
        if name == "marked" and epoch == self.epochs // 2 and setting("END", "ok") in ("crash", "kill"):
            os.kill(os.getpid(), signal.SIGSEGV if setting("END", "ok") == "crash" else signal.SIGKILL)

    def audit(self, name: str) -> dict[str, Any]:
        say("started", what=f"auditing {name}", total=self.users)
        users = []
        for user in range(self.users):
            both = self.p_of(user, 1.0) if name == "marked" else self.chance.uniform(0.05, 1)
            values = {"keys only": min(1.0, both * 20), "withheld only": min(1.0, both * 4), "both": both}
            users.append(
                {
                    "user": user,
                    "p_values": values,
                    "stopped_early": {design: value == 1.0 for design, value in values.items()},
                    "set_loss": 0.02,
                }
            )
            say("user_audited", model=name, user=user, p_values=values)
            say("progress", done=user + 1, total=self.users, seconds=0.0)
        return {
            "kind": name, "pictures": 640, "epochs": self.epochs, "train_accuracy": 1.0, "test_accuracy": 0.45,
            "users": users, "measures": None,
        }  # fmt: skip

    def result(self, models: list[dict[str, Any]]) -> dict[str, Any]:
        found = sum(user["p_values"]["both"] <= ALPHA for user in models[0]["users"])
        curve = []
        for share in CURVE:
            part = found / self.users * min(1.0, share * 1.6)
            curve.append(
                {
                    "published": max(1, round(share * self.published)), "withheld": round(share * self.withheld),
                    "found": round(part * 20 * self.users), "of": 20 * self.users, "share": part,
                    "low": max(0.0, part - 0.3), "high": min(1.0, part + 0.25),
                }
            )  # fmt: skip
        sentence = (
            f"With {self.published} pictures published and {self.withheld} withheld, a model trained on the copies was "
            f"found out for {found} of {self.users} users; a model that never saw them was accused in 0 of "
            f"{self.users} cases."
        )
        return {
            "settings": {"device": "CPU, 2 threads"}, "psnr": 22.4, "ssim": 0.81, "models": models,
            "caveat": "A rehearsal shows how one small model behaves.", "sentence": sentence, "own": self.own,
            "curve": curve,
        }  # fmt: skip


def rehearse(arguments: list[str]) -> int:
    end = setting("END", "ok")
    if end == "refuse":
        return fail("Class “castle” has 3 pictures, too few to keep some aside for testing.", 2)
    if end == "extra":
        return fail("Private training needs opacus: install it with “pip install 'mtgui[dp]'”, then rehearse again.")
    if end == "silent":
        return 3
    rehearsal = Rehearsal(arguments)
    for path in values_of(arguments, "--pictures"):
        for file in sorted(Path(path).glob("broken*")):
            say("item_failed", source=str(file), reason="this is not a picture of a kind that mtgui reads.")
    out = Path(values_of(arguments, "--out")[0])
    models = []
    for name in ("marked", "absent"):
        if not rehearsal.train(name):
            print("mtgui: Stopped.", file=sys.stderr)
            say("stopped", reason="Stopped. What was finished before is kept.")
            return 130
        (out / f"{name}.checkpoint.safetensors").write_bytes(b"0" * 100)
        (out / f"{name}.safetensors").write_bytes(b"0" * 100)
        models.append(rehearsal.audit(name))
    result = rehearsal.result(models) if end != "empty" else {}
    (out / "results.json").write_text(json.dumps(result))
    say("finished", result=result)
    return 0


if __name__ == "__main__":
    sys.exit(rehearse(sys.argv[2:]))
