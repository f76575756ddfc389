"""What lies beside a model's tensors and speaks of it: the names of its classes, and how pictures are prepared."""

from pathlib import Path

from mtgui.auditing.recognition.label_files import class_names_beside
from mtgui.auditing.recognition.match import Hints, PreprocessingHint


def collect_hints(path: Path, sha256: str = "", chosen: PreprocessingHint | None = None) -> Hints:
    """Return what the files beside the model at ``path``, a file or a folder, say of it.

    sha256: of the model file where it is one, by which released files are known. chosen: preprocessing that a person
    chose; it goes before all other. Files that cannot be read or make no sense are left aside, with a note.
    """
    names, origin, notes = class_names_beside(path)
    preprocessing = () if chosen is None else (chosen,)
    return Hints(preprocessing, names, origin, sha256, notes)
