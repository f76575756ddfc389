"""The design of an audit is the record's, and nothing contradictory becomes one."""

from dataclasses import replace

import numpy as np
import pytest

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum, audited_rows, design_from_blocks
from mtgui.common.errors import UsageError
from mtgui.records.coin_choice import Choice
from tests.records.records_helpers import make_block, picture

KINDS: list[tuple[str | None, Choice]] = [
    ("cat", "drawn"),
    (None, "always withhold"),
    ("cat", "drawn"),
    (None, "always publish"),
    ("dog", "drawn"),
    ("dog", "drawn"),
]


def test_blocks_become_rows_and_strata_without_what_is_always_withheld() -> None:
    pool = tuple(picture(i, label=label, choice=choice) for i, (label, choice) in enumerate(KINDS))
    blocks = (replace(make_block(), pool=pool, published=(0, 3, 5)), make_block(3, (1,), number=1))
    design = design_from_blocks(blocks)
    assert [(block.number, index) for block, index in audited_rows(blocks)] == [
        *((0, i) for i in (0, 2, 3, 4, 5)),
        *((1, i) for i in (0, 1, 2)),
    ]
    assert design == AuditDesign(
        8, (0, 2, 4, 6), (DrawnStratum((0, 1), 1), DrawnStratum((3, 4), 1), DrawnStratum((5, 6, 7), 1))
    )
    assert design.withheld == 4
    assert design.draws(1000) == 2 * 2 * 3
    assert np.flatnonzero(design.true_draw).tolist() == [0, 2, 4, 6]


@pytest.mark.parametrize(
    ("pictures", "published", "strata"),
    [
        (4, (), ()),
        (4, (1, 0), ()),
        (4, (0, 0), ()),
        (4, (0, 4), ()),
        (4, (-1, 2), ()),
        (4, (0,), (DrawnStratum((0, 1), 2),)),
        (4, (0,), (DrawnStratum((0, 1), 1), DrawnStratum((1, 2), 0))),
        (4, (0,), (DrawnStratum((1, 0), 1),)),
        (4, (0,), (DrawnStratum((), 0),)),
        (4, (0,), (DrawnStratum((0, 4), 1),)),
    ],
)
def test_a_contradictory_design_is_refused(
    pictures: int, published: tuple[int, ...], strata: tuple[DrawnStratum, ...]
) -> None:
    with pytest.raises(UsageError):
        AuditDesign(pictures, published, strata)
