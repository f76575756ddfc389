"""A small program that speaks like the engine of rehearsals: ``python -m tests.desktop.fake_rehearsal rehearse …``.

What it does is set by environment variables: FAKE_HOLD_AT (the round, or the artist of LoRAs, before which it waits for
an order), FAKE_FOUND (users found, of all), FAKE_END ok | crash | kill | refuse | extra | silent | empty.
"""

import json
import math
import os
import random
import signal
import sys
import time
from pathlib import Path

from mtgui.common.codec import from_values, to_values
from mtgui.common.events import Finished, ItemFailed, Progress, Started
from mtgui.rehearsal.fine_tuning.tuning_result import ArtistResult, ExposurePoint, TuningResult
from mtgui.rehearsal.fine_tuning.tuning_sentence import tuning_sentence
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.rehearsal_events import (
    ArtistAudited,
    EpochDone,
    StepsDone,
    TrainingAudited,
    TrainingDone,
    UserAudited,
    UserP,
)
from mtgui.rehearsal.rehearsal_result import CurvePoint, ModelResult, RehearsalResult, UserResult
from mtgui.rehearsal.rehearsal_settings import RehearsalSettings
from mtgui.rehearsal.work import Speed
from tests.desktop.fake_engine import Steering, asked_for, fail, say, setting, stopped

ALPHA = 0.01
CURVE = (0.08, 0.16, 0.24, 0.4, 0.6, 0.8, 1.0)


class Rehearsal:
    def __init__(self, asked: RehearsalSettings) -> None:
        self.epochs, self.users, self.every = asked.epochs or 30, asked.users, asked.audit_every or 5
        self.published = 24 if asked.published is None else asked.published
        self.withheld = 24 if asked.withheld is None else asked.withheld
        self.reach = asked.reach or 0
        self.own = 0 if asked.pictures or asked.record is not None else None
        self.found = int(setting("FOUND", str(self.users)))
        self.chance = random.Random(asked.seed)
        self.steering = Steering()
        self.begun = time.monotonic()

    def p_of(self, user: int, share: float) -> float:
        strength = 1.0 if user < self.found else 0.15
        return max(min(1.0, 10 ** (-4.5 * share * strength * self.chance.uniform(0.7, 1.0))), 1 / 160000)

    def train(self, name: str) -> bool:
        say(Started(f"training {name}", self.epochs))
        for epoch in range(1, self.epochs + 1):
            self.steering.obey(epoch)
            if self.steering.is_cancelled:
                return False
            share = epoch / self.epochs
            say(Progress(epoch * 20, self.epochs * 20, time.monotonic() - self.begun))
            say(
                EpochDone(
                    name, epoch, self.epochs, loss=2.3 * (1 - share) ** 1.5 + 0.01,
                    train_accuracy=min(1.0, 0.1 + 1.1 * share), test_accuracy=0.1 + 0.35 * share,
                    pictures_per_second=1800.0, rate=0.1,
                )
            )  # fmt: skip
            if name == "marked" and epoch % self.every == 0:
                values = tuple(UserP(user, self.p_of(user, share)) for user in range(self.users))
                own = None if self.own is None else values[self.own].p_value
                say(TrainingAudited(name, epoch, self.epochs, values, own))
            self.maybe_end(name, epoch)
        say(TrainingDone(name, self.epochs, 1.0, 0.45, 1.0))
        return True

    def maybe_end(self, name: str, epoch: int) -> None:
        if name == "marked" and epoch == self.epochs // 2 and setting("END", "ok") in ("crash", "kill"):
            os.kill(os.getpid(), signal.SIGSEGV if setting("END", "ok") == "crash" else signal.SIGKILL)

    def audit(self, name: str) -> ModelResult:
        say(Started(f"auditing {name}", self.users))
        users = []
        for user in range(self.users):
            both = self.p_of(user, 1.0) if name == "marked" else self.chance.uniform(0.05, 1)
            values = {"keys only": min(1.0, both * 20), "withheld only": min(1.0, both * 4), "both": both}
            early = {design: value == 1.0 for design, value in values.items()}
            users.append(UserResult(user, {**values}, early, 0.02))
            say(UserAudited(name, user, values))
            say(Progress(user + 1, self.users, 0.0))
        return ModelResult(name, 640, self.epochs, 1.0, 0.45, tuple(users), None)

    def beyond(self) -> list[CurvePoint]:
        """Return what further artists show, where the person has fewer pictures than the curve is to reach."""
        most = max(self.published, self.reach), max(self.withheld, self.reach) if self.withheld else 0
        steps = [1 / 3, 2 / 3, 1.0] if most != (self.published, self.withheld) else []
        pairs = [
            tuple(
                round(own + step * (end - own)) for own, end in zip((self.published, self.withheld), most, strict=True)
            )
            for step in steps
        ]
        return [
            CurvePoint(published, withheld, 60, 80, 0.7 + 0.1 * n, 0.3, 1.0, is_beyond=True)
            for n, (published, withheld) in enumerate(pairs)
        ]

    def result(self, models: list[ModelResult]) -> RehearsalResult:
        found = sum((user.p_values["both"] or 1) <= ALPHA for user in models[0].users)
        curve = []
        for share in CURVE:
            part = found / self.users * min(1.0, share * 1.6)
            published, withheld = max(1, round(share * self.published)), round(share * self.withheld)
            counts = round(part * 20 * self.users), 20 * self.users
            curve.append(CurvePoint(published, withheld, *counts, part, max(0.0, part - 0.3), min(1.0, part + 0.25)))
        curve += self.beyond()
        sentence = (
            f"With {self.published} pictures published and {self.withheld} private, a model trained on the copies was "
            f"found out for {found} of {self.users} artists; a model that never saw them was accused in 0 of "
            f"{self.users} cases."
        )
        return RehearsalResult(
            settings={"device": "CPU, 2 threads"}, psnr=22.4, ssim=0.81, models=tuple(models), sentence=sentence,
            own=self.own, curve=tuple(curve), curve_note="", caveat="A rehearsal shows how one small model behaves.",
        )  # fmt: skip


def measure() -> int:
    """Answer the question for the speed: two steps a millisecond, as FAKE_SPEED says."""
    request = from_values(RehearsalSettings, json.loads(sys.stdin.readline()))
    if "private-noise" in request.countermeasures:
        return fail("Private training needs opacus: install it with “pip install 'mtgui[dp]'”, then rehearse again.")
    print(json.dumps(to_values(Speed(float(setting("SPEED", "0.0015")), 0.0001, 2000))))
    return 0


def tune(arguments: list[str]) -> int:
    """Rehearse LoRAs: p falls with the exposures of the artists that are found."""
    if "--measure" in arguments:
        from_values(TuningSettings, json.loads(sys.stdin.readline()))
        print(json.dumps(to_values(Speed(float(setting("SPEED", "0.0015")), 0.0001, 0))))
        return 0
    if setting("END", "ok") == "extra":
        return fail("Rehearsals of LoRAs need diffusers: pip install “mtgui[diffusion]”", 2)
    asked, steering = asked_for(TuningSettings, arguments), Steering()
    found, chance = int(setting("FOUND", str(asked.users))), random.Random(asked.seed)
    own = bool(asked.pictures or asked.record)
    say(Started("rehearsing LoRAs", 1000))
    say(StepsDone("base", asked.base_steps, asked.base_steps, 0.05, 900.0))
    say(Progress(300, 1000, 1.0, 2.0))
    artists = []
    for artist in range(asked.users):
        steering.obey(artist + 1)
        if steering.is_cancelled:
            return stopped()
        say(StepsDone(f"artist {artist + 1}", asked.exposures[-1], asked.exposures[-1], 0.04, 900.0))
        strength = 1.0 if artist < found else 0.2
        p_values = tuple(
            max(1e-4, 10 ** (-4.2 * strength * math.log10(number) / 2.3 * chance.uniform(0.6, 1)))
            for number in asked.exposures
        )
        innocent = tuple(chance.uniform(0.05, 1) for _ in asked.exposures)
        for number, p, other in zip(asked.exposures, p_values, innocent, strict=True):
            say(ArtistAudited(artist, number, p, other, is_own=own and artist == 0))
        artists.append(ArtistResult(artist, p_values, innocent, 1e-4, own and artist == 0))
        say(Progress(300 + 700 * (artist + 1) // asked.users, 1000, 2.0, 1.0))
    result = tuned(asked, artists).values() if setting("END", "ok") != "empty" else {}
    out = asked.out or Path()
    (out / "artist-1").mkdir(exist_ok=True)
    (out / "artist-1" / "200-exposures.safetensors").write_bytes(b"0" * 100)
    (out / "results.json").write_text(json.dumps(result))
    say(Finished(result))
    return 0


def tuned(asked: TuningSettings, artists: list[ArtistResult]) -> TuningResult:
    points = []
    for place, number in enumerate(asked.exposures):
        count = sum(one.p_values[place] <= ALPHA for one in artists)
        points.append(ExposurePoint(number, count, len(artists), count / len(artists), 0.0, 1.0, 0))
    return TuningResult(
        settings={"device": "CPU, 2 threads"},
        exposures=asked.exposures,
        artists=tuple(artists),
        points=tuple(points),
        sentence=tuning_sentence(asked.fine_tune, points, artists, ALPHA),
        own=0 if artists[0].is_own else None,
    )


def rehearse(arguments: list[str]) -> int:
    if arguments[:2] == ["--model", "diffusion"]:
        return tune(arguments[2:])
    end = setting("END", "ok")
    if "--measure" in arguments:
        return measure()
    if end == "refuse":
        return fail("Class “castle” has 3 pictures, too few to keep some aside for testing.", 2)
    if end == "extra":
        return fail("Private training needs opacus: install it with “pip install 'mtgui[dp]'”, then rehearse again.")
    if end == "silent":
        return 3
    asked = asked_for(RehearsalSettings, arguments)
    rehearsal = Rehearsal(asked)
    for path in asked.pictures:
        for file in sorted(path.glob("broken*")):
            say(ItemFailed(file, "this is not a picture of a kind that mtgui reads."))
    out = asked.out or Path()
    models = []
    for name in ("marked", "absent"):
        if not rehearsal.train(name):
            return stopped()
        (out / f"{name}.checkpoint.safetensors").write_bytes(b"0" * 100)
        (out / f"{name}.safetensors").write_bytes(b"0" * 100)
        models.append(rehearsal.audit(name))
    result = rehearsal.result(models).values() if end != "empty" else {}
    (out / "results.json").write_text(json.dumps(result))
    say(Finished(result))
    return 0


if __name__ == "__main__":
    sys.exit(rehearse(sys.argv[2:]))
