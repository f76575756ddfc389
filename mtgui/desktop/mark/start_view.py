"""The first view of the Mark page: what the program does, and what it works on and what not."""

from mtgui.common.texts import text
from mtgui.desktop.widgets.notices import EmptyState
from mtgui.pictures.formats import TITLES

WORKS_ON = (
    "Pictures: {formats}. Models you can audit later: image classifiers from PyTorch, safetensors and ONNX files; "
    "LoRAs and diffusion models of Stable Diffusion 1.x, 2.x and XL. Not yet: models of text or sound."
)


def start_view() -> EmptyState:
    """Return the view of a page without pictures."""
    view = EmptyState(
        "mark",
        text("Mark your pictures before you publish them"),
        text(
            "Add a set of pictures. A coin decides which of them go out and which stay home. Publish the copies; if a "
            "model is trained on them, an audit can show it later. Your originals are never changed."
        ),
        text("Add pictures…"),
        text("or drop pictures and folders here"),
    )
    view.set_small_print(text(WORKS_ON, formats=", ".join(TITLES.values())))
    return view
