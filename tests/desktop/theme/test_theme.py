"""Colours that can be read, and a theme that follows."""

import dataclasses

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication

from mtgui.common.errors import StorageError
from mtgui.common.resources import resource_path
from mtgui.desktop.theme.appearance import ThemeFollower, apply_theme, current_tokens, text_font
from mtgui.desktop.theme.icons import application_icon, icon, icon_pixmap
from mtgui.desktop.theme.stylesheet import stylesheet
from mtgui.desktop.theme.text_size import LEAST, MOST, scale_for, set_text_scale, with_scaled_sizes
from mtgui.desktop.theme.tokens import DARK, LIGHT, Tokens, contrast

TABLES = [DARK, LIGHT]
GROUNDS = ["surround", "window", "panel", "raised", "field"]


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", TABLES, ids=["dark", "light"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "muted", "evidence", "no_evidence", "caution", "error"])
def test_text_can_be_read_on_every_ground(tokens: Tokens, ground: str, ink: str) -> None:
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", TABLES, ids=["dark", "light"])
def test_text_can_be_read_on_buttons_and_under_the_mouse(tokens: Tokens) -> None:
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent_hover) >= 4.5
    assert contrast(tokens.text, tokens.hover) >= 4.5


@pytest.mark.parametrize("tokens", TABLES, ids=["dark", "light"])
def test_focus_rings_stand_out(tokens: Tokens) -> None:
    assert all(contrast(tokens.accent, getattr(tokens, ground)) >= 3 for ground in GROUNDS)


@pytest.mark.parametrize("tokens", TABLES, ids=["dark", "light"])
def test_every_image_of_the_style_sheet_is_shipped(tokens: Tokens) -> None:
    names = {part.split('"')[0] for part in stylesheet(tokens).split("mtguicontrols:")[1:]}
    assert names
    for name in names:
        text = resource_path(f"icons/controls/{name}").read_text()
        assert any(colour in text for colour in dataclasses.asdict(tokens).values())


@pytest.mark.parametrize("tokens", TABLES, ids=["dark", "light"])
def test_a_theme_reaches_palette_and_style_sheet(qapp: QApplication, tokens: Tokens) -> None:
    apply_theme(qapp, tokens.scheme)
    assert current_tokens() is tokens
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == tokens.window
    assert tokens.accent in qapp.styleSheet()


def test_a_choice_overrides_the_system(qapp: QApplication) -> None:
    follower = ThemeFollower(qapp, "dark")
    seen: list[str] = []
    follower.changed.connect(seen.append)
    follower.set_choice("light")
    follower.set_choice("light")
    assert (follower.scheme, seen) == ("light", ["light"])
    follower.deleteLater()


def _ink(pixmap_owner: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> str:
    image = pixmap_owner.pixmap(QSize(48, 48), 1.0, mode).toImage()
    return image.pixelColor(24, 24).name()


def test_icons_follow_the_theme_and_mute_when_disabled(qapp: QApplication) -> None:
    sign = icon("add")
    for tokens in TABLES:
        apply_theme(qapp, tokens.scheme)
        assert _ink(sign) == tokens.text
        assert _ink(sign, QIcon.Mode.Disabled) == tokens.disabled


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0, 3.0])
def test_icons_are_drawn_at_the_resolution_of_the_screen(ratio: float) -> None:
    pixmap = icon("add").pixmap(QSize(20, 20), ratio)
    assert (pixmap.width(), pixmap.devicePixelRatio()) == (20 * ratio, ratio)
    assert icon_pixmap("add", 20, ratio).width() == 20 * ratio


@pytest.mark.usefixtures("themed")
def test_all_icons_can_be_drawn_and_are_tinted() -> None:
    files = sorted(resource_path("icons").glob("*.svg"))
    assert len(files) > 25
    for file in files:
        image = icon(file.stem).pixmap(QSize(24, 24), 1.0).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), file.name
    assert not application_icon().pixmap(16, 16).isNull()


def test_a_missing_icon_is_told_at_once() -> None:
    with pytest.raises(StorageError):
        icon("no-such-icon")


@pytest.mark.usefixtures("themed")
def test_the_program_icon_has_round_corners_and_a_picture() -> None:
    image = application_icon().pixmap(64, 64).toImage()
    assert [image.pixelColor(x, y).alpha() for x in (0, 63) for y in (0, 63)] == [0] * 4
    assert len({image.pixelColor(27, y).name() for y in range(10, 54)}) > 3


@pytest.mark.parametrize(
    ("choice", "pixels", "expected"),
    [
        ("system", 12, 1.0),
        ("system", 14, 1.0),
        ("system", 17, 17 / 13),
        ("system", 60, MOST),
        ("system", 8, LEAST),
        ("system", -1, 1.0),
        ("130", 12, 1.3),
        ("100", 26, 1.0),
    ],
)
def test_text_is_as_large_as_the_systems_or_as_chosen(choice: str, pixels: int, expected: float) -> None:
    assert scale_for(choice, pixels) == pytest.approx(expected)


def test_larger_text_has_higher_controls(qapp: QApplication) -> None:
    usual = text_font(13).pixelSize()
    try:
        set_text_scale(qapp, 1.5)
        assert (text_font(13).pixelSize(), usual) == (20, 13)
        styled = with_scaled_sizes("QLabel { font-size: 12px; padding: 4px; min-height: 26px; }")
        assert styled == "QLabel { font-size: 18px; padding: 4px; min-height: 39px; }"
    finally:
        set_text_scale(qapp, 1.0)
    assert text_font(13).pixelSize() == 13
