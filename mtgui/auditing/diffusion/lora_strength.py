"""How strongly the changes of a LoRA of peft count, which no tensor says: from its header or the settings beside."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtgui.auditing.diffusion.plans import Role
from mtgui.reading.errors import RefusalError
from mtgui.reading.hints import Settings
from mtgui.reading.strict_json import parse_object

HEADER = "lora_adapter_metadata"
_LARGEST = 1e6


@dataclass(frozen=True)
class Strength:
    """alpha: by which changes are multiplied before they are divided by the rank, or by its root (has_root)."""

    alpha: float
    has_root: bool = False

    def factor(self, rank: int) -> float:
        """Return by what a change of ``rank`` is multiplied."""
        return self.alpha / (math.sqrt(rank) if self.has_root else rank)


def strengths(metadata: Mapping[str, str], beside: Settings) -> tuple[dict[Role, Strength], tuple[str, ...]]:
    """Return the strength for each network for which one is said, and sentences about what cannot be followed.

    metadata: of the file's header, as the library writes it. beside: “adapter_config.json”, as peft writes it.
    """
    found: dict[Role, Strength] = {}
    notes: list[str] = []
    roles: tuple[Role, ...] = ("unet", "text_encoder", "text_encoder_2")
    said = _parsed(metadata.get(HEADER))
    for role in roles:
        values = {name.removeprefix(f"{role}."): value for name, value in said.items() if name.startswith(f"{role}.")}
        values = values or dict(beside.values)
        if strength := _strength(values):
            found[role] = strength
            if any(name.startswith("alpha_pattern") and value not in ({}, None) for name, value in values.items()):
                notes.append("It says other strengths for single layers, which mtgui does not follow.")
    return found, tuple(dict.fromkeys(notes))


def _strength(values: Mapping[str, Any]) -> Strength | None:
    alpha = values.get("lora_alpha")
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < abs(alpha) <= _LARGEST:
        return None
    return Strength(float(alpha), values.get("use_rslora") is True)


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        return {} if text is None else parse_object(text.encode(), "it")
    except RefusalError:
        return {}
