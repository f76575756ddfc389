"""Keeps libraries of networks from the internet and from printing while they are imported."""

import contextlib
import os
from collections.abc import Iterator

_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "DIFFUSERS_VERBOSITY": "error",
}


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Keep transformers and diffusers offline and silent inside the block; the environment is the same after it."""
    before = {name: os.environ.get(name) for name in _QUIET}
    os.environ.update(_QUIET)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
