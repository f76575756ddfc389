"""A history with something in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("PySide6")

if TYPE_CHECKING:
    from mtgui.desktop.history.store import HistoryStore


@pytest.fixture
def store(tmp_path: Path) -> "Iterator[HistoryStore]":
    """An empty history."""
    from mtgui.desktop.history.store import HistoryStore

    store = HistoryStore(tmp_path / "history.sqlite")
    yield store
    store.close()
