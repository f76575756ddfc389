"""Rehearsals are tested in one thread, which is fastest for models this small."""

from collections.abc import Iterator

import pytest

from tests.torch_threads import torch_threads


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    with torch_threads(1):
        yield
