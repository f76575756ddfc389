"""How often an audit accuses an innocent model, and how often it finds a guilty one: two tables.

    python -m tests.benchmarks.validity CIFAR_FOLDER OUT [RECORDS]

CIFAR_FOLDER holds ``cifar10-train-25k.tar.xz`` and ``cifar10-test-5k.tar.xz``. Models and results are kept in OUT, and
what is there is not computed again. RECORDS (2,000) synthetic records a design are audited on models that were trained
without any of their pictures, each with both coins thrown anew. Wanted: exceedance within one-sided binomial bounds of
failure probability 1e-4, and randomised p uniform (Kolmogorov–Smirnov). About an hour on two cores.
"""

import json
import math
import sys
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.marking.settings import MarkSettings
from mtgui.records.record import Block
from tests.benchmarks.small_audits import Outcome, audit, fresh_block, marked_copies
from tests.benchmarks.small_models import CLASSES, Pictures, SmallNet, accuracy, audited, load, train

LEVELS = (0.05, 0.01, 0.001)
FAILURE = 1e-4
UNMARKED = MarkSettings(blend_ratio=1.0, noise_budget=0)
EACH = 25
TRIALS = 200


@dataclass(frozen=True)
class Design:
    """A design of synthetic records: ``published`` of ``pool`` pictures, ``decoy_keys``, and how the label is found."""

    name: str
    pool: int
    published: int
    decoy_keys: int
    settings: MarkSettings
    has_models_choice: bool = False


DESIGNS = (
    Design("10 + 10, 3 decoy keys", 20, 10, 3, MarkSettings()),
    Design("10 + 10, 3 decoy keys, model's choice", 20, 10, 3, MarkSettings(), has_models_choice=True),
    Design("10 + 10, no mark", 20, 10, 0, UNMARKED),
    Design("5 + 0, 99 decoy keys", 5, 5, 99, MarkSettings()),
    Design("5 + 0, 99 decoy keys, model's choice", 5, 5, 99, MarkSettings(), has_models_choice=True),
)
STOPPING = Design("10 + 0, 999 decoy keys", 10, 10, 999, MarkSettings())


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    name: str
    pictures: int
    epochs: int
    is_augmented: bool


RECIPES = (Recipe("memorises", 10_000, 25, False), Recipe("memorises little", 20_000, 12, True))


class Bench:
    """Trains, audits and keeps what comes of it."""

    def __init__(self, data: Path, out: Path, records: int) -> None:
        out.mkdir(parents=True, exist_ok=True)
        self._out, self._records = out, records
        self.learned = load(data / "cifar10-train-25k.tar.xz", 1)
        self.held_out = load(data / "cifar10-test-5k.tar.xz", 2)

    def network(self, name: str, recipe: Recipe, pictures: Pictures) -> nn.Module:
        """Return the network called ``name``, trained on ``pictures`` unless it is there."""
        path = self._out / f"{name}.pth"
        if path.exists():
            net: nn.Module = SmallNet()
            net.load_state_dict(torch.load(path, weights_only=True))
            net.eval()
        else:
            print(f"training “{name}” on {len(pictures.labels):,} pictures", flush=True)
            net = train(pictures, recipe.epochs, is_augmented=recipe.is_augmented, seed=3)
            torch.save(net.state_dict(), path)
        right = accuracy(net, pictures), accuracy(net, self.held_out)
        print(f"“{name}”: {right[0]:.2%} right on what it learned, {right[1]:.2%} on held-out pictures", flush=True)
        return net

    def innocent(self, name: str, net: nn.Module, design: Design, records: int) -> list[Outcome]:
        """Return the outcomes of ``records`` fresh records on a model that never saw their pictures."""
        path = self._out / f"{name}, {design.name}.jsonl"
        done = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        model = audited(net)
        for number in range(len(done), records):
            chance = np.random.default_rng([number, zlib.crc32(design.name.encode())])
            label = int(chance.integers(CLASSES))
            rows = chance.choice(np.flatnonzero(self.held_out.labels == label), design.pool, replace=False)
            pixels = self.held_out.pixels[rows]
            block = fresh_block(pixels, design.settings, design.published, chance)
            asked = None if design.has_models_choice else label
            done.append(asdict(audit(model, block, pixels, asked, design.decoy_keys, 9_999, chance)))
            with path.open("a") as file:
                file.write(json.dumps(done[-1]) + "\n")
        return [Outcome(**values) for values in done[:records]]

    def guilty(self, recipe: Recipe) -> list[tuple[str, list[float]]]:
        """Train on the marked copies of ten users, one for each class; return p of every user for each design."""
        chance = np.random.default_rng(77)
        base = self.learned.take(slice(0, recipe.pictures - CLASSES * EACH))
        rest = self.learned.take(slice(20_000, None))
        pools = [rest.pixels[np.flatnonzero(rest.labels == label)[: 2 * EACH]] for label in range(CLASSES)]
        halves = [fresh_block(pixels, MarkSettings(), EACH, chance) for pixels in pools]
        copies = np.concatenate([marked_copies(block, pixels) for block, pixels in zip(halves, pools, strict=True)])
        labels = np.repeat(np.arange(CLASSES), EACH)
        net = self.network(f"{recipe.name}, with marks", recipe, base.with_more(copies, labels))
        model, table = audited(net), []
        for decoys in (0, 31):
            ps = [
                audit(model, b, x, c, decoys, 9_999, chance).p
                for c, (b, x) in enumerate(zip(halves, pools, strict=True))
            ]
            table.append((f"{EACH} / {EACH} / {decoys}", ps))
        alone = [_published_alone(block) for block in halves]
        own = [pixels[list(block.published)] for block, pixels in zip(halves, pools, strict=True)]
        ps = [audit(model, b, x, c, 199, 9_999, chance).p for c, (b, x) in enumerate(zip(alone, own, strict=True))]
        return [
            (f"{EACH} / 0 / 199", ps),
            *table,
            (f"{EACH} unmarked / {EACH} / 0", self._unmarked(model, base, chance)),
        ]

    def _unmarked(self, model: TorchClassifier, base: Pictures, chance: np.random.Generator) -> list[float]:
        """Return p of many trials with unmarked pictures that were learned, against held-out ones of the class."""
        ps = []
        for trial in range(TRIALS):
            label = trial % CLASSES
            known = base.pixels[chance.choice(np.flatnonzero(base.labels == label), EACH, replace=False)]
            private = self.held_out.pixels[
                chance.choice(np.flatnonzero(self.held_out.labels == label), EACH, replace=False)
            ]
            pixels = np.concatenate((known, private))
            block = replace(fresh_block(pixels, UNMARKED, EACH, chance), published=tuple(range(EACH)))
            ps.append(audit(model, block, pixels, label, 0, 9_999, chance).p)
        return ps


def bound(level: float, count: int) -> int:
    """Return the most exceedances that a valid p has in ``count`` trials but for a probability of `FAILURE`."""
    tail, most = 1.0, -1
    while tail > FAILURE:
        most += 1
        logs = (
            math.lgamma(count + 1)
            - math.lgamma(most + 1)
            - math.lgamma(count - most + 1)
            + most * math.log(level)
            + (count - most) * math.log1p(-level)
        )
        tail -= math.exp(logs)
    return most


def kolmogorov(values: NDArray[np.float64]) -> float:
    """Return the p-value, by the limit law, of the greatest distance from uniform."""
    ordered, count = np.sort(values), len(values)
    steps = np.arange(1, count + 1) / count
    distance = max(float((steps - ordered).max()), float((ordered - steps + 1 / count).max()))
    root = (math.sqrt(count) + 0.12 + 0.11 / math.sqrt(count)) * distance
    terms = [math.exp(-2 * (k * root) ** 2) * (1 if k % 2 else -1) for k in range(1, 101)]
    return min(1.0, 2 * math.fsum(terms))


def main(data: Path, out: Path, records: int) -> bool:
    """Measure and print both tables; return whether every bound holds."""
    bench, is_valid = Bench(data, out, records), True
    for recipe in RECIPES:
        net = bench.network(recipe.name, recipe, bench.learned.take(slice(0, recipe.pictures)))
        print(f"\nInnocent model, {recipe.name}: audits with p at most …, of {records:,} (bound)")
        for design in DESIGNS:
            found = bench.innocent(recipe.name, net, design, records)
            counts = [sum(one.p <= level for one in found) for level in LEVELS]
            bounds = [bound(level, records) for level in LEVELS]
            uniform = kolmogorov(np.array([one.randomised for one in found]))
            holds = all(c <= b for c, b in zip(counts, bounds, strict=True)) and uniform > FAILURE
            is_valid &= holds
            cells = "  ".join(f"{level}: {c} ({b})" for level, c, b in zip(LEVELS, counts, bounds, strict=True))
            print(
                f"  {design.name:40} {cells}  uniform: p = {uniform:.3f}  {'holds' if holds else 'BROKEN'}", flush=True
            )
        stops = [
            one.stopped_after or STOPPING.decoy_keys + 1 for one in bench.innocent(recipe.name, net, STOPPING, 100)
        ]
        share = median(stops) / (STOPPING.decoy_keys + 1)
        print(
            f"  {STOPPING.name}: stops after {median(stops):.0f} keys at the median, {share:.1%} (wanted: under 10 %)"
        )
        is_valid &= share < 0.1
    for recipe in RECIPES:
        print(f"\nGuilty model, {recipe.name}: published / withheld / decoy keys, and users at p at most …")
        for name, ps in bench.guilty(recipe):
            cells = "  ".join(f"{level}: {sum(p <= level for p in ps)}" for level in LEVELS)
            print(f"  {name:24} of {len(ps):3}: {cells}", flush=True)
    print("\nEvery bound holds." if is_valid else "\nA bound is BROKEN.")
    return is_valid


def _published_alone(block: Block) -> Block:
    """Return the same record as if nothing had been withheld."""
    return replace(block, pool=block.published_pictures, published=tuple(range(len(block.published))))


if __name__ == "__main__":
    given = int(sys.argv[3]) if len(sys.argv) > 3 else 2_000
    sys.exit(not main(Path(sys.argv[1]), Path(sys.argv[2]), given))
