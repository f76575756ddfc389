"""Warns of code that a pickle would run in other programs; mtgui does not run it."""

from collections.abc import Iterable

from mtgui.reading.errors import quoted

_DANGEROUS = frozenset(
    {"os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "builtins", "__builtin__", "runpy", "importlib"}
    | {"ctypes", "pty", "commands", "webbrowser", "pickle", "_pickle", "marshal", "code", "codeop", "asyncio"}
    | {"multiprocessing", "urllib", "requests", "http", "pip", "operator", "functools", "pathlib", "tempfile"}
)
_HARMLESS_NAMES = frozenset(
    {"set", "frozenset", "object", "dict", "list", "tuple", "int", "float", "complex", "bool", "str", "bytes"}
    | {"bytearray", "slice", "range", "type", "unicode", "long", "xrange", "print", "partial"}
    | {"Path", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "PurePath"}
)
_MOST_NAMED = 5


def warnings_about(names: Iterable[str]) -> list[str]:
    """Return a list with one warning if a full name in a pickle is harmful in other programs, else an empty list."""
    suspicious = sorted(name for name in names if _is_suspicious(name))
    if not suspicious:
        return []
    shown = ", ".join(quoted(name) for name in suspicious[:_MOST_NAMED])
    words = (
        f"Careful: with other programs, opening this file could run {shown}. mtgui has not run it, and you should not "
        "open the file with anything else."
    )
    return [words]


def _is_suspicious(name: str) -> bool:
    module, _, last = name.partition(".")
    return module in _DANGEROUS and last.rpartition(".")[2] not in _HARMLESS_NAMES
