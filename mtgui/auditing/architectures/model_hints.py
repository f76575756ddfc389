"""Collects hints beside a model's tensors: the names of its classes, and its preprocessing."""

from pathlib import Path

from mtgui.auditing.architectures.hub_config import hub_preprocessing
from mtgui.auditing.architectures.label_files import class_names_beside
from mtgui.auditing.architectures.match import ModelHints, PreprocessingHint
from mtgui.reading.hints import NO_HINTS
from mtgui.reading.hints import Hints as SideHints


def collect_hints(
    path: Path, sha256: str = "", chosen: PreprocessingHint | None = None, side: SideHints = NO_HINTS
) -> ModelHints:
    """Return the hints in files beside the model at ``path``, a file or a folder.

    sha256: of the model file, if it is a single file; released files are recognised by it. chosen: preprocessing that a
    person chose, which has precedence. side: settings of a model hub, found by the reading process. Unusable files are
    ignored, with a note. Raises SettingError for impossible settings.
    """
    names, origin, notes = class_names_beside(path)
    if side.class_names:
        names, origin = side.class_names, side.class_names_origin
    preprocessing = hub_preprocessing(side)
    chosen_first = preprocessing if chosen is None else (chosen, *preprocessing)
    return ModelHints(chosen_first, names, origin, sha256, notes, side.config, side.architecture)
