from importlib import import_module
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtgui.auditing.engine.views import ONE_VIEW, TEN_VIEWS, query_views
from mtgui.common.errors import UsageError

transforms: Any = import_module("torchvision.transforms.functional")
SIDES = st.integers(1, 60)


@given(SIDES, SIDES, st.data())
def test_the_crops_are_torchvisions(height: int, width: int, data: st.DataObject) -> None:
    crop = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    pixels = torch.arange(height * width).reshape(1, height, width)
    expected = transforms.five_crop(pixels, list(crop))
    for corner, cut in zip(TEN_VIEWS.crops, expected, strict=True):
        top, left = corner.at((height, width), crop)
        assert torch.equal(pixels[:, top : top + crop[0], left : left + crop[1]], cut)
    top, bottom, left, right = ONE_VIEW.window((height, width), crop)
    assert torch.equal(pixels[:, top:bottom, left:right], transforms.center_crop(pixels, list(crop)))


@given(SIDES, SIDES, st.data())
def test_the_window_holds_every_crop(height: int, width: int, data: st.DataObject) -> None:
    crop = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    assert TEN_VIEWS.window((height, width), crop) == (0, height, 0, width)


def test_there_are_one_or_ten_views() -> None:
    assert query_views(1) is ONE_VIEW
    assert query_views(10) is TEN_VIEWS
    with pytest.raises(UsageError, match="1 or 10 views, not 5"):
        query_views(5)
