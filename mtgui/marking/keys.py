"""Mark keys and decoy keys, and the byte streams from which everything secret is drawn.

A key is 256 bits from the system's random source. HKDF with SHA-256 (RFC 5869) derives subkeys from it, and
SHAKE-256 (FIPS 202) derives long streams from a subkey. A mark uses no other random generator.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mtgui.common.errors import UsageError

KEY_BYTES = 32
_DOMAIN = b"mtgui mark 1"
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


@dataclass(frozen=True)
class MarkKey:
    """A 256-bit secret; never shown by ``repr``."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raise UsageError unless the secret has 32 bytes."""
        if len(self.secret) != KEY_BYTES:
            raise UsageError(f"A mark key has {KEY_BYTES} bytes, this one has {len(self.secret)}.")


def new_key() -> MarkKey:
    """Draw a fresh key from the system's random source."""
    return MarkKey(secrets.token_bytes(KEY_BYTES))


def decoy_key(decoy_seed: bytes, index: int) -> MarkKey:
    """Return decoy key number ``index`` (1, 2, …) of ``decoy_seed`` (32 bytes).

    It is drawn like a mark key, nothing is published under it, and every call returns the same key.
    """
    if index < 1:
        raise UsageError(f"Decoy keys are numbered from 1, not {index}.")
    return MarkKey(subkey(MarkKey(decoy_seed), "decoy key", index.to_bytes(8, "big")))


def subkey(key: MarkKey, purpose: str, context: bytes = b"") -> bytes:
    """Return 32 bytes for one ``purpose`` and ``context``, unrelated to those of any other (HKDF-SHA-256)."""
    name = purpose.encode()
    info = b"\x00".join((_DOMAIN, name, context))
    return hkdf_sha256(key.secret, salt=b"", info=info, length=KEY_BYTES)


def picture_context(picture_id: str) -> bytes:
    """Return the 32 bytes of ``picture_id``, a SHA-256 in hexadecimal digits. Raises UsageError for anything else."""
    try:
        context = bytes.fromhex(picture_id)
    except ValueError:
        context = b""
    if len(context) != 32:
        raise UsageError(f"“{picture_id}” is not a picture id: a SHA-256 in hexadecimal digits.")
    return context


class Subkeys:
    """The subkeys of one key for one purpose and many contexts: `subkey`, with the shared work done once.

    The shared work is the extract step of HKDF, both pads of the HMAC (RFC 2104), and the start of the info.
    """

    def __init__(self, key: MarkKey, purpose: str) -> None:
        """Hash everything that does not depend on the context."""
        extracted = hmac.digest(bytes(32), key.secret, "sha256").ljust(64, b"\x00")
        self._inner = hashlib.sha256(extracted.translate(_INNER_PAD))
        self._inner.update(b"\x00".join((_DOMAIN, purpose.encode(), b"")))
        self._outer = hashlib.sha256(extracted.translate(_OUTER_PAD))

    def __call__(self, context: bytes) -> bytes:
        """Return the 32 bytes for ``context``."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(context + b"\x01")
        outer.update(inner.digest())
        return outer.digest()


def hkdf_sha256(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """Return ``length`` (at most 8,160) bytes by extract and expand of RFC 5869 with SHA-256."""
    if not 0 < length <= 255 * 32:
        raise UsageError(f"HKDF with SHA-256 gives 1 to 8,160 bytes, not {length}.")
    extracted = hmac.digest(salt or bytes(32), secret, "sha256")
    block, expanded = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes((counter,)), "sha256")
        expanded += block
    return expanded[:length]


def shake_stream(seed: bytes, label: str, length: int) -> bytes:
    """Return the first ``length`` bytes of the SHAKE-256 stream of ``seed`` for ``label``."""
    return hashlib.shake_256(seed + b"\x00" + label.encode()).digest(length)


def shake_streams(seeds: Sequence[bytes], label: str, lengths: Sequence[int]) -> bytes:
    """Return `shake_stream` of every seed for one ``label``, one stream after the other."""
    suffix, shake = b"\x00" + label.encode(), hashlib.shake_256
    return b"".join([shake(seed + suffix).digest(size) for seed, size in zip(seeds, lengths, strict=True)])


def uniform_integers(seed: bytes, label: str, bound: int) -> Iterator[int]:
    """Yield integers uniform in [0, bound), bound ≤ 65,536, from the stream of ``seed`` for ``label``.

    Each takes two bytes, big-endian. Values at or above the largest multiple of ``bound`` are rejected, so that all
    integers are equally likely.
    """
    limit = 65536 - 65536 % bound
    block = 0
    while True:
        stream = shake_stream(seed, f"{label} {block}", 256)
        for high, low in zip(stream[::2], stream[1::2], strict=True):
            value = high << 8 | low
            if value < limit:
                yield value % bound
        block += 1


def uniform_integer(seed: bytes, label: str, bound: int) -> int:
    """Return the first of `uniform_integers`, faster than through the generator."""
    value = int.from_bytes(shake_stream(seed, f"{label} 0", 2), "big")
    return value % bound if value < 65536 - 65536 % bound else next(uniform_integers(seed, label, bound))
