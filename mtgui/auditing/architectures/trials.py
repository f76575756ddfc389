"""Compares what unmarked originals did in each network that fits a model file, and says which one was taken and why."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mtgui.common.words import counted, nats

_ALIKE = 1e-3
"""Numbers that differ by a smaller part than this are taken for equal."""
_MOST = 3 / 4
"""The best network is clearly so if it is better than the next in at least this share of the parts of the originals."""


@dataclass(frozen=True)
class Trial:
    """What unmarked originals did in one network.

    architecture, title: its name, and its name for people. divergence: how far the values in it differ from the
    statistics that its batch normalisation stored in training, in nats; None if it stored none. loss: the mean over the
    originals in nats; None if the network could not compute them. parts: divergence and loss of each part of them.
    """

    architecture: str
    title: str
    divergence: float | None
    loss: float | None
    parts: tuple[tuple[float | None, float], ...] = ()


def ranking(trials: Sequence[Trial]) -> list[int]:
    """Return the places of the ``trials`` that were computed, the best first; of equal ones, the earlier first.

    The least divergence is the best. If divergences are equal or unknown, the least mean loss is.
    """
    computed = [place for place, trial in enumerate(trials) if trial.loss is not None]
    known = [_divergence(trials[place]) for place in computed]
    least = min(known, default=math.inf)
    if math.isinf(least):
        return sorted(computed, key=lambda place: _loss(trials[place]))
    alike = [place for place in computed if _divergence(trials[place]) <= least * (1 + _ALIKE)]
    others = sorted((place for place in computed if place not in alike), key=lambda place: _divergence(trials[place]))
    return sorted(alike, key=lambda place: _loss(trials[place])) + others


def reason_in_words(trials: Sequence[Trial], pictures: int) -> str:
    """Return sentences on why the best of ``trials`` was taken; ``pictures``: number of originals that were shown."""
    best, *rest = [trials[place] for place in ranking(trials)]
    words = [f"Chosen among {len(trials)} networks that fit, by {counted(pictures, 'unmarked original')}."]
    if not rest:
        words.append("The others cannot compute them.")
    elif _are_alike(best, rest[0]):
        words.append(f"It answers like {rest[0].title}, and is the more usual one.")
    else:
        second = rest[0]
        if best.divergence is not None and second.divergence is not None:
            words.append(
                f"The values in it differ by {nats(best.divergence)} nats from the statistics that its batch "
                f"normalisation stored in training, those in {second.title} by {nats(second.divergence)}."
            )
        words.append(f"Its mean loss is {nats(_loss(best))} nats, that of {second.title} {nats(_loss(second))}.")
    return " ".join(words)


def doubt_in_words(trials: Sequence[Trial], chance: float | None) -> str:
    """Return sentences on why the best of ``trials`` may be the wrong network; empty if nothing speaks for that.

    chance: loss in nats of a network that knows nothing; None if the originals have no labels.
    """
    best, *rest = [trials[place] for place in ranking(trials)]
    words = []
    if rest and not _is_clear(best, rest[0]):
        words.append(f"The model may as well be {rest[0].title}: unmarked originals do not tell them apart clearly.")
    if chance is not None and best.divergence is None and _loss(best) >= chance:
        words.append(
            f"The mean loss of unmarked originals is no better than chance, {nats(chance)} nats: the model may be "
            "another network, or its input may be prepared in another way."
        )
    return " ".join(words)


def _are_alike(best: Trial, second: Trial) -> bool:
    pairs = ((_divergence(best), _divergence(second)), (_loss(best), _loss(second)))
    return all(_is_same(one, other) for one, other in pairs)


def _is_clear(best: Trial, second: Trial) -> bool:
    """False if the number that decided speaks for ``second`` in too many parts of the originals."""
    if _are_alike(best, second):
        return True
    by_loss = best.divergence is None or second.divergence is None or _is_same(best.divergence, second.divergence)
    pairs = [(one[by_loss], other[by_loss]) for one, other in zip(best.parts, second.parts, strict=False)]
    better = sum(one is not None and (other is None or one < other) for one, other in pairs)
    return better >= _MOST * len(pairs)


def _is_same(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= _ALIKE * max(one, other)


def _divergence(trial: Trial) -> float:
    return math.inf if trial.divergence is None else trial.divergence


def _loss(trial: Trial) -> float:
    return math.inf if trial.loss is None else trial.loss
