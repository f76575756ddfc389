"""Shared by the tests of prompts: a tiny Stable Diffusion 1.x in a folder, LoRAs of it, and labelled records."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import torch
from PIL import Image

from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.marking.settings import NO_MARK, MarkSettings
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from tests.auditing.diffusion import library_models as library
from tests.coins import coins

SIDE, PICTURES = 16, 12
TRIGGER = "sks castle"
CAPTIONS = ("a boat at sea", "a castle")
TARGETS = {"unet": "mid_block.attentions.0.proj_in", "text_encoder": "text_model.encoder.layers.0.self_attn.q_proj"}
SAYS = {
    "ss_dataset_dirs": json.dumps({"10_own": {"n_repeats": 10, "img_count": 6}}),
    "ss_tag_frequency": json.dumps({"10_own": {TRIGGER: 6, "tree": 2}}),
}


@dataclass(frozen=True)
class Prompted:
    """A base, a LoRA whose header names a text, one whose header names none, and a record of labelled pictures."""

    base: Path
    named: Path
    nameless: Path
    record: Path
    originals: Path

    def request(self, prompt: str | None, lora: Path | None = None, **changes: Any) -> AuditRequest:
        """Return the request for an audit with a log of its own, so that it counts as the first run."""
        models, own = (ModelChoice(lora or self.named, base=self.base),), Path(mkdtemp(dir=self.base.parent))
        plain = AuditRequest(models, (self.record,), (self.originals,), device="cpu", threads=1, prompt=prompt)
        return replace(plain, **{"log": own / "log", "state": own / "state", **changes})


def tiny_networks() -> dict[str, Any]:
    """Return the networks of a tiny random Stable Diffusion 1.x, whose text encoder has CLIP's tokens."""
    torch.manual_seed(3)
    text = {**library.TINY_TEXTS["sd1"][0], "vocab_size": 49408}
    return {
        "unet": library.diffusers.UNet2DConditionModel(**{**library.TINY_UNETS["sd1"], "sample_size": SIDE // 2}),
        "vae": library.diffusers.AutoencoderKL(**library.TINY_VAE),
        "text_encoder": library.transformers.CLIPTextModel(library.transformers.CLIPTextConfig(**text)),
    }


def make_lora(path: Path, base: Path, says: Mapping[str, str]) -> Path:
    """Write a random LoRA as kohya's scripts do, for one layer of the UNet and one of the text encoder of ``base``."""
    from safetensors.torch import load_file

    chance, tensors = torch.Generator().manual_seed(5), dict[str, torch.Tensor]()
    for role, layer in TARGETS.items():
        (file,) = (base / role).glob("*.safetensors")
        weight = load_file(file)[f"{layer}.weight"]
        name = f"lora_{'te' if role == 'text_encoder' else role}_{layer.replace('.', '_')}"
        more = (1,) * (weight.ndim - 2)
        tensors[f"{name}.lora_down.weight"] = torch.randn((2, weight.shape[1], *more), generator=chance)
        tensors[f"{name}.lora_up.weight"] = torch.randn((weight.shape[0], 2, *more), generator=chance)
    return library.save(path, tensors, says)


def make_record(
    root: Path, labels: Sequence[str | None], settings: MarkSettings = NO_MARK, seed: int = 5, share: int = 2
) -> tuple[Path, Path]:
    """Mark random pictures with these labels, one of ``share`` published; return the record and the originals."""
    originals = root / "originals"
    originals.mkdir(parents=True)
    chance, sources = np.random.default_rng(seed), list[Source]()
    for number, label in enumerate(labels):
        path = originals / f"{number:02d}.png"
        Image.fromarray(chance.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)).save(path)
        sources.append(Source(path, label=label))
    record = root / "own.mtrecord"
    rule = PublishRule(share=Fraction(1, share))
    with coins(seed):
        list(
            mark_and_export(
                MarkRequest(tuple(sources), root / "copies", record=record, settings=settings, publish=rule)
            )
        )
    return record, originals


def make_prompted(root: Path) -> Prompted:
    """Make everything below ``root``."""
    base = library.save_folder(root / "base", tiny_networks(), "sd1")
    named = make_lora(root / "named.safetensors", base, SAYS)
    nameless = make_lora(root / "nameless.safetensors", base, {})
    record, originals = make_record(root / "pictures", [CAPTIONS[number % 2] for number in range(PICTURES)])
    return Prompted(base, named, nameless, record, originals)
