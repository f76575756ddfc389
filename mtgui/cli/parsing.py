"""Plain error messages for options that need a number, in place of argparse's own."""

import argparse
import re
from typing import Any

from mtgui.common.errors import printable


class NumberParser(argparse.ArgumentParser):
    """Reads ``type=int`` and ``type=float`` like argparse, with a plain sentence for text that is no number."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take the arguments of `argparse.ArgumentParser`."""
        super().__init__(*arguments, **named)
        self.register("type", int, _whole_number)
        self.register("type", float, _number)


def in_plain_words(message: str) -> str:
    """Return a message of argparse without its preface, such as “--threads wants a whole number, not “x””."""
    return re.sub(r"^argument (?:\S+/)?(\S+): wants ", r"\1 wants ", message)


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"wants a whole number, not “{printable(text)}”") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"wants a number, not “{printable(text)}”") from None
