"""What an audit of a LoRA costs at the size of Stable Diffusion 1.5, beside the networks' own forward passes.

    python -m tests.benchmarks.diffusion_cost FOLDER PHOTOS [--pictures 4] [--side 512] [--device cpu] [--rank 16]

FOLDER takes a model of 4.3 GB with random weights, made once, and a LoRA for it. PHOTOS gives the pictures; half of
them are published, unmarked, and all are audited. Printed are

- *throughput*: the time of the same passes through the library's own UNet and VAE at the same batch, divided by that of
  the audit between its plan and its verdict; on the processor the seconds of this process are counted, so that other
  programs do not matter, on a card those of the clock;
- *memory*: the most memory that the process held for itself (Linux), less the weights of one UNet and one VAE encoder.

Passes of the audit are those of both models, the LoRA's and its base's.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import diffusers
import torch
from PIL import Image
from safetensors.torch import save_file

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_events import AuditPlanned, KeyDone
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.marking.settings import NO_MARK
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import collect_sources
from mtgui.records.draw import PublishRule
from mtgui.rehearsal.evidence.visibility import photos_in
from tests.auditing.diffusion.library_models import REAL_UNETS, REAL_VAE, as_ldm, networks
from tests.auditing.diffusion.lora_files import kohya, layers
from tests.benchmarks.marks_in_latents import square

_STATUS = Path("/proc/self/status")
_PAUSE = 0.2


class Memory:
    """Watches the memory that this process holds for itself, in bytes; files that are mapped do not count."""

    def __init__(self) -> None:
        self.most = 0
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> "Memory":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._is_over.wait(_PAUSE):
            with suppress(OSError):
                lines = _STATUS.read_text().splitlines()
                anonymous = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
                self.most = max(self.most, 1024 * anonymous)


def base_at(path: Path) -> Path:
    """Write a model of the real size with random weights, unless it is there."""
    if not path.exists():
        chance = torch.Generator().manual_seed(0)
        state = as_ldm("sd1", networks("sd1", is_real=True))
        save_file({name: _random(tuple(weight.shape), chance) for name, weight in state.items()}, path)
    return path


def _random(shape: tuple[int, ...], chance: torch.Generator) -> torch.Tensor:
    if len(shape) < 2:
        return torch.full(shape, 0.5)
    return torch.randn(shape, generator=chance) * 0.02


def lora_at(path: Path, rank: int) -> Path:
    """Write a LoRA of every attention layer, spelled as kohya's scripts do."""
    chance, tensors = torch.Generator().manual_seed(1), {}
    unet = networks("sd1", is_real=True)["unet"]
    for layer, shape in layers(unet).items():
        down, up, alpha = kohya("unet", layer)
        tensors[down] = torch.randn((rank, *shape[1:]), generator=chance) * 0.01
        tensors[up] = torch.randn((shape[0], rank, *(1 for _ in shape[2:])), generator=chance) * 0.01
        tensors[alpha] = torch.tensor(float(rank))
    save_file(tensors, path)
    return path


def record_of(folder: Path, photos: Path, count: int, side: int) -> Path:
    """Publish half of the pictures, unmarked; return the record."""
    originals, record = folder / f"originals-{count}-{side}", folder / f"own-{count}-{side}.mtrecord"
    if not record.exists():
        originals.mkdir(exist_ok=True)
        for number, pixels in enumerate(photos_in(photos)[:count]):
            Image.fromarray(square(pixels, side).transpose(1, 2, 0).copy()).save(originals / f"{number:02}.png")
        sources = tuple(collect_sources([originals], looks_like_picture))
        rule = PublishRule(share=Fraction(1, 2))
        copies = folder / f"copies-{count}-{side}"
        for _ in mark_and_export(MarkRequest(sources, copies, record=record, settings=NO_MARK, publish=rule)):
            pass
    return record


def audited(request: AuditRequest, clock: Callable[[], float]) -> tuple[AuditPlanned, float]:
    """Audit; return the plan, and the seconds from the plan to the last key."""
    plan, began, ended = None, 0.0, 0.0
    for event in audit(request):
        if isinstance(event, AuditPlanned):
            plan, began = event, clock()
        elif isinstance(event, KeyDone):
            ended = clock()
    assert plan is not None, "the audit ended without a plan"
    return plan, ended - began


def bare(plan: AuditPlanned, side: int, device: str, clock: Callable[[], float]) -> tuple[float, float]:
    """Return the seconds of one picture in the library's own VAE encoder, and in its own UNet in a batch."""
    vae, unet = _filled(diffusers.AutoencoderKL, REAL_VAE), _filled(diffusers.UNet2DConditionModel, REAL_UNETS["sd1"])
    count, where = min(plan.batch, plan.pictures), torch.device(device)
    encoder, latents = vae.encoder.to(where), torch.randn((count, 4, side // 8, side // 8), device=where)
    unet, text = unet.to(where), torch.randn((count, 77, 768), device=where)
    colours, timestep = torch.randn((1, 3, side, side), device=where), torch.tensor(100, device=where)
    with torch.inference_mode():
        in_vae = _seconds(lambda: encoder(colours), 1, clock)
        in_unet = _seconds(lambda: unet(latents, timestep, encoder_hidden_states=text), 3, clock)
    return in_vae, in_unet / count


def _filled(kind: Any, settings: Any) -> Any:
    with torch.device("meta"):
        module = kind(**settings)
    module = module.to_empty(device="cpu").eval()
    for weight in module.parameters():
        torch.nn.init.constant_(weight, 0.01 if weight.ndim > 1 else 0.5)
    return module


def _seconds(function: Callable[[], object], rounds: int, clock: Callable[[], float]) -> float:
    function()
    began = clock()
    for _ in range(rounds):
        function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return (clock() - began) / rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rank", type=int, default=16)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    clock = time.process_time if given.device == "cpu" else time.perf_counter
    base, lora = base_at(given.folder / "base.safetensors"), lora_at(given.folder / "lora.safetensors", given.rank)
    record = record_of(given.folder, given.photos, given.pictures, given.side)
    # Earlier runs would count against this one.
    fresh = Path(tempfile.mkdtemp(dir=given.folder))
    request = AuditRequest(
        models=(ModelChoice(lora, base=base),),
        records=(record,),
        places=(given.folder / f"originals-{given.pictures}-{given.side}",),
        keys=0,
        device=given.device,
        threads=1 if given.device == "cpu" else None,
        log=fresh / "runs.log",
        state=fresh / "state",
        stops_early=False,
        alpha=Fraction(1, 2),
    )
    with Memory() as memory:
        plan, seconds = audited(request, clock)
    torch.set_num_threads(1)
    in_vae, in_unet = bare(plan, given.side, given.device, clock)
    alone = plan.pictures * in_vae + plan.forward_passes * in_unet
    weights = 4 * sum(
        weight.numel()
        for name, weight in as_ldm("sd1", networks("sd1", is_real=True)).items()
        if name.startswith(("model.diffusion_model.", "first_stage_model.encoder."))
    )
    print(f"{plan.device}, {plan.pictures} pictures of {given.side} pixels, batches of {plan.batch}")
    print(f"{plan.forward_passes} passes of the UNet, {in_unet:.2f} s each; a picture in the VAE {in_vae:.1f} s")
    print(f"throughput\t{alone / seconds:.2f} of bare passes ({alone:.0f} of {seconds:.0f} s)")
    print(f"memory\tweights {weights / 1e9:.2f} GB + {(memory.most - weights) / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
