"""What lies beside a model's tensors and speaks of it: the names of its classes, and how pictures are prepared."""

from pathlib import Path

from mtgui.auditing.architectures.hub_config import hub_preprocessing
from mtgui.auditing.architectures.label_files import class_names_beside
from mtgui.auditing.architectures.match import ModelHints, PreprocessingHint
from mtgui.reading.hints import NO_HINTS
from mtgui.reading.hints import Hints as SideHints


def collect_hints(
    path: Path, sha256: str = "", chosen: PreprocessingHint | None = None, side: SideHints = NO_HINTS
) -> ModelHints:
    """Return what the files beside the model at ``path``, a file or a folder, say of it.

    sha256: of the model file where it is one, by which released files are known. chosen: preprocessing that a person
    chose; it goes before all other. side: what the reading process found in the settings of a model hub. Files that
    cannot be read or make no sense are left aside, with a note. Raises SettingError for impossible settings.
    """
    names, origin, notes = class_names_beside(path)
    if side.class_names:
        names, origin = side.class_names, side.config.file
    preprocessing, more = hub_preprocessing(side)
    chosen_first = preprocessing if chosen is None else (chosen, *preprocessing)
    return ModelHints(chosen_first, names, origin, sha256, (*notes, *more), side.config)
