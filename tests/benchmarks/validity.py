"""How often audits accuse an innocent model, and how often they find a guilty one, on real models of CIFAR-10.

    python -m tests.benchmarks.validity ARCHIVES FOLDER [--records 2000] [--jobs 2] [--only TEXT]

ARCHIVES holds cifar10-train-25k.tar.xz and cifar10-test-5k.tar.xz. Models and finished audits are kept in FOLDER: the
command can be stopped and started again, and prints what is there at the end. ``--only`` takes the series whose name
contains TEXT; ``--records 0`` computes nothing and prints.

Validity: every record has fresh secrets, a fresh draw and pictures that the model was never trained on; nothing stops
early. Wanted: no count above its bound, which an honest audit exceeds once in 10,000; √n times the distance of
Kolmogorov and Smirnov below 2.23 (once in 10,000), p taken with ties broken by chance. Innocent audits of 999 keys
alone should stop after under 10 % of them at the median.
"""

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch

from tests.auditing.synthetic import Audited, audit, distance_from_uniform, most_exceedances
from tests.benchmarks.validity_models import Recipe, TrainedModel, read_gallery, trained_model
from tests.benchmarks.validity_series import Series, all_series

LEVELS = (Fraction(1, 20), Fraction(1, 100), Fraction(1, 1000))
FAILURE = 1e-4
LARGEST_DISTANCE = 2.2253
_ARCHIVES = ("cifar10-train-25k.tar.xz", "cifar10-test-5k.tar.xz")
_PIECE = 4


@dataclass(frozen=True)
class Row:
    """One audit, as kept: p = at_most / grid, or 1 when it stopped early; below of the at_most are no ties."""

    number: int
    at_most: int
    below: int
    grid: int
    stopped_early: bool
    keys_done: int
    keys: int
    passes: int
    label: int

    @property
    def p_value(self) -> Fraction:
        """The p-value as the program gives it."""
        return Fraction(1) if self.stopped_early else Fraction(self.at_most, self.grid)


class Worker:
    """What a process needs: the pictures and the models."""

    here: "Worker"

    def __init__(self, archives: Path, folder: Path) -> None:
        torch.set_num_threads(1)
        self.gallery = read_gallery([archives / name for name in _ARCHIVES], folder / "gallery.npz")
        self._folder = folder
        self._models: dict[str, TrainedModel] = {}

    def model(self, recipe: Recipe) -> TrainedModel:
        """Return the model of ``recipe``, trained now where the folder does not hold it."""
        if recipe.name not in self._models:
            self._models[recipe.name] = trained_model(recipe, self.gallery, self._folder)
        return self._models[recipe.name]

    def row(self, name: str, number: int) -> Row:
        """Audit one record."""
        series = next(series for series in all_series() if series.name == name)
        trained = self.model(series.recipe)
        blocks, manner = series.at(trained, self.gallery, number)
        outcome = audit(blocks, self.gallery, Audited(trained.model, trained.weights_hash), manner)
        findings = outcome.findings
        return Row(
            number=number,
            at_most=findings.at_most,
            below=outcome.below,
            grid=findings.grid,
            stopped_early=findings.stopped_early,
            keys_done=outcome.keys_done,
            keys=manner.keys + 1,
            passes=outcome.passes,
            label=outcome.label,
        )


def _begin(archives: Path, folder: Path) -> None:
    Worker.here = Worker(archives, folder)


def _row(task: tuple[str, int]) -> Row:
    return Worker.here.row(*task)


def read_rows(path: Path) -> dict[int, Row]:
    """Return the audits kept at ``path``, by number; a line cut off by a crash is left out."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    rows = [Row(**json.loads(line)) for line in lines]
    return {row.number: row for row in rows}


def compute(series: Series, path: Path, records: int, pool: ProcessPoolExecutor) -> None:
    """Do the audits of ``series`` that are lacking at ``path``, and append them."""
    done = read_rows(path)
    lacking = [(series.name, number) for number in range(records) if number not in done]
    if not lacking:
        return
    start, passes = time.monotonic(), 0
    # Anew, without a line that a crash may have cut off.
    with path.open("w") as file:
        file.writelines(_line(row) for row in done.values())
        for count, row in enumerate(pool.map(_row, lacking, chunksize=_PIECE), 1):
            file.write(_line(row))
            file.flush()
            passes += row.passes
            if count % max(1, len(lacking) // 10) == 0:
                seconds = time.monotonic() - start
                print(f"  {series.name}: {count} of {len(lacking)}, {passes / seconds:,.0f} passes/s", flush=True)


def validity_table(kept: Iterable[tuple[Series, list[Row]]]) -> Iterator[str]:
    """Yield the lines of the first table."""
    yield "| model | published + withheld, keys | records | passes each | p ≤ .05 | p ≤ .01 | p ≤ .001 | √n·D |  |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for series, rows in kept:
        cells, holds = [], True
        for level in LEVELS:
            count = sum(row.p_value <= level for row in rows)
            most = most_exceedances(len(rows), float(level), FAILURE)
            holds &= count <= most
            cells.append(f"{count / len(rows):.4f} ({count} ≤ {most})")
        distance = distance_from_uniform([_randomised_p(series, row) for row in rows])
        verdict = "holds" if holds and distance < LARGEST_DISTANCE else "BROKEN"
        cells = [series.recipe.name, series.title, f"{len(rows):,}", f"{rows[0].passes:,}", *cells]
        yield f"| {' | '.join(cells)} | {distance:.2f} | {verdict} |"


def power_table(kept: Iterable[tuple[Series, list[Row]]]) -> Iterator[str]:
    """Yield the lines of the second table."""
    yield "| model | published + withheld, keys | passes | of | p ≤ .05 | p ≤ .01 | p ≤ .001 | least possible p |"
    yield "|---|---|---|---|---|---|---|---|"
    for series, rows in kept:
        counts = [str(sum(row.p_value <= level for row in rows)) for level in LEVELS]
        passes = f"{statistics.median(row.passes for row in rows):,.0f}"
        cells = [series.recipe.name, series.title, passes, str(len(rows)), *counts, f"1/{rows[0].grid:,}"]
        yield f"| {' | '.join(cells)} |"


def early_lines(kept: Iterable[tuple[Series, list[Row]]]) -> Iterator[str]:
    """Yield how far innocent audits went before they stopped."""
    for series, rows in kept:
        keys = statistics.median(row.keys_done / row.keys for row in rows)
        pictures = series.title.partition("+")[0]
        passes = statistics.median(row.passes / (row.keys * int(pictures)) for row in rows)
        whole = sum(not row.stopped_early for row in rows)
        verdict = "holds" if keys < 0.1 and passes < 0.1 else "BROKEN"
        yield (
            f"{series.recipe.name}, {series.title}, {len(rows)} innocent audits: stopped after {keys:.1%} of the keys "
            f"at the median ({passes:.1%} of the passes, batches included); {whole} went to the end: {verdict}"
        )


def main() -> None:
    """Compute what is lacking, then print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("archives", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    here = Worker(options.archives, options.folder)
    chosen = [series for series in all_series() if options.only in series.name]
    models = {series.recipe.name: here.model(series.recipe) for series in chosen}
    paths = {
        series.name: options.folder / f"{series.name}-{models[series.recipe.name].weights_hash[:8]}.jsonl"
        for series in chosen
    }
    context = multiprocessing.get_context("spawn")
    start = (options.archives, options.folder)
    with ProcessPoolExecutor(options.jobs, context, _begin, start) as pool:
        for series in chosen:
            records = options.records if series.records is None else min(series.records, options.records)
            compute(series, paths[series.name], records, pool)
    for trained in models.values():
        print(trained.in_words(here.gallery))
    kept = [(series, rows) for series in chosen if (rows := list(read_rows(paths[series.name]).values()))]
    for kind, lines in (("validity", validity_table), ("power", power_table), ("early", early_lines)):
        print("", *lines((series, rows) for series, rows in kept if series.kind == kind), sep="\n")


def _randomised_p(series: Series, row: Row) -> float:
    """Return p with ties broken by a chance of the record's own."""
    uniform = random.Random(f"ties of {series.name} {row.number}").random()
    return (row.below + uniform * (row.at_most - row.below)) / row.grid


def _line(row: Row) -> str:
    return json.dumps(vars(row), separators=(",", ":")) + "\n"


if __name__ == "__main__":
    main()
