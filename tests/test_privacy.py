"""Tests see what a person or another program sees: no private name of another object is used."""

from textwrap import dedent

import pytest

from tests.privacy import private_uses
from tests.sources import found_in_tests


def test_no_test_uses_what_is_another_objects_own() -> None:
    assert found_in_tests(private_uses) == []


# “~” stands for the underscore: this file is looked at like any other.
@pytest.mark.parametrize(
    "source",
    [
        "assert page.~list.count() == 3",
        "page.~list = None",
        "page.list.~model.clear()",
        "self.page.~model",
        "self.~page.~model",
        "from mtgui.records.draw import ~shares",
        "from mtgui.~rooms import draw",
        "import mtgui.~rooms",
        "assert getattr(page, '~list')",
        "monkeypatch.setattr(page, '~list', None)",
        "monkeypatch.setattr('mtgui.records.draw.~shares', None)",
        'CODE = "from mtgui import page; page.~list.clear()"',
        'CODE = f"import sys; sys.path = {sys.path}; from mtgui.page import ~list"',
        '''
        CODE = """
            import sys
            sys.~getframe()
        """
        ''',
    ],
)
def test_the_use_of_a_private_name_is_found(source: str) -> None:
    assert len(private_uses(dedent(source.replace("~", "_")))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "self._page = page",
        "cls._made.clear()",
        "_helper(page.list)",
        "page.__class__.__name__",
        "from __future__ import annotations",
        "call('torch._utils', '_rebuild_tensor_v2')",
        "assert getattr(page, 'list')",
        'TEXT = "to import a file, see page._list"',
    ],
)
def test_what_is_ones_own_or_public_is_none(source: str) -> None:
    assert private_uses(dedent(source)) == []
