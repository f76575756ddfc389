"""What the engine remarks while it rehearses, above the Rehearse page: all of it, once, and never over an error."""

from pathlib import Path

from mtgui.common.events import ItemFailed, Noticed
from mtgui.desktop.rehearse.rehearse_page import RehearsePage


def remark(page: RehearsePage, *sentences: str) -> None:
    """Let the engine remark ``sentences`` between two refreshes of the page."""
    for sentence in sentences:
        page.rehearsing.state.tell(Noticed(sentence))
    page.rehearsing.told.emit()


def test_remarks_between_two_refreshes_are_all_said(page: RehearsePage) -> None:
    remark(page, "One thing.", "Another thing.")
    assert page.messages.text == "One thing. Another thing."
    assert page.messages.tone == "info"


def test_a_remark_that_was_closed_does_not_come_back_with_the_next_refresh(page: RehearsePage) -> None:
    remark(page, "One thing.")
    page.messages.dismiss()
    remark(page)
    assert page.messages.text == ""


def test_a_remark_waits_until_an_error_is_closed(page: RehearsePage) -> None:
    page.messages.show_message("The disk is full.", "error")
    remark(page, "One thing.")
    assert page.messages.text == "The disk is full."
    page.messages.dismiss()
    remark(page)
    assert page.messages.text == "One thing."


def test_a_remark_stands_beside_what_was_left_out(page: RehearsePage) -> None:
    page.rehearsing.state.tell(ItemFailed(Path("a.png"), "it is empty."))
    remark(page, "One thing.")
    assert page.messages.text == "One thing. Left out: a.png: it is empty."
    assert page.messages.tone == "caution"
