"""How often audits find that a LoRA was trained on an artist's pictures: a small pixel model of CIFAR-10 as base.

    python -m tests.benchmarks.lora_power ARCHIVE FOLDER [--artists 8] [--base-steps 4000] [--width 32]
        [--seed 1] [--device cpu]

ARCHIVE is cifar10-train-25k.tar.xz. The base is kept in FOLDER and trained once for its settings. Each artist has 50
pictures of one class that the base never saw; chance publishes 25, unmarked, and one LoRA is trained on them alone. It
is audited after 10, 20, 50, 100, 200 and 400 exposures of each picture, by the errors of the LoRA alone (*raw*) and by
their difference from those of the base. *Innocent* audits look for the pictures of the artist with the next number in
the same LoRA. Printed are the artists found at p ≤ .05, .01 and .001.

Statistics are chosen with other seeds than those that are reported.
"""

import argparse
import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT
from mtgui.auditing.diffusion.denoiser import Denoiser
from mtgui.auditing.diffusion.networks import DiffusionNetworks, LoraFile, ModelFile, load_networks
from mtgui.auditing.diffusion.plans import DiffusionPlan, NetworkPlan, WeightPart
from mtgui.auditing.diffusion.schedule import USUAL
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.sums import SetSums
from mtgui.reading.tensors import open_tensors
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.low_rank import add_changes, learning_weights, read_lora, save_lora
from mtgui.rehearsal.fine_tuning.pixel_network import SCHEDULE
from mtgui.rehearsal.fine_tuning.trainings import rate_share

SIDE, POOL, PUBLISHED, RANK = 32, 50, 25, 4
EXPOSURES = (10, 20, 50, 100, 200, 400)
LEVELS = (0.05, 0.01, 0.001)
_BLOCKS: Mapping[str, Any] = {
    "sample_size": SIDE,
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "attention_head_dim": 16,
}
_BATCH, _RATE, _LORA_RATE = 32, 1.2e-3, 2e-3
_KEPT = 500
"""So many pictures of each class, the last ones, are for artists, whatever the seed."""


@dataclass(frozen=True)
class Artist:
    """An artist. pixels: (50, 3, 32, 32), uint8. published: rows of the true draw, ascending."""

    pixels: Tensor
    published: tuple[int, ...]


def read_pixels(archive: Path) -> dict[str, Tensor]:
    """Return the pictures of each class: (N, 3, 32, 32), uint8."""
    found: dict[str, list[NDArray[np.uint8]]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                pixels = np.asarray(Image.open(io.BytesIO(content.read())).convert("RGB"))
                found.setdefault(member.name.split("/")[-2], []).append(pixels)
    return {name: torch.from_numpy(np.stack(many)).permute(0, 3, 1, 2).clone() for name, many in sorted(found.items())}


def settings_of(width: int) -> dict[str, Any]:
    """Return the settings of a network with ``width`` channels in its first block, a multiple of 16."""
    return {**_BLOCKS, "block_out_channels": (width, 2 * width, 2 * width)}


def base_file(folder: Path, pixels: Tensor, steps: int, width: int) -> ModelFile:
    """Return the base, trained on ``pixels``, mirrored by chance; an earlier one of the same settings is used again."""
    path = folder / f"base-{steps}-{width}.safetensors"
    torch.manual_seed(0)
    settings = settings_of(width)
    network = diffusers.UNet2DModel(**settings)
    if not path.exists():
        network.to(pixels.device)
        chance = torch.Generator().manual_seed(0)
        learner = DenoisingSteps(network, network.parameters(), _RATE, 0)
        for step in range(steps):
            learner.set_rate(_RATE * rate_share(step, steps))
            rows = torch.randint(0, len(pixels), (_BATCH,), generator=chance).to(pixels.device)
            batch = pixels[rows]
            learner.learn(batch.flip(3) if step % 2 else batch)
        save_file({name: weight.cpu().contiguous() for name, weight in network.state_dict().items()}, path)
    weights = {name: WeightPart(name, tuple(weight.shape)) for name, weight in network.state_dict().items()}
    unet = NetworkPlan("unet", "UNet2DModel", settings, weights)
    plan = DiffusionPlan("pixel", "the base", "single file", SIDE, {"unet": unet}, SCHEDULE)
    return ModelFile(plan, open_tensors(path), path)


def train_lora(folder: Path, base: ModelFile, artist: Artist, seed: int, device: str) -> list[LoraFile]:
    """Train a LoRA on the published pictures; return it as it was after each number of `EXPOSURES`."""
    chance = torch.Generator().manual_seed(seed)
    network = diffusers.UNet2DModel(**base.plan.networks["unet"].settings)
    network.load_state_dict(load_file(base.path))
    network.to(device)
    changes = add_changes(network, RANK, chance)
    learner = DenoisingSteps(network, learning_weights(changes), _LORA_RATE, seed)
    pixels = artist.pixels[list(artist.published)].to(device)
    kept = []
    for exposure in range(1, max(EXPOSURES) + 1):
        learner.learn(pixels)
        if exposure in EXPOSURES:
            path = folder / f"lora-{seed}-{exposure}.safetensors"
            save_lora(path, changes, {})
            kept.append(read_lora(path, changes, RANK))
    return kept


def losses(networks: DiffusionNetworks, pixels: Tensor, device: str) -> NDArray[np.float64]:
    """Return the loss of every picture, the mean over the usual steps: (N,)."""
    model = Denoiser(networks, USUAL.steps_of(SCHEDULE), choose_device(device))
    encoded, labels = model.encoded(pixels.to(model.device)), torch.zeros(len(pixels), dtype=torch.int64)
    steps = [model.losses(encoded, labels.to(model.device), step).cpu() for step in range(model.steps)]
    return torch.stack(steps).mean(dim=0).numpy()


def p_value(values: NDArray[np.float64], artist: Artist, seed: int) -> float:
    """Return the share of draws whose set loss is not above that of the true draw."""
    design = AuditDesign(POOL, artist.published, (DrawnStratum(tuple(range(POOL)), PUBLISHED),))
    draws = reference_draws(design, seed.to_bytes(32, "big"))
    sums = SetSums(draws)(np.rint(values * UNITS_PER_LOSS).astype(np.int64))
    return float(np.mean(sums <= sums[0]))


def found(ps: Sequence[float]) -> str:
    return "/".join(str(sum(p <= level for p in ps)) for level in LEVELS)


def artists_of(classes: Sequence[Tensor], count: int, seed: int) -> list[Artist]:
    """Return artists with 50 pictures each, from the last 500 of a class, and their draws."""
    chance = torch.Generator().manual_seed(seed)
    artists = []
    for number in range(count):
        rows = torch.randperm(_KEPT, generator=chance)[:POOL]
        published = sorted(torch.randperm(POOL, generator=chance)[:PUBLISHED].tolist())
        artists.append(Artist(classes[number % len(classes)][-_KEPT:][rows], tuple(published)))
    return artists


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--artists", type=int, default=8)
    parser.add_argument("--base-steps", type=int, default=4000)
    parser.add_argument("--width", type=int, default=32, help="channels of the network's first block")
    parser.add_argument("--seed", type=int, default=1, help="of artists, draws and trainings")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    classes = list(read_pixels(given.archive).values())
    base_pixels = torch.cat([pixels[:-_KEPT] for pixels in classes]).to(given.device)
    base = base_file(given.folder, base_pixels, given.base_steps, given.width)
    artists = artists_of(classes, given.artists, given.seed)
    plain = load_networks(base, None, [EMPTY_PROMPT])
    # The loss of a denoiser with a base is this difference; the errors of the base are needed once alone.
    before = [losses(plain, artist.pixels, given.device) for artist in artists]
    ps: dict[tuple[str, int], list[float]] = {}
    for number, artist in enumerate(artists):
        seed, other = 1000 * given.seed + number, artists[(number + 1) % len(artists)]
        loras = train_lora(given.folder, base, artist, seed, given.device)
        for exposures, lora in zip(EXPOSURES, loras, strict=True):
            networks = load_networks(lora, base, [EMPTY_PROMPT])
            alone = DiffusionNetworks(networks.plan, SIDE, None, networks.audited, None)
            raw, strange = (losses(alone, whose.pixels, given.device) for whose in (artist, other))
            others = strange - before[(number + 1) % len(artists)]
            for title, whose, values in (
                ("raw", artist, raw),
                ("difference", artist, raw - before[number]),
                ("innocent", other, others),
            ):
                ps.setdefault((title, exposures), []).append(p_value(values, whose, seed))
        for title in ("raw", "difference"):
            print(f"artist {number + 1}, {title}:", *(f"{ps[title, e][-1]:.4f}" for e in EXPOSURES), flush=True)
    print(f"\n{len(artists)} artists; p ≤ {' / '.join(map(str, LEVELS))}\nexposures\traw\tdifference\tinnocent")
    for exposures in EXPOSURES:
        print(exposures, *(found(ps[title, exposures]) for title in ("raw", "difference", "innocent")), sep="\t")


if __name__ == "__main__":
    main()
