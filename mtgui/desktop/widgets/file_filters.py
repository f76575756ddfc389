"""The file filters of the file dialogs."""

from mtgui.reading.model_suffixes import OFFERED_SUFFIXES
from mtgui.records.record_suffix import RECORD_SUFFIX

RECORDS = f"Mark records (*{RECORD_SUFFIX})"
MODELS = f"Models ({' '.join(f'*{suffix}' for suffix in OFFERED_SUFFIXES)});;All files (*)"
