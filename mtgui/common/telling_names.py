"""The shortest names that tell files apart: the file's name, with as many folders before it as are needed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from mtgui.common.errors import printable


def telling_names(paths: Sequence[Path], among: Iterable[Path] = ()) -> tuple[str, ...]:
    """Return a name for each of ``paths`` that no other of them, and none of ``among``, has; fit for one line.

    A path that is given twice has one name. The whole path is the name where nothing shorter tells it apart.
    """
    every = {*paths, *among}
    named: dict[Path, str] = {}
    open_paths, depth = set(every), 1
    while open_paths:
        tails = {path: Path(*path.parts[-depth:]).as_posix() for path in every}
        count = Counter(tails.values())
        for path in list(open_paths):
            if count[tails[path]] == 1 or depth >= len(path.parts):
                named[path] = printable(tails[path])
                open_paths.discard(path)
        depth += 1
    return tuple(named[path] for path in paths)
