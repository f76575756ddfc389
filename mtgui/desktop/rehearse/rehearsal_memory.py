"""What the Rehearse page remembers between runs of the program."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from mtgui.common.errors import MtguiError
from mtgui.desktop.rehearse.rehearsal_choices import (
    EFFORTS,
    MODELS,
    MOST_EPOCHS,
    MOST_PICTURES,
    MOST_SEED,
    MOST_USERS,
    SOURCES,
    RehearsalChoices,
)
from mtgui.desktop.settings import REHEARSAL, device_name, folders_with_originals
from mtgui.marking.settings import MARK_KINDS, NOISE_KINDS, MarkSettings
from mtgui.rehearsal.countermeasure_table import switch_named
from mtgui.rehearsal.fine_tuning.tuning_settings import FINE_TUNES
from mtgui.rehearsal.network_table import NETWORK_NAMES


class RehearseMemory:
    """Reads and writes the choices as one stored value; parts that are not valid are ignored."""

    def __init__(self, settings: QSettings) -> None:
        """Remember in ``settings``."""
        self._settings = settings

    def choices(self, mark: MarkSettings) -> RehearsalChoices:
        """Return the stored choices; ``mark`` is used if no mark is stored."""
        usual = RehearsalChoices(mark=replace(mark, pattern_kind="stripes"))
        text = REHEARSAL.of(self._settings)
        try:
            values = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            values = {}
        return choices_from_values(values, usual) if isinstance(values, dict) else usual

    def keep_choices(self, choices: RehearsalChoices) -> None:
        """Store ``choices``."""
        REHEARSAL.keep(self._settings, json.dumps(choices_to_values(choices)))

    def folders(self) -> list[Path]:
        """Return folders that may hold originals."""
        return folders_with_originals(self._settings)


def choices_to_values(choices: RehearsalChoices) -> dict[str, Any]:
    """Return ``choices`` as values for JSON."""
    mark = choices.mark
    return {
        "source": choices.source,
        "pictures": [str(path) for path in choices.pictures],
        "record": str(choices.record or ""),
        "others": str(choices.others or ""),
        "published": choices.published,
        "withheld": choices.withheld,
        "kind": mark.kind,
        "tint_strength": mark.tint_strength,
        "tint_is_coloured": mark.tint_is_coloured,
        "blend_ratio": mark.blend_ratio,
        "noise_budget": mark.noise_budget,
        "noise_kind": mark.noise_kind,
        "measures": dict(choices.measures),
        "effort": choices.effort,
        "network": choices.network or "",
        "epochs": choices.epochs or 0,
        "users": choices.users or 0,
        "device": choices.device,
        "seed": choices.seed,
        "model": choices.model,
        "fine_tune": choices.fine_tune,
    }


def choices_from_values(values: Mapping[str, object], usual: RehearsalChoices) -> RehearsalChoices:
    """Return the choices that `choices_to_values` wrote; what is not valid is taken from ``usual``."""
    network = _one_of(values.get("network"), NETWORK_NAMES)
    return RehearsalChoices(
        source=next((known for known in SOURCES if known == values.get("source")), usual.source),
        pictures=_paths(values.get("pictures")),
        record=next(iter(_paths([values.get("record")])), None),
        others=next(iter(_paths([values.get("others")])), None),
        published=_whole(values.get("published"), 1, MOST_PICTURES, usual.published),
        withheld=_whole(values.get("withheld"), 0, MOST_PICTURES, usual.withheld),
        mark=_mark(values, usual.mark),
        measures=_measures(values.get("measures")),
        effort=next((known for known in EFFORTS if known == values.get("effort")), usual.effort),
        network=network or None,
        epochs=_whole(values.get("epochs"), 0, MOST_EPOCHS, 0) or None,
        users=_whole(values.get("users"), 0, MOST_USERS, 0) or None,
        device=device_name(values.get("device")) or usual.device,
        seed=_whole(values.get("seed"), 0, MOST_SEED, usual.seed),
        model=next((known for known in MODELS if known == values.get("model")), usual.model),
        fine_tune=next((known for known in FINE_TUNES if known == values.get("fine_tune")), usual.fine_tune),
    )


def _mark(values: Mapping[str, object], usual: MarkSettings) -> MarkSettings:
    blend, noise_kind = values.get("blend_ratio"), _one_of(values.get("noise_kind"), NOISE_KINDS)
    # Earlier versions knew the paper's mark only, and stored no kind.
    kind = _one_of(values.get("kind", "paper" if "blend_ratio" in values else ""), MARK_KINDS)
    strength, colours = values.get("tint_strength"), values.get("tint_is_coloured")
    try:
        return MarkSettings(
            kind=next((known for known in MARK_KINDS if known == kind), usual.kind),
            tint_strength=float(strength) if isinstance(strength, int | float) else usual.tint_strength,
            tint_is_coloured=usual.tint_is_coloured if colours is None else colours is True,
            blend_ratio=float(blend) if isinstance(blend, int | float) else usual.blend_ratio,
            noise_budget=_whole(values.get("noise_budget"), 0, 255, usual.noise_budget),
            noise_kind=next((known for known in NOISE_KINDS if known == noise_kind), usual.noise_kind),
        )
    except MtguiError:
        return usual


def _measures(values: object) -> tuple[tuple[str, float], ...]:
    found = []
    for key, value in values.items() if isinstance(values, dict) else ():
        switch = switch_named(str(key))
        if switch is not None and isinstance(value, int | float) and math.isfinite(value):
            found.append((switch.key, min(max(float(value), switch.least), switch.most)))
    return tuple(found)


def _paths(values: object) -> tuple[Path, ...]:
    texts = [value for value in values if isinstance(value, str) and value] if isinstance(values, list) else []
    return tuple(path for path in map(Path, texts) if path.is_absolute())


def _whole(value: object, least: int, most: int, usual: int) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and isinstance(value, int) and least <= value <= most else usual


def _one_of(value: object, known: tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value in known else ""
