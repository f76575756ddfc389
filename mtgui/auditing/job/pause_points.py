"""Pausing where it can be said: between two events, never in the midst of the work."""

from mtgui.common.control import Control


class Unpaused(Control):
    """What the work sees of ``whole``: that it was cancelled, but no pause."""

    def __init__(self, whole: Control) -> None:
        """Follow ``whole``."""
        super().__init__()
        self._whole = whole

    @property
    def is_cancelled(self) -> bool:
        """True once the whole was cancelled."""
        return self._whole.is_cancelled

    def checkpoint(self) -> None:
        """Raise `CancelledError` once the whole was cancelled."""
        if self._whole.is_cancelled:
            self._whole.checkpoint()
