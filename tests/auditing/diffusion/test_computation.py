"""What computes losses beside the tensors tells two audits apart."""

from dataclasses import replace
from typing import Any

import pytest

from mtgui.auditing.diffusion.computation import computation_of, in_words
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPair, LoraPlan, LoraSays, NetworkPlan, NoiseSchedule
from mtgui.records.audit_log import digest_of

UNET = NetworkPlan("unet", "UNet2DModel", {"block_out_channels": (16, 32), "norm_num_groups": 8}, {})
SCHEDULE = NoiseSchedule("linear", 1e-4, 0.02, 1000, "a test")
MODEL = DiffusionPlan("pixel", "a model", "folder", 32, {"unet": UNET}, SCHEDULE)
PAIR = LoraPair("unet", "conv_in", "down", "up", 4)
LORA = LoraPlan("pixel", "a LoRA", "peft", (PAIR,), LoraSays())


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": replace(SCHEDULE, last=0.01)},
        {"latent_scale": 0.5},
        {"latent_shift": 0.5},
        {"text_layer": 2},
        {"has_final_norm": False},
        {"networks": {"unet": replace(UNET, settings={**UNET.settings, "norm_num_groups": 4})}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_computation_has_another_digest(changes: dict[str, Any]) -> None:
    assert digest_of(computation_of(MODEL)) != digest_of(computation_of(replace(MODEL, **changes)))


def test_names_for_people_change_nothing() -> None:
    assert computation_of(replace(MODEL, title="another", notes=("a note",))) == computation_of(MODEL)


def test_the_strength_of_a_lora_counts_and_is_said() -> None:
    strong = replace(LORA, pairs=(replace(PAIR, factor=8.0),))
    assert digest_of(computation_of(LORA)) != digest_of(computation_of(strong))
    assert in_words(LORA) == ""
    assert "multiply its changes by 8" in in_words(strong)
    assert "0.0001 to 0.02 in 1000 steps (a test)" in in_words(MODEL)
