"""The trained scene of the audit tests, once for all tests of the window where torch is."""

import importlib.util

if importlib.util.find_spec("torch") is not None:
    from tests.auditing.job.conftest import scene

    __all__ = ["scene"]
