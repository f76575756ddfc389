"""What an audit still lacks, and which step comes next."""

from mtgui.auditing.job.labels import MODEL_CHOICE
from mtgui.desktop.audit.label_step import LabelStep
from mtgui.desktop.audit.model_step import ModelStep
from mtgui.desktop.audit.pictures_step import PicturesStep
from mtgui.desktop.audit.run_step import RunStep


def lacking(model: ModelStep, pictures: PicturesStep, label: LabelStep, run: RunStep) -> str:
    """Return what has to be done before an audit can be run; empty where nothing."""
    if model.is_busy or pictures.is_busy:
        return "One moment…"
    if not model.is_ready:
        return "First choose a model." if model.choice is None else "Choose the architecture of the model."
    if not pictures.paths:
        return "Now add the mark record of your pictures."
    if not pictures.is_ready:
        return "Not all originals were found."
    if pictures.has_lost and label.label == MODEL_CHOICE:
        return "Choose the class of the pictures: the model’s own choice needs all originals."
    if not label.is_ready:
        return "Choose the class of the pictures."
    if not run.is_ready:
        return "These settings cannot reach their own α."
    return ""


def next_step(model: ModelStep, pictures: PicturesStep) -> str:
    """Return the step that the page leads to: “model”, “architecture”, “record”, “folder”; empty where all is there."""
    if model.choice is None:
        return "model"
    if not model.is_busy and not model.is_ready:
        return "architecture"
    if not pictures.paths:
        return "record"
    if not pictures.is_busy and not pictures.is_ready:
        return "folder"
    return ""
