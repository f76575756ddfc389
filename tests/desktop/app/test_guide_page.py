"""The guide in the window: the list of its parts leads to them."""

import re

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from mtgui.common.resources import resource_path
from mtgui.desktop.app.guide_page import GuidePage, heading_name


def test_every_part_is_in_the_list_and_its_link_scrolls_there(qtbot: QtBot) -> None:
    guide = resource_path("guide/guide.md").read_text(encoding="utf-8")
    parts = re.findall(r"^## (.+)$", guide, re.MULTILINE)
    links = re.findall(r"^- \[(.+)\]\(#(.+)\)$", guide, re.MULTILINE)
    assert links == [(part, heading_name(part)) for part in parts]
    page = GuidePage()
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    (text,) = page.findChildren(QTextBrowser)
    places = []
    for _, name in links[:-1]:
        text.anchorClicked.emit(QUrl(f"#{name}"))
        places.append(text.verticalScrollBar().value())
    assert places == sorted(set(places))
    page.show_heading("no-such-part")
    assert text.verticalScrollBar().value() == places[-1]
