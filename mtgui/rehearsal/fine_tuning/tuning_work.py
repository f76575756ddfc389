"""How much work a rehearsal of LoRAs is; it does not import torch."""

from collections.abc import Sequence

from mtgui.auditing.diffusion.schedule import USUAL
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.rehearsal_settings import PUBLISHED, WITHHELD, counts_beside
from mtgui.rehearsal.work import Work

BATCH = 32
"""Pictures of a step of the base; steps of a fine-tune have at most as many."""
PASSES = 2 * USUAL.count
"""Forward passes of an audit for each picture: every step is taken with the model and with its base."""
AUDITS = 2
"""Audits of each model: of its artist, and of the next one, whose pictures it never saw."""


def expected_counts(settings: TuningSettings, own: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the numbers of published and withheld pictures of each artist before any picture is read.

    own: those of the first artist.
    """
    published = PUBLISHED if settings.published is None else settings.published
    withheld = WITHHELD if settings.withheld is None else settings.withheld
    return [own, *[counts_beside(own, (published, withheld))] * (settings.users - 1)]


def work_of_tuning(settings: TuningSettings, counts: Sequence[tuple[int, int]]) -> Work:
    """Return the work of the whole rehearsal; ``counts`` of published and withheld pictures, of each artist."""
    learned = settings.exposures[-1] * sum(published for published, _ in counts)
    pools = sum(published + withheld for published, withheld in counts)
    return Work(settings.base_steps * BATCH + learned, len(settings.exposures) * AUDITS * pools * PASSES)
