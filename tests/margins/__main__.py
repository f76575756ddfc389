"""Prints how far everything that tests train is from failing them, in the worst of all seeds, processors and threads.

    python -m tests.margins [--seeds N] [--threads 1,2] [SUBJECT…]

PyTorch is told to compute as older processors do (ATEN_CPU_CAPABILITY, and oneDNN with it): default, avx2, avx512,
where this one knows them. Takes an hour on two processors; rows whose margin is too narrow are marked, and the exit
status is then 1.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product

from tests.margins.margin import Margin

CAPABILITIES = {"default": "SSE41", "avx2": "AVX2", "avx512": "AVX512_CORE"}
"""What PyTorch calls a kind of processor, and what oneDNN does."""


def main() -> int:
    """Measure, print the table, and return 1 where a margin is too narrow."""
    parser = argparse.ArgumentParser(prog="python -m tests.margins", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--capabilities", default=",".join(_known()))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT")
    options = parser.parse_args()
    if options.worker:
        _work(options.seeds, options.subjects)
        return 0
    worst: dict[tuple[str, str], tuple[Margin, str]] = {}
    count: dict[tuple[str, str], int] = {}
    for capability, threads in product(options.capabilities.split(","), options.threads.split(",")):
        for subject, seed, margin in _measured(capability, threads, options.seeds, options.subjects):
            place = f"{capability}, {threads} threads, seed {seed}"
            key = subject, margin.what
            count[key] = count.get(key, 0) + 1
            if key not in worst or margin.is_worse_than(worst[key][0]):
                worst[key] = margin, place
    for (subject, what), (margin, place) in worst.items():
        sign = "≤" if margin.is_most else "≥"
        print(
            f"{' ' if margin.holds else '!'} {subject:10} {what:66} worst of {count[subject, what]:3}: "
            f"{margin.value:9.5f}  asked {sign} {margin.bound:g}, wanted {sign} {margin.wanted:g}  ({place})"
        )
    return int(not all(margin.holds for margin, _ in worst.values()))


def _known() -> list[str]:
    """Return what this processor can be told to compute as."""
    import torch

    best = torch.backends.cpu.get_cpu_capability().lower()
    return list(CAPABILITIES) if best == "avx512" else ["default", "avx2"] if best == "avx2" else ["default"]


def _measured(capability: str, threads: str, seeds: int, subjects: list[str]) -> Iterator[tuple[str, int, Margin]]:
    """Yield subject, seed and margin, measured in a process of its own and told on stderr as they come."""
    environment = {
        **os.environ,
        "ATEN_CPU_CAPABILITY": capability,
        "ONEDNN_MAX_CPU_ISA": CAPABILITIES[capability],
        "OMP_NUM_THREADS": threads,
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    command = [sys.executable, "-m", "tests.margins", "--worker", "--seeds", str(seeds), *subjects]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(capability, threads, line, end="", file=sys.stderr, flush=True)
            told = json.loads(line)
            yield told["subject"], told["seed"], Margin(**told["margin"])
    if process.returncode:
        raise SystemExit(f"measuring with {capability} and {threads} threads failed")


def _work(seeds: int, subjects: list[str]) -> None:
    from tests.margins.subjects import SUBJECTS

    for name in subjects or SUBJECTS:
        for seed in range(seeds):
            for margin in SUBJECTS[name](seed):
                print(json.dumps({"subject": name, "seed": seed, "margin": asdict(margin)}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
