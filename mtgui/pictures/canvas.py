"""Buffers of ours, four bytes a pixel, into which Pillow decodes and from which it saves.

Pillow allocates fresh memory for every picture. The system hands it out page by page, which takes a third of the time
of decoding a JPEG file, and threads wait for each other meanwhile. A buffer that a thread uses again avoids both.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.marking.arrays import WORKSPACE, Workspace

FRESH = Workspace(0)
"""A workspace that keeps nothing: every array is fresh and belongs to the caller."""

Cells = NDArray[np.uint32]
"""Pixels, (H, W): red in the lowest byte, then green and blue; the highest byte has no meaning."""

_CELL = np.dtype("<u4")
_CELLS_AT_A_TIME = 1 << 16


class Undrawn(Protocol):
    """A Pillow picture that is open but not decoded: ``im`` is its pixel memory, ``tile`` what is still to decode."""

    im: Any
    tile: Any

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Rows."""


def draw(image: Undrawn, memory: Workspace, load: Callable[[], object]) -> Cells | None:
    """Decode ``image``, of the mode RGB, into ``memory``; ``load`` decodes it into the memory that it has.

    Returns None if Pillow did not decode into ``memory``; the picture is then loaded as usual. Otherwise ``image``
    loses its pixels and cannot be drawn again. Raises what Pillow raises for damaged files.
    """
    # Pillow refuses a picture with nothing to decode only while the picture has no memory.
    if not image.tile:
        return None
    cells = _cells(image.width, image.height, memory)
    lent = _view(cells).im
    # Decoded cells have their highest byte set. Rows missing in a damaged file must not show the previous picture.
    cells[:, -1] = 0
    image.im = lent
    try:
        load()
    finally:
        is_drawn_here = image.im is lent
        if is_drawn_here:
            # The memory will hold the next picture, so this picture must let go of it.
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
    """Return ``planes``, (3, H, W), as a Pillow picture of the mode RGBX whose pixels lie in ``memory``."""
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
