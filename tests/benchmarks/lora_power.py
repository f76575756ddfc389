"""How often audits find that a LoRA or fine-tune was made of an artist's pictures: a small model of CIFAR-10 as base.

    python -m tests.benchmarks.lora_power ARCHIVE FOLDER [--artists 12] [--way lora|full] [--augment] [--joint]
        [--exposures 10,20,50,100,200] [--strangers 0] [--grid] [--base-steps 3000] [--width 16] [--seed 1]

ARCHIVE is cifar10-train-25k.tar.xz. The base is kept in FOLDER and trained once for its settings. Each artist has 50
pictures of one class that the base never saw; chance publishes 25, unmarked. One model is made of each artist's
published pictures, or with ``--joint`` one of those of all artists. Printed are, after each number of exposures of
every picture, the artists found at p ≤ .05, .01 and .001, and in brackets the mean z (how far the published set lies
below the mean of all sets of its size, in their standard deviations), by several statistics: the error of the model
alone (*raw*), its *difference* from the base's, which audits use, and its *ratio* to the base's in each step.

``--strangers N`` looks in the last model of each artist for N pools of pictures that it was not made of, each with
three fresh draws: how often an innocent model is accused. ``--grid`` tries ten timesteps, prints z for each alone, and
is for choosing statistics; choose them with other seeds than those that are reported.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT
from mtgui.auditing.diffusion.denoiser import Denoiser
from mtgui.auditing.diffusion.networks import DiffusionNetworks, LoraFile, ModelFile, load_networks
from mtgui.auditing.diffusion.schedule import USUAL, StepPlan
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.sums import SetSums
from mtgui.rehearsal.fine_tuning.pixel_network import SCHEDULE
from tests.benchmarks.lora_trainings import (
    POOL,
    PUBLISHED,
    SIDE,
    Artist,
    Made,
    Way,
    artists_of,
    base_file,
    for_base,
    read_pixels,
)

LEVELS = (0.05, 0.01, 0.001)
GRID = StepPlan((10, 25, 50, 100, 150, 200, 300, 400, 500, 700), 1)
FRESH_DRAWS = 3
Errors = NDArray[np.float64]
STATISTICS: Mapping[str, Callable[[Errors, Errors], Errors]] = {
    "raw": lambda model, base: model + 0 * base,
    "difference": np.subtract,
    "ratio": np.divide,
}
"""What a step says of each picture: functions of the errors of the model and of its base, (steps, pictures) each."""


class Trial:
    """The audits of one set of settings."""

    def __init__(self, base: ModelFile, steps: StepPlan, device: str) -> None:
        self._base, self._steps, self._device = base, steps, device
        self._plain = load_networks(base, None, [EMPTY_PROMPT])

    @property
    def timesteps(self) -> NDArray[np.int64]:
        """The timestep of each step: (steps,)."""
        return np.array([step.timestep for step in self._steps.steps_of(SCHEDULE)])

    def of_base(self, pixels: Tensor) -> Errors:
        """Return the errors of the base: (steps, pictures)."""
        return self._errors(self._plain, pixels)

    def of_model(self, file: ModelFile | LoraFile, pixels: Tensor) -> Errors:
        """Return the errors of a model that was made of the base, without their difference from those of the base."""
        networks = load_networks(file, self._base, [EMPTY_PROMPT])
        return self._errors(DiffusionNetworks(networks.plan, SIDE, None, networks.audited, None), pixels)

    def _errors(self, networks: DiffusionNetworks, pixels: Tensor) -> Errors:
        model = Denoiser(networks, self._steps.steps_of(SCHEDULE), choose_device(self._device))
        encoded = model.encoded(pixels.to(model.device))
        labels = torch.zeros(len(pixels), dtype=torch.int64, device=model.device)
        return torch.stack([model.losses(encoded, labels, step).cpu() for step in range(model.steps)]).numpy()


def p_value(values: Errors, artist: Artist, seed: int) -> float:
    """Return the share of draws whose set loss is not above that of the true draw. values: one for each picture."""
    design = AuditDesign(POOL, artist.published, (DrawnStratum(tuple(range(POOL)), PUBLISHED),))
    draws = reference_draws(design, seed.to_bytes(32, "big"))
    sums = SetSums(draws)(np.rint(values * UNITS_PER_LOSS).astype(np.int64))
    return float(np.mean(sums <= sums[0]))


def z_of(values: Errors, artist: Artist) -> float:
    """Return how far the published pictures lie below all, in standard deviations of the mean of a random set."""
    spread = values.std(ddof=1) * np.sqrt((1 - PUBLISHED / POOL) / PUBLISHED)
    return float((values.mean() - values[list(artist.published)].mean()) / spread)


class Findings:
    """What every statistic found after each number of exposures."""

    def __init__(self, timesteps: NDArray[np.int64]) -> None:
        self._timesteps = timesteps
        self.ps: dict[tuple[str, int], list[float]] = {}
        self._zs: dict[tuple[str, int], list[float]] = {}

    def add(self, exposures: int, artist: Artist, errors: tuple[Errors, Errors], seed: int) -> None:
        """Take the errors of a model and of its base on the pictures of ``artist``."""
        for name, statistic in STATISTICS.items():
            found = statistic(*errors)
            self.ps.setdefault((name, exposures), []).append(p_value(found.mean(axis=0), artist, seed))
            self._zs.setdefault((name, exposures), []).append(z_of(found.mean(axis=0), artist))
            for timestep in sorted(set(self._timesteps.tolist())):
                alone = found[self._timesteps == timestep].mean(axis=0)
                self._zs.setdefault((f"{name}, {timestep}", exposures), []).append(z_of(alone, artist))

    def table(self, exposures: Sequence[int], *, each_timestep: bool) -> str:
        """Return the table of the module's text."""
        lines = ["\t".join(("p ≤ .05/.01/.001 (z)", *map(str, exposures)))]
        for name in STATISTICS:
            cells = [f"{counts(self.ps[name, one])} ({np.mean(self._zs[name, one]):.1f})" for one in exposures]
            lines.append("\t".join((name, *cells)))
        alone = dict.fromkeys(name for name, _ in self._zs if each_timestep and name not in STATISTICS)
        lines += ["\t".join((name, *(f"{np.mean(self._zs[name, one]):.1f}" for one in exposures))) for name in alone]
        return "\n".join(lines)


def counts(ps: Sequence[float]) -> str:
    return "/".join(str(sum(p <= level for p in ps)) for level in LEVELS)


def strangers_found(
    trial: Trial, file: ModelFile | LoraFile, others: Sequence[tuple[Artist, Errors]], seed: int
) -> list[float]:
    """Return p of fresh draws of every one of ``others``, who come with the errors of the base, in a model.

    It was not made of their pictures.
    """
    chance, found = np.random.default_rng(seed), list[float]()
    for other, before in others:
        values = (trial.of_model(file, other.pixels) - before).mean(axis=0)
        for _ in range(FRESH_DRAWS):
            published = tuple(sorted(chance.permutation(POOL)[:PUBLISHED].tolist()))
            found.append(p_value(values, Artist(other.pixels, published), int(chance.integers(2**31))))
    return found


def run(given: argparse.Namespace) -> None:
    exposures = tuple(int(one) for one in given.exposures.split(","))
    classes = list(read_pixels(given.archive).values())
    base = base_file(given.folder, for_base(classes).to(given.device), given.base_steps, given.width)
    trial, way = Trial(base, GRID if given.grid else USUAL, given.device), Way(given.way == "lora", given.augment)
    artists = artists_of(classes, given.artists, given.seed)
    before = [trial.of_base(artist.pixels) for artist in artists]
    strangers = artists_of(classes, given.strangers, 1_000_000 + given.seed)
    others = [(stranger, trial.of_base(stranger.pixels)) for stranger in strangers]
    findings, innocent = Findings(trial.timesteps), list[float]()
    groups = [range(len(artists))] if given.joint else [range(number, number + 1) for number in range(len(artists))]
    for group in groups:
        shown = torch.cat([artists[number].pixels[list(artists[number].published)] for number in group])
        made = Made(base, way, shown, 1000 * given.seed + group[0], given.device)
        for count, file in zip(exposures, made.after(exposures, given.folder), strict=True):
            for number in group:
                errors = trial.of_model(file, artists[number].pixels), before[number]
                findings.add(count, artists[number], errors, 1000 * given.seed + number)
        innocent += strangers_found(trial, file, others, 1000 * given.seed + group[0])
        print(f"artist {group[-1] + 1}:", *(findings.ps["difference", one][-1] for one in exposures), flush=True)
    print(f"\n{len(artists)} artists, {given.way}{', augmented' if given.augment else ''}, seed {given.seed}")
    print(findings.table(exposures, each_timestep=given.grid))
    if innocent:
        print(f"strangers: {len(innocent)} draws, p ≤ .05/.01/.001: {counts(innocent)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--artists", type=int, default=12)
    parser.add_argument("--way", choices=("lora", "full"), default="lora")
    parser.add_argument("--augment", action="store_true", help="mirror and shift pictures by chance")
    parser.add_argument("--joint", action="store_true", help="one model of the pictures of all artists")
    parser.add_argument("--exposures", default="10,20,50,100,200")
    parser.add_argument("--strangers", type=int, default=0)
    parser.add_argument("--grid", action="store_true", help="try ten timesteps, and show each alone")
    parser.add_argument("--base-steps", type=int, default=3000)
    parser.add_argument("--width", type=int, default=16, help="channels of the network's first block")
    parser.add_argument("--seed", type=int, default=1, help="of artists, draws and trainings")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.folder.mkdir(parents=True, exist_ok=True)
    run(given)


if __name__ == "__main__":
    main()
