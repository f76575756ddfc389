"""Decode, mark and encode one picture, before the draw decides whether it is published."""

import hashlib
from dataclasses import dataclass

import numpy as np
import PIL

from mtgui.common.errors import MtguiError, PictureError
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.mark import Mark, PictureDesign, check_size, mark_in_place, textured
from mtgui.marking.settings import TINT_STEPS
from mtgui.pictures.colour import CMYK_RULE
from mtgui.pictures.decoding import Picture, Unread, read_header
from mtgui.pictures.encoding import Encoded, EncodeOptions, encode
from mtgui.pictures.xmp import commitments_in
from mtgui.publishing.memory_budget import MemoryBudget
from mtgui.publishing.sources import Source
from mtgui.publishing.spool import Slot
from mtgui.version import __version__

LEAST_TINT = 0.5
"""Root mean square of a tint in 255ths below which rounding leaves little of it."""
NO_ROOM_FOR_TINT = "Its tint is next to nothing: it is flat, or black, white and pure colours, where a tint keeps out."
MARKED_COPY = "it is a marked copy that was made before; mark the original only."


@dataclass(frozen=True)
class Examined:
    """A picture that was marked without an error: its hashes and size, and its marked copy.

    When the bytes of the copy are kept elsewhere, ``encoded`` holds none and ``slot`` is their place. tint: root mean
    square of its tint in 255ths; 0 without a tint.
    """

    source: Source
    picture_id: str
    pixel_hash: str
    height: int
    width: int
    notes: tuple[str, ...]
    encoded: Encoded
    slot: Slot | None = None
    tint: float = 0.0


def commitments_of(data: bytes, unread: Unread) -> frozenset[str]:
    """Return the commitments that a picture file states, those in compressed texts included."""
    return commitments_in(data) | commitments_in(unread.opened.survey.metadata.xmp or b"")


def examine(
    source: Source, data: bytes, mark: Mark, options: EncodeOptions, room: MemoryBudget, *, is_new: bool = True
) -> Examined:
    """Wait for ``room`` in memory, then decode ``data``, mark it under ``mark`` and encode it. Raises PictureError.

    is_new: the picture is to be drawn, so that a marked copy is refused.
    It catches every Exception on purpose: no hostile picture may stop the others of its batch.
    """
    path = source.path
    picture_id = sha256_bytes(data)
    try:
        unread = read_header(path, data)
        if is_new and commitments_of(data, unread):
            raise PictureError(path, MARKED_COPY)
        with room.held(unread.size) as memory:
            picture = unread.decode(memory)
            check_size(picture.height, picture.width)
            pixel_hash, faint = hash_pixels(picture), _faint(picture)
            design = PictureDesign(picture_id, picture.height, picture.width)
            if mark.settings.has_tint:
                design = textured(design, picture.pixels)
            # The marked pixels replace the original ones, which are not needed any more.
            mark_in_place(picture.pixels, mark, design)
            encoded = encode(picture, picture.pixels, options, path)
    except PictureError:
        raise
    except MtguiError as error:
        raise PictureError(path, str(error)) from error
    except MemoryError as error:
        raise PictureError(path, "there is not enough memory for it; close other programs or shrink it.") from error
    except Exception as error:
        raise PictureError(
            path, f"it set off a mistake in mtgui ({type(error).__name__}); save it again in another program."
        ) from error
    tint = 0.0 if design.texture is None else mark.settings.tint_quarters / TINT_STEPS * design.texture.strength
    if design.texture is not None and tint < LEAST_TINT:
        faint = (*faint, NO_ROOM_FOR_TINT)
    notes = tuple(dict.fromkeys((*picture.notes, *encoded.notes, *faint)))
    return Examined(source, picture_id, pixel_hash, picture.height, picture.width, notes, encoded, tint=tint)


def _faint(picture: Picture) -> tuple[str, ...]:
    """Return a warning if all content of a picture lies in its transparency, which is not marked."""
    if picture.alpha is None or any(plane.min() != plane.max() for plane in picture.pixels):
        return ()
    return ("What it shows lies in its transparency alone, which is not marked; lay it on a ground and mark that.",)


def hash_pixels(picture: Picture) -> str:
    """Return the SHA-256 of the decoded pixels, their transparency and shape; it is used only to find a picture."""
    digest = hashlib.sha256()
    for part in (picture.pixels, picture.alpha):
        if part is not None:
            little_endian = np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("<"))
            digest.update(f"{little_endian.shape} {little_endian.dtype.itemsize} ".encode())
            digest.update(little_endian.data)
    return digest.hexdigest()


def made_with() -> tuple[tuple[str, str], ...]:
    """Return (name, version) of all software that influences how originals are read and marked."""
    parts = (("mtgui", __version__), ("Pillow", PIL.__version__), ("NumPy", np.__version__))
    return (*parts, ("CMYK rule", str(CMYK_RULE)))
