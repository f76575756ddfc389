"""How much of anything a model file may hold, and how much its reading may cost."""

from dataclasses import dataclass

LONGEST_NAME = 1024
MOST_TENSORS = 200_000
MOST_DIMENSIONS = 32
MOST_ZIP_ENTRIES = 400_000
LARGEST_PICKLE = 512 << 20
MOST_OPCODES = 20_000_000
LARGEST_JSON = 100 << 20
"""The bound of the safetensors format itself on its header."""
DEEPEST = 200
"""How many modules, or containers around a state dict, may lie inside each other."""
CHUNK = 4 << 20


@dataclass(frozen=True)
class Limits:
    """What the reading child may use: ``memory`` and ``output`` in bytes, ``seconds`` of wall clock and of CPU."""

    memory: int
    seconds: float
    output: int


def limits_for(size: int) -> Limits:
    """Return the limits for reading ``size`` bytes of model files."""
    return Limits(memory=4 << 30, seconds=60 + size / 10e6, output=largest_output(size))


def largest_output(size: int) -> int:
    """Return how many bytes the tensors of a file of ``size`` bytes may unfold to: tied weights, not bombs."""
    return 8 * size + (64 << 20)
