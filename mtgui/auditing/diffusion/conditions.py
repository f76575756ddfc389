"""What a denoiser is told about a picture: the states of text encoders for each prompt, and the size of the picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mtgui.auditing.diffusion.clip_tokens import END, START
from mtgui.auditing.diffusion.plans import DiffusionPlan, Role
from mtgui.common.errors import UsageError

TEXT_ROLES: tuple[Role, ...] = ("text_encoder", "text_encoder_2")
_OPEN_PADDING = 0


@dataclass(frozen=True)
class Prompt:
    """A prompt. text: for people. ids: CLIP's token ids of it, without those of start and end."""

    text: str = ""
    ids: tuple[int, ...] = ()


EMPTY_PROMPT = Prompt()


@dataclass(frozen=True, eq=False)
class Conditions:
    """The conditions of a denoiser, one for each prompt; all are float32.

    hidden: (prompts, tokens, width), what the UNet attends to; None if it takes no text. pooled: (prompts, width), and
    sizes: (6,), of the picture before and after cropping, in pixels: what SDXL takes beside; None otherwise.
    """

    count: int
    hidden: Tensor | None = None
    pooled: Tensor | None = None
    sizes: Tensor | None = None

    def to(self, device: torch.device) -> "Conditions":
        """Return the same conditions on ``device``."""
        moved = [None if part is None else part.to(device) for part in (self.hidden, self.pooled, self.sizes)]
        return Conditions(self.count, *moved)

    def arguments(self, labels: Tensor) -> dict[str, Any]:
        """Return the arguments of the UNet for pictures with these prompts: ``labels`` is (B,), int64."""
        if self.hidden is None:
            return {}
        arguments: dict[str, Any] = {"encoder_hidden_states": self.hidden[labels]}
        if self.pooled is not None and self.sizes is not None:
            sizes = self.sizes.expand(len(labels), -1)
            arguments["added_cond_kwargs"] = {"text_embeds": self.pooled[labels], "time_ids": sizes}
        return arguments


def text_conditions(
    plan: DiffusionPlan, encoders: Mapping[Role, nn.Module], prompts: Sequence[Prompt], side: int
) -> Conditions:
    """Return the conditions of a model for ``prompts`` and square pictures of ``side`` pixels, on the CPU.

    encoders: its text encoders, by role; without any, the conditions are empty. Raises UsageError without a prompt, for
    a prompt that the model cannot take, or for token ids that the encoders do not have.
    """
    if not prompts:
        raise UsageError("A diffusion model is shown pictures with one prompt at least; it may be the empty one.")
    present = [role for role in TEXT_ROLES if role in encoders]
    if not present:
        if any(prompt.ids for prompt in prompts):
            raise UsageError("This model takes no text, so it can be shown pictures with the empty prompt only.")
        return Conditions(len(prompts))
    states, pooled = [], None
    for role in present:
        answer = _answer(encoders[role], token_ids(plan, role, encoders[role], prompts))
        states.append(_states(plan, encoders[role], answer))
        pooled = getattr(answer, "text_embeds", pooled)
    takes_sizes = plan.networks["unet"].settings.get("addition_embed_type") == "text_time"
    hidden = torch.cat(states, dim=-1)
    if not takes_sizes:
        return Conditions(len(prompts), hidden)
    sizes = torch.tensor([side, side, 0, 0, side, side], dtype=torch.float32)
    return Conditions(len(prompts), hidden, pooled, sizes)


def token_ids(plan: DiffusionPlan, role: Role, encoder: nn.Module, prompts: Sequence[Prompt]) -> Tensor:
    """Return the ids that ``encoder`` takes, (prompts, tokens) int64: start, prompt, end, and padding.

    CLIP pads with its end, OpenCLIP (in Stable Diffusion 2.x, and the second encoder of XL) with 0. A prompt that is
    too long is cut. Raises UsageError for ids that the encoder does not have.
    """
    config: Any = encoder.config
    length, vocabulary = int(config.max_position_embeddings), int(config.vocab_size)
    is_open = role == "text_encoder_2" or plan.family == "sd2"
    padding = _OPEN_PADDING if is_open else END
    rows = [[START, *prompt.ids[: length - 2], END] for prompt in prompts]
    ids = torch.tensor([row + [padding] * (length - len(row)) for row in rows])
    if int(ids.min()) < 0 or int(ids.max()) >= vocabulary:
        raise UsageError(
            f"The text encoder knows {vocabulary:,} tokens, and a prompt has others, so it is not the encoder that "
            "diffusion models have. Choose another file."
        )
    return ids


@torch.inference_mode()
def _answer(encoder: nn.Module, ids: Tensor) -> Any:
    return encoder(ids, output_hidden_states=True)


@torch.inference_mode()
def _states(plan: DiffusionPlan, encoder: nn.Module, answer: Any) -> Tensor:
    """Return the layer that conditions the UNet: (prompts, tokens, width)."""
    states: Tensor = answer.hidden_states[-plan.text_layer]
    if plan.has_final_norm:
        inner: Any = getattr(encoder, "text_model", encoder)
        states = inner.final_layer_norm(states)
    return states
