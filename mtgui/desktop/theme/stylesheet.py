"""The style sheet of the whole window, made from the tokens.

The property ``kind`` of a widget selects its style: buttons ``primary``, ``quiet``, ``segment``, ``rail``;
labels ``caption``, ``head``, ``title``, ``headline``, ``strong``; frames ``panel``, ``bar``, ``rail``, ``segments``,
``message``, ``line``, ``card``, ``paper``, ``verdict``; check boxes ``task``; lists ``strip``, ``shelf``, ``plot``.
"""

from mtgui.desktop.theme.tokens import (
    CAPTION_PIXELS,
    CARD_RADIUS,
    CONTROL_HEIGHT,
    GRID,
    HEAD_PIXELS,
    PRIMARY_HEIGHT,
    RADIUS,
    TITLE_PIXELS,
    Tokens,
)

CONTROLS_PREFIX = "mtguicontrols"


def stylesheet(tokens: Tokens) -> str:
    """Return the style sheet for ``tokens``."""
    parts = (_grounds, _labels, _buttons, _segments, _fields, _arrows, _ticks, _sliders, _lists, _rest)
    return "\n".join(part(tokens) for part in parts)


def _image(name: str, tokens: Tokens) -> str:
    return f'url("{CONTROLS_PREFIX}:{name}-{tokens.scheme}.svg")'


def _grounds(t: Tokens) -> str:
    return f"""
QMainWindow, QDialog {{ background: {t.window}; }}
QFrame[kind="panel"] {{ background: {t.panel}; border: none; }}
QFrame[kind="strip"] {{ background: {t.window}; border: none; }}
QFrame[kind="bar"] {{ background: {t.window}; border: none; }}
QFrame[kind="rail"] {{ background: {t.panel}; border: none; border-right: 1px solid {t.line}; }}
QFrame[kind="line"] {{ background: {t.line}; border: none; }}
QFrame[kind="card"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: {CARD_RADIUS}px; }}
QFrame[kind="paper"] {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: {CARD_RADIUS}px; }}
QFrame[kind="verdict"] {{
    background: {t.raised}; border: 1px solid {t.line}; border-left: 5px solid {t.accent};
    border-radius: {CARD_RADIUS}px;
}}
QFrame[kind="verdict"][verdict="evidence"] {{ border-left: 5px solid {t.evidence}; }}
QFrame[kind="verdict"][verdict="no evidence"] {{ border-left: 5px solid {t.no_evidence}; }}
QFrame[kind="verdict"][verdict="not found"] {{ border-left: 5px solid {t.no_evidence}; }}
QFrame[kind="verdict"][verdict="caution"] {{ border-left: 5px solid {t.caution}; }}
QFrame[kind="verdict"][verdict="error"] {{ border-left: 5px solid {t.error}; }}
QFrame[kind="message"] {{ background: {t.raised}; border: none; border-bottom: 1px solid {t.line}; }}
QFrame[kind="message"][place="bottom"] {{ border-top: 1px solid {t.line}; }}
QFrame[kind="message"][tone="info"] {{ border-left: 4px solid {t.accent}; }}
QFrame[kind="message"][tone="caution"] {{ border-left: 4px solid {t.caution}; }}
QFrame[kind="message"][tone="error"] {{ border-left: 4px solid {t.error}; }}
QLabel[kind="pill"] {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; border-radius: 10px;
    padding: 4px 12px; font-size: {CAPTION_PIXELS}px;
}}
"""


def _labels(t: Tokens) -> str:
    return f"""
QLabel {{ color: {t.text}; background: transparent; }}
QLabel:disabled {{ color: {t.disabled}; }}
QLabel[kind="caption"] {{ color: {t.muted}; font-size: {CAPTION_PIXELS}px; }}
QLabel[tone="caution"] {{ color: {t.caution}; }}
QLabel[tone="error"] {{ color: {t.error}; }}
QLabel[kind="caption"][tone="caution"] {{ color: {t.caution}; }}
QLabel[kind="head"] {{ color: {t.muted}; font-size: {HEAD_PIXELS}px; font-weight: 600; letter-spacing: 1px; }}
QLabel[kind="title"] {{ font-size: {TITLE_PIXELS}px; font-weight: 600; }}
QLabel[kind="strong"] {{ font-weight: 600; }}
QLabel[kind="headline"] {{ font-size: 16px; font-weight: 600; }}
"""


def _buttons(t: Tokens) -> str:
    inner = CONTROL_HEIGHT - 2
    return f"""
QPushButton, QToolButton {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; border-radius: {RADIUS}px;
    min-height: {inner}px; padding: 0 12px;
}}
QToolButton {{ padding: 0; min-width: {inner}px; }}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.line}; }}
QPushButton:focus, QToolButton:focus {{
    border: 2px solid {t.accent}; min-height: {inner - 2}px; padding: 0 11px;
}}
QToolButton:focus {{ padding: 0; min-width: {inner - 2}px; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.disabled}; border-color: {t.line}; }}
QPushButton:checked, QToolButton:checked {{
    background: {t.accent}; color: {t.on_accent}; border-color: {t.accent};
}}
QPushButton[kind="primary"] {{
    background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent}; font-weight: 600;
    min-height: {PRIMARY_HEIGHT - 2}px; padding: 0 20px;
}}
QPushButton[kind="primary"]:hover {{ background: {t.accent_hover}; border-color: {t.accent_hover}; }}
QPushButton[kind="primary"]:focus {{
    border: 2px solid {t.text}; min-height: {PRIMARY_HEIGHT - 4}px; padding: 0 19px;
}}
QPushButton[kind="primary"]:disabled {{
    background: {t.raised}; color: {t.disabled}; border-color: {t.line};
}}
QPushButton[kind="quiet"], QToolButton[kind="quiet"] {{ background: transparent; border-color: transparent; }}
QPushButton[kind="quiet"] {{ color: {t.text}; padding: 0 8px; }}
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover {{ background: {t.hover}; }}
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus {{ border-color: {t.accent}; }}
QPushButton[kind="quiet"]:focus {{ padding: 0 7px; }}
QPushButton[kind="quiet"]:disabled {{ color: {t.disabled}; }}
QPushButton::menu-indicator {{
    image: {_image("down", t)}; width: 14px; subcontrol-position: right center; subcontrol-origin: padding;
    right: 6px;
}}
QToolButton::menu-indicator {{ image: none; }}
"""


def _segments(t: Tokens) -> str:
    inner = CONTROL_HEIGHT - 2
    return f"""
QFrame[kind="segments"] {{
    background: {t.raised}; border: 1px solid {t.edge}; border-radius: {RADIUS}px;
}}
QPushButton[kind="segment"] {{
    background: transparent; border: none; border-right: 1px solid {t.edge}; border-radius: 0;
    min-height: {inner}px; max-height: {inner}px; padding: 0 {GRID}px;
}}
QPushButton[kind="segment"][place="last"], QPushButton[kind="segment"][place="only"] {{
    border-right: none; border-top-right-radius: {RADIUS - 1}px; border-bottom-right-radius: {RADIUS - 1}px;
}}
QPushButton[kind="segment"][place="first"], QPushButton[kind="segment"][place="only"] {{
    border-top-left-radius: {RADIUS - 1}px; border-bottom-left-radius: {RADIUS - 1}px;
}}
QPushButton[kind="segment"]:hover {{ background: {t.hover}; }}
QPushButton[kind="segment"]:checked {{ background: {t.accent}; color: {t.on_accent}; font-weight: 600; }}
QPushButton[kind="segment"]:disabled {{ color: {t.disabled}; }}
QPushButton[kind="segment"]:checked:disabled {{ background: {t.line}; color: {t.disabled}; }}
QPushButton[kind="segment"]:focus {{
    border: 2px solid {t.text}; min-height: {inner - 4}px; max-height: {inner - 4}px; padding: 0 {GRID - 2}px;
}}
QToolButton[kind="rail"] {{
    background: transparent; color: {t.muted}; border: none; border-left: 3px solid transparent;
    border-right: 3px solid transparent; border-radius: 0; font-size: {CAPTION_PIXELS}px;
    padding: 9px 0 7px 0;
}}
QToolButton[kind="rail"]:hover {{ background: {t.raised}; color: {t.text}; }}
QToolButton[kind="rail"]:checked {{
    background: {t.raised}; color: {t.text}; border-left: 3px solid {t.accent};
}}
QToolButton[kind="rail"]:focus {{
    border: 2px solid {t.text}; border-left: 3px solid {t.accent}; padding: 7px 0 5px 0;
}}
"""


def _fields(t: Tokens) -> str:
    inner = CONTROL_HEIGHT - 2
    return f"""
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
    background: {t.field}; color: {t.text}; border: 1px solid {t.edge}; border-radius: {RADIUS}px;
    min-height: {inner}px; max-height: {inner}px; padding: 0 8px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QLineEdit {{ placeholder-text-color: {t.muted}; }}
QComboBox {{ background: {t.raised}; padding-right: 24px; }}
QComboBox:hover {{ background: {t.hover}; }}
QSpinBox, QDoubleSpinBox {{ padding: 0 18px 0 6px; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
    border: 2px solid {t.accent}; min-height: {inner - 2}px; max-height: {inner - 2}px;
}}
QLineEdit:focus {{ padding: 0 7px; }}
QComboBox:focus {{ padding: 0 23px 0 7px; }}
QSpinBox:focus, QDoubleSpinBox:focus {{ padding: 0 17px 0 5px; }}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{
    color: {t.disabled}; border-color: {t.line}; background: {t.panel};
}}
QComboBox QAbstractItemView {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; outline: none; padding: 4px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QComboBox QAbstractItemView::item {{ min-height: 26px; padding: 0 8px; }}
"""


def _arrows(t: Tokens) -> str:
    spins = ("QSpinBox", "QDoubleSpinBox")

    def each(suffix: str) -> str:
        return ", ".join(f"{spin}::{suffix}" for spin in spins)

    return f"""
QComboBox::drop-down {{ border: none; width: 24px; subcontrol-position: right center; }}
QComboBox::down-arrow {{ image: {_image("down", t)}; width: 16px; height: 16px; }}
QComboBox::down-arrow:disabled {{ image: {_image("down-disabled", t)}; }}
{each("up-button")} {{
    subcontrol-origin: border; subcontrol-position: top right; width: 18px; height: 13px; border: none;
    background: transparent; margin: 1px 1px 0 0; border-top-right-radius: {RADIUS - 1}px;
}}
{each("down-button")} {{
    subcontrol-origin: border; subcontrol-position: bottom right; width: 18px; height: 13px; border: none;
    background: transparent; margin: 0 1px 1px 0; border-bottom-right-radius: {RADIUS - 1}px;
}}
{each("up-button:hover")}, {each("down-button:hover")} {{ background: {t.hover}; }}
{each("up-button:pressed")}, {each("down-button:pressed")} {{ background: {t.line}; }}
{each("up-arrow")} {{ image: {_image("up", t)}; width: 12px; height: 12px; }}
{each("down-arrow")} {{ image: {_image("down", t)}; width: 12px; height: 12px; }}
{each("up-arrow:off")}, {each("up-arrow:disabled")} {{ image: {_image("up-disabled", t)}; }}
{each("down-arrow:off")}, {each("down-arrow:disabled")} {{ image: {_image("down-disabled", t)}; }}
"""


def _ticks(t: Tokens) -> str:
    return f"""
QCheckBox, QRadioButton {{
    color: {t.text}; spacing: 8px; min-height: {CONTROL_HEIGHT - 4}px; padding: 0 2px;
}}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.disabled}; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: 16px; height: 16px; border: 1px solid {t.muted}; background: {t.field};
}}
QCheckBox::indicator {{ border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ background: {t.hover}; }}
QCheckBox::indicator:checked {{ image: {_image("check", t)}; }}
QCheckBox::indicator:indeterminate {{ image: {_image("partial", t)}; }}
QRadioButton::indicator:checked {{ image: {_image("dot", t)}; }}
QCheckBox::indicator:checked, QCheckBox::indicator:indeterminate, QRadioButton::indicator:checked {{
    background: {t.accent}; border-color: {t.accent};
}}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
    border-color: {t.line}; background: {t.line};
}}
QCheckBox:focus, QRadioButton:focus {{ outline: none; }}
QCheckBox[kind="task"] {{ font-size: 16px; font-weight: 600; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{
    width: 14px; height: 14px; border: 2px solid {t.text};
}}
"""


def _sliders(t: Tokens) -> str:
    return f"""
QSlider {{ min-height: 20px; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.groove}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -6px 0; border-radius: 8px; background: {t.handle};
    border: 1px solid {t.muted};
}}
QSlider::handle:horizontal:hover {{ border: 1px solid {t.accent}; }}
QSlider::handle:horizontal:focus {{
    width: 10px; height: 10px; border: 3px solid {t.accent}; background: {t.handle};
}}
QSlider::sub-page:horizontal:disabled {{ background: {t.line}; }}
QSlider::groove:horizontal:disabled {{ background: {t.line}; }}
QSlider::handle:horizontal:disabled {{ background: {t.disabled}; border-color: {t.disabled}; }}
QProgressBar {{
    background: {t.groove}; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
    color: transparent;
}}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
"""


def _lists(t: Tokens) -> str:
    return f"""
QAbstractScrollArea {{ background: {t.field}; color: {t.text}; border: 1px solid {t.edge}; outline: none; }}
QAbstractScrollArea:focus {{ border: 1px solid {t.accent}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QAbstractScrollArea[kind="plot"] {{ background: transparent; border: 2px solid transparent; border-radius: 4px; }}
QAbstractScrollArea[kind="plot"]:focus {{ border: 2px solid {t.accent}; }}
QListView[kind="shelf"] {{ background: {t.panel}; border: 1px solid transparent; outline: none; }}
QListView[kind="shelf"]:focus {{ border: 1px solid {t.accent}; }}
QListView[kind="kept"] {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 4px; padding: 2px; }}
QListView[kind="kept"]:focus {{ border: 1px solid {t.accent}; }}
QListView[kind="strip"] {{ background: {t.window}; border: none; outline: none; }}
QListView::item {{ min-height: 26px; }}
QListView::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
QTableView {{ gridline-color: {t.line}; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QTableView::item {{ padding: 0 8px; }}
QHeaderView::section {{
    background: {t.panel}; color: {t.muted}; border: none; border-bottom: 1px solid {t.line}; padding: 4px 8px;
    font-size: {CAPTION_PIXELS}px;
}}
QTextBrowser {{ background: {t.panel}; border: none; padding: 16px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {t.edge}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _rest(t: Tokens) -> str:
    return f"""
QMenu {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.accent}; color: {t.on_accent}; }}
QMenu::item:disabled {{ color: {t.disabled}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
QToolTip {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.edge}; padding: 4px 6px;
    font-size: {CAPTION_PIXELS}px;
}}
QGroupBox {{ border: none; margin-top: 20px; }}
QGroupBox::title {{ subcontrol-origin: margin; color: {t.muted}; }}
QSplitter::handle {{ background: {t.line}; }}
"""
