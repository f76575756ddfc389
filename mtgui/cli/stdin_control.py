"""Pause, resume and cancel as lines on the standard input, for a window or a script that started the command."""

import contextlib
import os
import threading
from collections.abc import Iterator

from mtgui.common.control import Control

_STDIN = 0
_MOST = 4096


@contextlib.contextmanager
def steering(control: Control, *, is_on: bool) -> Iterator[threading.Thread | None]:
    """Obey the lines of the standard input while the block runs; give the thread that does. Whoever closes the input
    wants the work to stop.
    """
    listener = threading.Thread(target=_listen, args=(control,), name="steering", daemon=True) if is_on else None
    if listener is not None:
        listener.start()
    yield listener


def _listen(control: Control) -> None:
    orders = {b"pause": control.pause, b"resume": control.resume, b"cancel": control.cancel}
    for line in _lines():
        order = orders.get(line.strip().lower())
        if order is not None:
            order()
    control.cancel()


def _lines() -> Iterator[bytes]:
    """Yield the lines of the standard input.

    They are read past ``sys.stdin``: while this thread waits in there, Python cannot end.
    """
    rest = b""
    with contextlib.suppress(OSError):
        while piece := os.read(_STDIN, _MOST):
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines
            rest = rest[-_MOST:]
