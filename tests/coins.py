"""Coins that fall the way that a test has chosen, in place of the system's chance."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def coins(number: int) -> Iterator[None]:
    """Let keys and draws inside the block fall the way that ``number`` says."""
    chance = random.Random(number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", chance.randbytes)
        patch.setattr(secrets, "SystemRandom", lambda: chance)
        yield
