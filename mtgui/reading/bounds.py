"""Bounds on the contents of a model file, and on the cost of reading it."""

from dataclasses import dataclass

LONGEST_NAME = 1024
MOST_TENSORS = 200_000
MOST_DIMENSIONS = 32
MOST_ZIP_ENTRIES = 400_000
LARGEST_PICKLE = 512 << 20
MOST_OPCODES = 20_000_000
LARGEST_JSON = 100 << 20
"""The bound that the safetensors format sets for its header."""
DEEPEST = 200
"""Deepest nesting of modules, or of containers around a state dict."""
CHUNK = 4 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of the reading child: ``memory`` and ``output`` in bytes, ``seconds`` of wall clock and of CPU."""

    memory: int
    seconds: float
    output: int


def limits_for(size: int) -> Limits:
    """Return the limits for reading ``size`` bytes of model files."""
    return Limits(memory=4 << 30, seconds=60 + size / 10e6, output=largest_output(size))


def largest_output(size: int) -> int:
    """Return how many bytes the tensors of a file of ``size`` bytes may unfold to.

    The bound allows tied weights, which unfold to several copies, but not decompression bombs.
    """
    return 8 * size + (64 << 20)
