"""What every test of audits has: a data folder of its own, and one small world for all."""

from pathlib import Path

import pytest

from mtgui.records.audit_log import FOLDER_VARIABLE
from tests.auditing.job.world import World, make_world


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the audit log and the states of interrupted audits out of the user's own folder."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()
