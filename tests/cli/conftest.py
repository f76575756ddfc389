"""What these tests share: a data folder of their own, and one small world of audits for all."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mtgui.records.audit_log import FOLDER_VARIABLE

if TYPE_CHECKING:
    from tests.auditing.job.world import World


@pytest.fixture(autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the audit log and the states of interrupted audits out of the user's own folder."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="session")
def world() -> "World":
    from tests.auditing.job.world import make_world

    return make_world()
