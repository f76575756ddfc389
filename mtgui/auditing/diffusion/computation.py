"""What decides the losses of a diffusion model or a LoRA beside its tensors, so that two audits can be told apart."""

from typing import Any

from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan


def computation_of(plan: DiffusionPlan | LoraPlan) -> dict[str, Any]:
    """Return everything beside tensors that changes what ``plan`` computes, as values of JSON.

    Settings of networks, the schedule of the noise, and the strength of a LoRA stand in files beside the tensors.
    """
    if isinstance(plan, LoraPlan):
        return {"changes": sorted([pair.role, pair.layer, pair.rank, pair.factor] for pair in plan.pairs)}
    schedule = plan.schedule
    return {
        "networks": {role: [network.kind, _plain(network.settings)] for role, network in plan.networks.items()},
        "schedule": [schedule.kind, schedule.first, schedule.last, schedule.steps],
        "latents": [plan.latent_scale, plan.latent_shift],
        "texts": [plan.text_layer, plan.has_final_norm],
    }


def in_words(plan: DiffusionPlan | LoraPlan) -> str:
    """Return a sentence on what files beside the tensors decided, for reports."""
    if isinstance(plan, LoraPlan):
        factors = sorted({pair.factor for pair in plan.pairs if pair.alpha is None})
        strengths = ", ".join(f"{factor:g}" for factor in factors if factor != 1)
        return f"The settings of the LoRA multiply its changes by {strengths}." if strengths else ""
    schedule = plan.schedule
    return (
        f"Noise is mixed in by the schedule “{schedule.kind}”, {schedule.first:g} to {schedule.last:g} in "
        f"{schedule.steps} steps ({schedule.origin})."
    )


def _plain(value: Any) -> Any:
    """Return ``value`` with lists in place of tuples, and texts as names, as JSON has them."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "items"):
        return {str(name): _plain(one) for name, one in value.items()}
    return value
