"""What chance decided is said as it was: other pictures, another key, or both."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mtgui.auditing.job.audit_events import AuditPlanned
from mtgui.desktop.audit.audit_state import PairState
from mtgui.desktop.audit.audit_words import plot_caption
from mtgui.desktop.audit.outlook import Outlook
from mtgui.desktop.audit.start_view import StartView
from mtgui.records.attainable_p import Attainable, AuditSize, StratumSize
from tests.desktop.desktop_helpers import text_of

PLAN = AuditPlanned(0, 0, 50, 25, 25, 16, 9999, 160_000, 1e-5, 800, "CPU", 50, 0.01)


@pytest.mark.parametrize(
    ("withheld", "keys", "said"),
    [(25, 16, "with other pictures or another key"), (25, 1, "with other pictures ("), (0, 1000, "with another key (")],
)
def test_the_small_print_of_the_plot(withheld: int, keys: int, said: str) -> None:
    state = PairState(plan=replace(PLAN, withheld=withheld, keys=keys))
    state.draws.add(np.array([1.0, 1.1, 1.2]))
    assert said in plot_caption(state)


@pytest.mark.parametrize(("keys", "says_key"), [(16, True), (1, False)])
def test_without_decoys_no_key_is_named(qtbot: QtBot, keys: int, *, says_key: bool) -> None:
    view = StartView()
    qtbot.addWidget(view)
    size = AuditSize((StratumSize(pool=50, published=25),), keys)
    view.show_ready([Outlook(Attainable(size))], Fraction(1, 100))
    view.show()
    said = text_of(view)
    assert ("under 16 keys" in said, "published under yours" in said) == (says_key, says_key)
    assert ("the 25 that you published stand out" in said) is not says_key
