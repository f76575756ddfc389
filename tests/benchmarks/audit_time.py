"""How well an audit of a diffusion model says before it begins how long it will take: stated time / real time.

    python -m tests.benchmarks.audit_time [--model pixels,tiny,sd1] [--pictures 24] [--side N] [--device auto]
        [--precision float32]

*pixels* works on 32 × 32 pixels, *tiny* is a small Stable Diffusion 1.x for 64 × 64, *sd1* has its real sizes, for 512
× 512 pixels unless --side says otherwise. All weights are random, and the base is another random model. The real time
begins when the time is stated. Run it on an idle machine.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_events import TimeStated
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.words import time_taken
from tests.auditing.diffusion import library_models as library
from tests.auditing.job.prompted import make_record

_PIXELS = {
    "sample_size": 32,
    "block_out_channels": (64, 128, 128),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
}


def pixels(folder: Path) -> Path:
    """Write a model that works on pixels; return its file."""
    library.diffusers.UNet2DModel(**_PIXELS).save_pretrained(folder)
    return folder / "diffusion_pytorch_model.safetensors"


def stable(folder: Path, unet: Mapping[str, Any], vae: Mapping[str, Any], text: Mapping[str, Any], latent: int) -> Path:
    """Write a model of Stable Diffusion 1.x for latents of ``latent`` pixels; return its folder."""
    networks = {
        "unet": library.diffusers.UNet2DConditionModel(**{**unet, "sample_size": latent}),
        "vae": library.diffusers.AutoencoderKL(**vae),
        "text_encoder": library.transformers.CLIPTextModel(
            library.transformers.CLIPTextConfig(**{**text, "vocab_size": 49408})
        ),
    }
    return library.save_folder(folder, networks, "sd1")


def tiny(folder: Path) -> Path:
    """Write a small Stable Diffusion 1.x."""
    return stable(folder, library.TINY_UNETS["sd1"], library.TINY_VAE, library.TINY_TEXTS["sd1"][0], 32)


def sd1(folder: Path) -> Path:
    """Write a Stable Diffusion 1.x of real size."""
    return stable(folder, library.REAL_UNETS["sd1"], library.REAL_VAE, library.REAL_TEXTS["sd1"][0], 64)


MODELS: Mapping[str, Callable[[Path], Path]] = {"pixels": pixels, "tiny": tiny, "sd1": sd1}


def measure(name: str, root: Path, pictures: int, side: int | None, device: str, precision: Any) -> None:
    """Audit a model and print the stated and the real time."""
    torch.manual_seed(0)
    audited, base = (MODELS[name](root / part) for part in ("audited", "base"))
    record, originals = make_record(root / "pictures", [None] * pictures)
    hint = None if side is None else PreprocessingHint("this benchmark", crop=(side, side))
    request = AuditRequest(
        (ModelChoice(audited, base=base, input=hint),),
        (record,),
        (originals,),
        device=device,
        precision=precision,
        stops_early=False,
        log=root / "log",
        state=root / "state",
    )
    stated, start = None, 0.0
    for event in audit(request):
        if isinstance(event, TimeStated):
            stated, start = event, time.perf_counter()
    if stated is None:
        raise RuntimeError("no time was stated")
    real = time.perf_counter() - start
    print(
        f"{name}, {stated.passes} passes on {stated.device}, {precision}: stated {time_taken(stated.seconds)}, "
        f"real {time_taken(real)}, stated / real {stated.seconds / real:.2f}",
        flush=True,
    )


def main() -> None:
    """Measure each model that was named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="pixels,tiny")
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--side", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="float32")
    options = parser.parse_args()
    for name in options.model.split(","):
        with tempfile.TemporaryDirectory() as folder:
            measure(name, Path(folder), options.pictures, options.side, options.device, options.precision)


if __name__ == "__main__":
    main()
