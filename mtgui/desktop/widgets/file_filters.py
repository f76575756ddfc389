"""The file filters of the file dialogs."""

from mtgui.pictures.formats import READABLE_SUFFIXES
from mtgui.reading.model_suffixes import OFFERED_SUFFIXES
from mtgui.records.record_suffix import RECORD_SUFFIX

RECORDS = f"Mark records (*{RECORD_SUFFIX});;All files (*)"
PICTURES = f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(READABLE_SUFFIXES))});;All files (*)"
MODELS = f"Models ({' '.join(f'*{suffix}' for suffix in OFFERED_SUFFIXES)});;All files (*)"
