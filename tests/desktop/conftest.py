"""What the tests of the window share: a theme, and thumbnails that are closed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QApplication

    from mtgui.desktop.thumbnails import Thumbnails

pytest.importorskip("PySide6")


@pytest.fixture
def themed(qapp: "QApplication") -> "QApplication":
    """The application in the dark scheme."""
    from mtgui.desktop.theme import apply_theme, current_tokens

    if current_tokens().scheme != "dark" or not qapp.styleSheet():
        apply_theme(qapp, "dark")
    return qapp


def grey(_path: Path, longest: int) -> "NDArray[np.uint8]":
    """Decode any path to a grey picture."""
    import numpy as np

    return np.full((3, longest // 2, longest), 128, dtype=np.uint8)


@pytest.fixture
def make_thumbnails(themed: "QApplication") -> Iterator[Callable[..., "Thumbnails"]]:
    """Build thumbnail stores that are closed after the test."""
    from mtgui.desktop.thumbnails import Thumbnails

    made: list[Thumbnails] = []

    def make(load: Callable[[Path, int], "NDArray[np.uint8]"] = grey, cached: int = 300) -> Thumbnails:
        made.append(Thumbnails(load, cached=cached))
        return made[-1]

    yield make
    themed.processEvents()
    for store in made:
        assert store.close()
