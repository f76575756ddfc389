"""How much work a rehearsal of LoRAs is; it does not import torch."""

from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.rehearsal_settings import PUBLISHED, WITHHELD
from mtgui.rehearsal.work import Work

BATCH = 32
"""Pictures of a step of the base; steps of a fine-tune have at most as many."""
PASSES = 24
"""Forward passes of an audit for each picture: twelve steps, each with the model and with its base."""
AUDITS = 2
"""Audits of each model: of its artist, and of the next one, whose pictures it never saw."""


def work_of_tuning(settings: TuningSettings) -> Work:
    """Return the work of the rehearsal that ``settings`` describe, as if nothing of it were done yet."""
    published = PUBLISHED if settings.published is None else settings.published
    withheld = WITHHELD if settings.withheld is None else settings.withheld
    return work_of_parts(settings, published, published + withheld)


def work_of_parts(settings: TuningSettings, published: int, pool: int) -> Work:
    """Return the work for artists with ``published`` of ``pool`` pictures."""
    learned = settings.users * settings.exposures[-1] * published
    shown = settings.users * len(settings.exposures) * AUDITS * pool * PASSES
    return Work(settings.base_steps * BATCH + learned, shown)
