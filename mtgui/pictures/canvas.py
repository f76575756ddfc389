"""Colours as Pillow holds them, four bytes a pixel, in memory of ours that it draws into and saves from.

Pillow takes fresh memory for every picture. That comes from the system page by page, which is a third of the time it
takes to decode a JPEG file, and threads wait for each other meanwhile. Memory that a thread uses again costs neither.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.marking.arrays import WORKSPACE, Workspace

FRESH = Workspace(0)
"""Keeps nothing: what it gives is nobody else's."""

Cells = NDArray[np.uint32]
"""Pixels, (H, W): red in the lowest byte, then green and blue; the highest byte says nothing."""

_CELL = np.dtype("<u4")
_CELLS_AT_A_TIME = 1 << 16


class Undrawn(Protocol):
    """A picture of Pillow's that is open and not yet loaded; ``im`` is the memory that it will be drawn on, ``tile``
    what there is to draw.
    """

    im: Any
    tile: Any

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Rows."""

    def load(self) -> object:
        """Draw."""


def draw(image: Undrawn, memory: Workspace) -> Cells | None:
    """Decode ``image``, of the mode RGB, into ``memory``.

    None where Pillow would not draw there; then it is loaded as ever. Raises what Pillow raises for damaged files. A
    picture is drawn once: afterwards it has nothing to show.
    """
    # Without anything to draw Pillow refuses a picture only as long as it has no memory.
    if not image.tile:
        return None
    cells = _cells(image.width, image.height, memory)
    lent = _view(cells).im
    # Drawn cells have their highest byte set. Rows that a damaged file leaves out must not show the picture before.
    cells[:, -1] = 0
    image.im = lent
    try:
        image.load()
    finally:
        is_drawn_here = image.im is lent
        if is_drawn_here:
            # What the memory holds next is none of this picture's.
            image.im = None
    if not is_drawn_here:
        return None
    cells[cells[:, -1] == 0] = 0
    return cells


def split(cells: Cells, memory: Workspace) -> NDArray[np.uint8]:
    """Return the channels of ``cells``, (3, H, W), in ``memory``."""
    height, width = cells.shape
    planes: NDArray[np.uint8] = memory.array("planes", (3, height, width), np.uint8)
    for rows in _bands(height, width):
        some = cells[rows]
        np.copyto(planes[0, rows], some, casting="unsafe")
        for channel in (1, 2):
            shifted = WORKSPACE.array("shifted cells", some.shape, _CELL)
            np.right_shift(some, 8 * channel, out=shifted)
            np.copyto(planes[channel, rows], shifted, casting="unsafe")
    return planes


def merge(planes: NDArray[np.uint8], memory: Workspace) -> Image.Image:
    """Return a picture of the mode RGBX that shows ``planes``, (3, H, W), out of ``memory``, not out of a copy."""
    _, height, width = planes.shape
    cells = _cells(width, height, memory)
    channels = cells.view(np.uint8).reshape(height, width, 4)
    for rows in _bands(height, width):
        for channel, plane in enumerate(planes):
            channels[rows, :, channel] = plane[rows]
    return _view(cells)


def _cells(width: int, height: int, memory: Workspace) -> Cells:
    cells: Cells = memory.array("canvas", (height, width), _CELL)
    return cells


def _view(cells: Cells) -> Image.Image:
    return Image.frombuffer("RGBX", (cells.shape[1], cells.shape[0]), cells, "raw", "RGBX", 0, 1)


def _bands(height: int, width: int) -> list[slice]:
    """Return bands of rows that stay in the processor's cache."""
    rows = max(1, _CELLS_AT_A_TIME // width)
    return [slice(top, top + rows) for top in range(0, height, rows)]
