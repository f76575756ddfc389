"""The request for a rehearsal of LoRAs: everything that is fixed before the first step, and its identity."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtgui.auditing.thread_choice import check_threads
from mtgui.common.errors import UsageError
from mtgui.common.hashing import sha256_bytes
from mtgui.rehearsal.fine_tuning.tuning_settings import NOTHING_PRIVATE, TuningSettings
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.pictures.users import User, UserPlan, draw_users


@dataclass(frozen=True)
class TuningRequest:
    """A rehearsal with a small diffusion model.

    settings: as they were asked for. data: all pictures. plan: of the artists. own: pictures of the first artist; None
    if all artists get pictures of the data.
    """

    settings: TuningSettings
    data: TrainingData
    plan: UserPlan
    own: OwnPictures | None = None

    def __post_init__(self) -> None:
        """Raise UsageError if the number of threads is impossible."""
        check_threads(self.settings.threads or None)

    @property
    def out(self) -> Path | None:
        """The folder in which everything is kept; None keeps nothing."""
        return self.settings.out

    def artists(self) -> tuple[User, ...]:
        """Return the artists. Raises UsageError if there are too few pictures, or none of an artist stays private."""
        artists = draw_users(self.data, self.plan, self.settings.seed, self.own)
        if any(not withheld for _, withheld in (user.counts for user in artists)):
            raise UsageError(NOTHING_PRIVATE)
        return artists


def settings_values(request: TuningRequest) -> dict[str, Any]:
    """Return everything on which the results depend, except pictures and device, ready for JSON."""
    settings, plan = request.settings, request.plan
    return {
        "pictures": len(request.data),
        "classes": list(request.data.class_names),
        "side": int(request.data.pixels.shape[2]),
        "users": {
            "users": plan.users,
            "published": plan.published,
            "withheld": plan.withheld,
            "classes": plan.classes,
        },
        "mark": plan.settings.values(),
        "fine_tune": settings.fine_tune,
        "exposures": list(settings.exposures),
        "rank": settings.rank if settings.fine_tune == "lora" else None,
        "width": settings.width,
        "base_steps": settings.base_steps,
        "seed": settings.seed,
        "alpha": str(settings.alpha),
    }


def tuning_identity(request: TuningRequest) -> dict[str, Any]:
    """Return everything on which the results depend, except the device, as values read from JSON."""
    own, pattern = request.own, request.plan.pattern_picture
    values = {
        "kind": "fine-tunes",
        "settings": settings_values(request),
        "pictures": sha256_bytes(request.data.pixels.tobytes()),
        "own": None if own is None else [sha256_bytes(own.pixels.tobytes()), own.folders, own.wanted],
        "pattern": None if pattern is None else sha256_bytes(pattern.pixels),
    }
    return dict(json.loads(json.dumps(values)))
