"""The trained world of the audit tests, once for all tests of the window where torch is."""

import importlib.util
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.auditing.job.world import World


@pytest.fixture(scope="session")
def world() -> "World":
    """People's records, a model that learned their copies, and its twin that did not."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch")
    from tests.auditing.job.world import make_world

    return make_world()
