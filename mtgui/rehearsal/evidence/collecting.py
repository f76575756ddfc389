"""From the folders of finished trainings to the table of evidence."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from mtgui.common.files import replace
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.settings import PRESETS, MarkSettings
from mtgui.records.evidence_table import COINS, Coins, Comparison, Countered, Detection, FoundAt, Rate, TrainedModels
from mtgui.rehearsal.countermeasure_table import values_of
from mtgui.rehearsal.evidence.artist_audits import LEVELS, Answer, answers_of, artists_of
from mtgui.rehearsal.evidence.rates import difference_of, likeness, rate_of
from mtgui.rehearsal.evidence.trainings import SLOTS, Group, finished, slots_of
from mtgui.rehearsal.evidence.visibility import digest_of
from mtgui.rehearsal.findings.kept_files import RESULTS_NAME

_ANSWERS_VERSION = 1
"""Another number where `answers_of` answers otherwise, so that answers that were kept are made again."""
_COMPARED = ("clear", "paper")
_EVIDENCE = LEVELS.index(LEVELS[1])


@dataclass(frozen=True)
class Finished:
    """One finished training: its seed, the result of its rehearsal, and the answers of its artists."""

    seed: int
    result: Mapping[str, Any]
    answers: tuple[Answer, ...]

    @property
    def model(self) -> Mapping[str, Any]:
        """What the result says about the model."""
        found: Mapping[str, Any] = self.result["models"][0]
        return found


def finished_trainings(group: Group, work: Path) -> list[Finished]:
    """Return the finished trainings of ``group`` in the folder ``work``, by seed; others lying there are left out.

    The answers of each are kept beside its result. Raises OSError, ValueError.
    """
    found = []
    for folder in finished(work / group.folder):
        result = json.loads((folder / RESULTS_NAME).read_bytes())
        seed = int(result["settings"]["seed"])
        if _is_of(group, result["settings"], seed):
            found.append(Finished(seed, result, _answers(folder, seed)))
    return sorted(found, key=lambda one: one.seed)


def _is_of(group: Group, settings: Mapping[str, Any], seed: int) -> bool:
    """True for a training by the plan, the countermeasures and the marks of ``group``; precision has no say."""
    first, *more = (mark.values() for mark in slots_of(seed))
    training = {**settings["training"], "seed": 0, "precision": ""}
    wanted = json.loads(json.dumps({**values_of(group.training), "seed": 0, "precision": ""}))
    measures = json.loads(json.dumps(values_of(group.measures)))
    return bool(
        training == wanted
        and settings["countermeasures"] == measures
        and (settings["mark"], settings["more_marks"]) == (first, more)
        and settings["users"]["users"] == group.recipe.users
    )


def _answers(folder: Path, seed: int) -> tuple[Answer, ...]:
    marks = sha256_bytes("".join(digest_of(preset.mark) for preset in PRESETS).encode())[:8]
    path = folder / f"answers-{_ANSWERS_VERSION}-{marks}.json"
    if not path.exists():
        rows = [{**vars(answer), "mark": answer.mark.values()} for answer in answers_of(artists_of(folder), seed)]
        replace(path, json.dumps(rows).encode())
    rows = json.loads(path.read_bytes())
    return tuple(Answer(**{**row, "mark": MarkSettings(**row["mark"]), "shares": tuple(row["shares"])}) for row in rows)


def trained_models(group: Group, trainings: Sequence[Finished]) -> TrainedModels:
    """Return the line of the table on the models themselves."""
    models = [one.model for one in trainings]
    return TrainedModels(
        data=group.recipe.name,
        regime=group.regime,
        side=group.recipe.side,
        network=group.recipe.network,
        pictures=models[0]["pictures"],
        epochs=group.training.epochs,
        seeds=tuple(one.seed for one in trainings),
        train_accuracy=round(min(model["train_accuracy"] for model in models), 4),
        test_accuracy=round(fmean(model["test_accuracy"] for model in models), 4),
        machines=tuple(dict.fromkeys(_machine(one) for one in trainings)),
    )


def _machine(one: Finished) -> str:
    return f"{one.model['device']}, {one.result['settings']['training']['precision']}"


def detections(group: Group, trainings: Sequence[Finished]) -> Iterator[Detection]:
    """Yield how often artists were found, for every preset, coin and number of pictures."""
    alike = _likeness(trainings)
    for name in dict.fromkeys(SLOTS):
        mark = _preset(name)
        for coins in COINS:
            sizes = sorted({_size(a) for one in trainings for a in one.answers if a.mark == mark and a.coins == coins})
            for size in sizes:
                yield _detection(group, name, coins, size, trainings, alike)


def _detection(
    group: Group, name: str, coins: Coins, size: tuple[int, int], trainings: Sequence[Finished], alike: float
) -> Detection:
    models = [_chosen(one, _preset(name), coins, size) for one in trainings]
    models = [answers for answers in models if answers]
    z = [answer.z for answers in models for answer in answers if answer.z is not None]
    return Detection(
        data=group.recipe.name,
        regime=group.regime,
        mark=name,
        coins=coins,
        published=size[0],
        withheld=size[1],
        models=len(models),
        artists=sum(map(len, models)),
        found=tuple(FoundAt(alpha, _rate(models, place, alike)) for place, alpha in enumerate(LEVELS)),
        z=round(fmean(z), 2) if z else None,
    )


def comparisons(group: Group, trainings: Sequence[Finished]) -> Iterator[Comparison]:
    """Yield the preset *Clear* beside *Paper*, found by the key alone."""
    first, second = _COMPARED
    size = (group.recipe.published, 0)
    for place, alpha in enumerate(LEVELS):
        both = [
            [_shares(_chosen(one, _preset(name), "keys only", size), place) for one in trainings] for name in _COMPARED
        ]
        if not all(shares for models in both for shares in models):
            continue
        difference, low, high = difference_of(*both)
        yield Comparison(
            data=group.recipe.name,
            regime=group.regime,
            coins="keys only",
            alpha=alpha,
            first=first,
            second=second,
            first_share=round(fmean(share for model in both[0] for share in model), 3),
            second_share=round(fmean(share for model in both[1] for share in model), 3),
            models=len(trainings),
            difference=difference,
            low=low,
            high=high,
        )


def countered(group: Group, trainings: Sequence[Finished]) -> Iterator[Countered]:
    """Yield what is still found after the countermeasure of ``group``, for every preset."""
    alike = _likeness(trainings)
    published, withheld = group.recipe.published, group.recipe.withheld
    for name in dict.fromkeys(SLOTS):
        mark = _preset(name)
        strongest: Coins = "both" if mark.has_key_coin else "withheld only"
        models = [_chosen(one, mark, strongest, (published, withheld)) for one in trainings]
        by_key = [_chosen(one, mark, "keys only", (published, 0)) for one in trainings]
        rate = _rate(models, _EVIDENCE, alike)
        if rate is None:
            continue
        yield Countered(
            countermeasure=group.countermeasure,
            data=group.recipe.name,
            regime=group.regime,
            mark=name,
            published=published,
            withheld=withheld,
            models=len(trainings),
            artists=sum(map(len, models)),
            rate=rate,
            by_key=_rate(by_key, _EVIDENCE, alike) if mark.has_key_coin else None,
            test_accuracy=round(fmean(one.model["test_accuracy"] for one in trainings), 4),
        )


def _rate(models: Sequence[Sequence[Answer]], place: int, alike: float) -> Rate | None:
    known = [_shares(answers, place) for answers in models if answers]
    return rate_of(known, alike) if known and all(known) else None


def _shares(answers: Sequence[Answer], place: int) -> list[float]:
    """Return the shares at one of `LEVELS`, without those that could not be measured."""
    return [share for answer in answers if (share := answer.shares[place]) is not None]


def _likeness(trainings: Sequence[Finished]) -> float:
    """Return how much artists of one model are alike, over all marks, coins and numbers of pictures."""
    cases = dict.fromkeys((a.mark, a.coins, _size(a)) for one in trainings for a in one.answers)
    tables = []
    for mark, coins, size in cases:
        chosen = [_chosen(one, mark, coins, size) for one in trainings]
        known = [_shares(answers, _EVIDENCE) for answers in chosen if answers]
        if all(known):
            tables.append(known)
    return likeness(tables)


def _chosen(one: Finished, mark: MarkSettings, coins: Coins, size: tuple[int, int]) -> list[Answer]:
    return [a for a in one.answers if (a.mark, a.coins, _size(a)) == (mark, coins, size)]


def _size(answer: Answer) -> tuple[int, int]:
    return answer.published, answer.withheld


def _preset(name: str) -> MarkSettings:
    return next(preset.mark for preset in PRESETS if preset.name == name)
