"""Seeds and uniform permutations from SHAKE-256, for all random choices of an audit.

The seed is a function of the record's commitments and the model's weights. So the same audit always makes the same
random choices, and nobody can choose a seed once record and model exist.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.keys import shake_stream

_DOMAIN = b"mtgui audit 1"
_WORD_BYTES = 8


def seed_of(commitments: Sequence[str], weights_hash: str) -> bytes:
    """Return the 32-byte seed of an audit.

    It is the SHA-256 of the ASCII text ``mtgui audit 1``, a zero byte, the 32 bytes of every commitment of the record
    in block order, and the 32 bytes of the model's weights hash. The arguments are written as 64 hexadecimal digits.
    Raises UsageError for other arguments.
    """
    try:
        parts = [bytes.fromhex(text) for text in (*commitments, weights_hash)]
    except ValueError as error:
        raise UsageError("A commitment or weights hash is not written in hexadecimal digits.") from error
    if len(parts) < 2 or any(len(part) != 32 for part in parts):
        raise UsageError("An audit is seeded by at least one commitment and a weights hash, of 64 digits each.")
    return hashlib.sha256(b"\x00".join((_DOMAIN, b"".join(parts)))).digest()


def words(seed: bytes, label: str, count: int) -> NDArray[np.uint64]:
    """Return the first ``count`` 64-bit words, big-endian, of the SHAKE-256 stream of ``seed`` for ``label``."""
    return np.frombuffer(shake_stream(seed, label, _WORD_BYTES * count), dtype=">u8").astype(np.uint64)


def permutation(seed: bytes, label: str, count: int) -> NDArray[np.intp]:
    """Return a uniformly random order of 0 … ``count`` − 1: the numbers sorted by their words.

    Number i has word i of the stream for ``label``, a space and the attempt (0, 1, …). If two words of an attempt are
    equal, the next attempt counts.
    """
    attempt = 0
    while True:
        drawn = words(seed, f"{label} {attempt}", count)
        order = np.argsort(drawn, kind="stable")
        if not are_tied(drawn[order]):
            return order
        attempt += 1


def are_tied(ascending: NDArray[np.uint64]) -> bool:
    """True when two neighbours of a sorted list are equal."""
    return bool(np.any(ascending[1:] == ascending[:-1]))


def row_order(seed: bytes, rows: int) -> NDArray[np.intp]:
    """Return the order in which the engine processes the rows of a design: `permutation` for the label ``rows``."""
    return permutation(seed, "rows", rows)


def key_slots(seed: bytes, columns: int, group: int) -> NDArray[np.intp]:
    """Return the columns in each group of keys: (groups, ``group``) column numbers.

    columns: K + 1, the mark key (column 0) and the decoy keys. Groups are processed from the first to the last; the
    group with column 0 is the first. Numbers greater than or equal to ``columns`` fill the last places: they are more
    decoy keys, whose losses are dropped. The slots, read row by row, are `permutation` for the label ``slots``, a space
    and ``group``; then the row with column 0 is moved to the top. So every key is equally likely at every place of a
    group, and places that round differently cannot favour the mark key.
    """
    if columns < 1 or group < 1:
        raise UsageError("An audit needs at least one key, and groups of at least one key.")
    groups = -(-columns // group)
    slots = permutation(seed, f"slots {group}", groups * group).reshape(groups, group)
    first = int(np.flatnonzero((slots == 0).any(axis=1))[0])
    return np.concatenate((slots[first : first + 1], slots[:first], slots[first + 1 :]))
