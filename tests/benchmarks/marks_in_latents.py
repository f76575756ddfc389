"""How much of each preset's mark reaches the latents on which diffusion models work, in a real small encoder.

    python -m tests.benchmarks.marks_in_latents ENCODER PHOTOS [--pictures 40] [--side 512]

ENCODER is the weights of a tiny autoencoder's encoder (taesd, taef1, taef2 …), whose layers are numbered. PHOTOS is a
folder. Each picture is resized to SIDE × SIDE, marked under a key of its own, and encoded before and after. Printed are
means over the pictures:

- *pixels*, *latents*: how far the change lies below the picture's own variation, in decibels, in pixels and in latents;
- *reach*: pixels less latents; 0 dB means that the change is as large, against the picture, as it was in pixels;
- *shared*: the correlation of the latent changes of two pictures under the same key, which is what a model could learn
  of a key, and of *strange* ones: two pictures under two keys.

JPEG compression of the unmarked picture is measured beside, since every picture on the web has gone through it.
"""

import argparse
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from mtgui.marking.settings import PRESETS, MarkSettings
from mtgui.rehearsal.evidence.visibility import marked_under, photos_in

_QUALITIES = (90, 75)
_GROUPS = 4

Pixels = NDArray[np.uint8]


class Block(nn.Module):
    """Three convolutions beside the identity; before them, in some encoders, a branch normalised in groups."""

    def __init__(self, channels: int, wide: int | None) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(3):
            layers += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
        self.conv = nn.Sequential(*layers[:-1])
        self.pool = None
        if wide is not None:
            widening, narrowing = nn.Conv2d(channels, wide, 1, bias=False), nn.Conv2d(wide, channels, 1, bias=False)
            self.pool = nn.Sequential(widening, nn.GroupNorm(_GROUPS, wide), nn.ReLU(), narrowing)

    def forward(self, before: Tensor) -> Tensor:
        if self.pool is not None:
            before = before + self.pool(before)
        after: Tensor = torch.relu(self.conv(before) + before)
        return after


def encoder(path: Path) -> nn.Module:
    """Return the encoder at ``path``, whose layers follow from the shapes of its weights."""
    weights = {name: weight.float() for name, weight in torch.load(path, weights_only=True).items()}
    layers: list[nn.Module] = []
    for number in range(1 + max(int(name.split(".")[0]) for name in weights)):
        weight = weights.get(f"{number}.weight")
        if weight is None:
            pool = weights.get(f"{number}.pool.0.weight")
            layers.append(Block(len(weights[f"{number}.conv.0.weight"]), None if pool is None else len(pool)))
        else:
            has_bias = f"{number}.bias" in weights
            # The convolutions without a bias halve the picture.
            stride = 1 if has_bias else 2
            layers.append(nn.Conv2d(weight.shape[1], len(weight), 3, stride, padding=1, bias=has_bias))
    network = nn.Sequential(*layers)
    network.load_state_dict(weights)
    return network.eval()


def square(pixels: Pixels, side: int) -> Pixels:
    """Return the middle of a picture, (C, H, W), as (3, side, side)."""
    _, height, width = pixels.shape
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    cut = np.broadcast_to(pixels[:, top : top + short, left : left + short], (3, short, short))
    image = Image.fromarray(np.ascontiguousarray(cut.transpose(1, 2, 0)))
    return np.asarray(image.resize((side, side), Image.Resampling.LANCZOS)).transpose(2, 0, 1).copy()


def compressed(quality: int, _number: int, pixels: Pixels) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).transpose(2, 0, 1).copy()


def below(values: NDArray[np.float64], change: NDArray[np.float64]) -> float:
    """Return how far ``change`` lies below the variation of ``values`` within each channel, in decibels."""
    variation = values.reshape(len(values), -1).var(axis=1).mean()
    return float(10 * np.log10(variation / np.mean(change**2)))


def alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.sum(one * other) / np.sqrt(np.sum(one**2) * np.sum(other**2)))


class Latents:
    """The encoder, and the pictures with their latents."""

    def __init__(self, network: nn.Module, pictures: list[Pixels]) -> None:
        self._network, self._pictures = network, pictures
        self._latents = [self._encoded(one) for one in pictures]

    @torch.inference_mode()
    def _encoded(self, pixels: Pixels) -> NDArray[np.float64]:
        latent: Tensor = self._network(torch.from_numpy(pixels)[None].float() / 255)[0]
        return latent.double().numpy()

    def row(self, change: Callable[[int, Pixels], Pixels]) -> tuple[list[float], list[NDArray[np.float64]]]:
        """Return the means of *pixels*, *latents* and *reach*, and the latent change of each picture."""
        found, changes = [], []
        for number, (pixels, latent) in enumerate(zip(self._pictures, self._latents, strict=True)):
            changed = change(number, pixels)
            moved = self._encoded(changed) - latent
            before = pixels.astype(np.float64)
            in_pixels, in_latents = below(before, changed.astype(np.float64) - before), below(latent, moved)
            found.append((in_pixels, in_latents, in_pixels - in_latents))
            changes.append(moved)
        return list(np.mean(found, axis=0)), changes


def keys_row(latents: Latents, mark: MarkSettings) -> str:
    means, own = latents.row(lambda number, pixels: marked_under(number, mark, pixels))
    _, same = latents.row(lambda _, pixels: marked_under(0, mark, pixels, 1))
    shared = np.mean([alike(same[0], other) for other in same[1:]])
    strange = np.mean([alike(own[0], other) for other in own[1:]])
    return "\t".join([*(f"{value:.1f}" for value in means), f"{shared:.3f}", f"{strange:.3f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--side", type=int, default=512)
    given = parser.parse_args()
    torch.set_num_threads(1)
    pictures = [square(pixels, given.side) for pixels in photos_in(given.photos)[: given.pictures]]
    latents = Latents(encoder(given.encoder), pictures)
    print(f"{len(pictures)} pictures of {given.side} pixels\nchange\tpixels\tlatents\treach\tshared\tstrange")
    for preset in PRESETS:
        if not preset.mark.is_invisible:
            print(preset.title, keys_row(latents, preset.mark), sep="\t", flush=True)
    for quality in _QUALITIES:
        means, _ = latents.row(partial(compressed, quality))
        print(f"JPEG {quality}", *(f"{value:.1f}" for value in means), sep="\t", flush=True)


if __name__ == "__main__":
    main()
