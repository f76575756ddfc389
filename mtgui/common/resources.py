"""The one way to the files that ship with mtgui: icons, guide, demo pictures."""

from pathlib import Path

from mtgui.common.errors import StorageError


def resource_path(name: str) -> Path:
    """Return the path of the shipped file or folder ``name``, such as ``demo`` or ``guide/guide.md``.

    In an installed wheel the resources lie inside the package, in a checkout beside it. Raises
    StorageError when the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for root in (package / "_resources", package.parent / "resources"):
        path = root / name
        if path.exists():
            return path
    raise StorageError(f"The installation lacks its file “{name}”. Install mtgui again.")
