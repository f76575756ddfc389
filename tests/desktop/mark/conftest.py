"""What the tests of the Mark page share."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mtgui.desktop.mark.mark_choices import ChoiceHistory


@pytest.fixture
def history() -> "ChoiceHistory":
    """What a person has chosen so far: nothing."""
    from mtgui.desktop.mark.mark_choices import ChoiceHistory

    return ChoiceHistory()
