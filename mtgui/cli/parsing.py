"""What all commands say of numbers that are none, in place of argparse's own words."""

import argparse
import re
from typing import Any

from mtgui.common.errors import printable


class NumberParser(argparse.ArgumentParser):
    """Reads ``type=int`` and ``type=float`` as argparse does, and names what is no number in a plain sentence."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take the arguments of `argparse.ArgumentParser`."""
        super().__init__(*arguments, **named)
        self.register("type", int, _whole_number)
        self.register("type", float, _number)


def in_plain_words(message: str) -> str:
    """Return what argparse says is wrong with an option without its preface: “--threads wants a whole number, …”."""
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
