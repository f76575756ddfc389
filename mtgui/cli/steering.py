"""Pause, resume and cancel as lines on the standard input, for a window or a script that started the command."""

import contextlib
import sys
import threading
from collections.abc import Iterator

from mtgui.common.control import Control


@contextlib.contextmanager
def steering(control: Control, *, is_on: bool) -> Iterator[None]:
    """Obey the lines of the standard input while the block runs. Whoever closes it wants the work to stop."""
    if is_on:
        threading.Thread(target=_listen, args=(control,), name="steering", daemon=True).start()
    yield


def _listen(control: Control) -> None:
    orders = {"pause": control.pause, "resume": control.resume, "cancel": control.cancel}
    for line in sys.stdin:
        order = orders.get(line.strip().lower())
        if order is not None:
            order()
    control.cancel()
