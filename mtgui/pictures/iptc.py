"""IPTC data sets (IIM 4.2) and the Photoshop resource blocks that carry them in JPEG files."""

import struct

from mtgui.pictures.metadata_suspicion import objection

DAMAGED = "A damaged part of its IPTC data was left out."
PHOTOSHOP_PREFIX = b"Photoshop 3.0\0"
_IPTC_RESOURCE = 0x0404
_PREVIEW_SETS = {(2, 200), (2, 201), (2, 202)}
_PLACE_SETS = {(2, 26), (2, 27), (2, 90), (2, 92), (2, 95), (2, 100), (2, 101)}


def from_resources(blocks: bytes) -> bytes | None:
    """Return the IPTC data among Photoshop resource blocks (``8BIM`` …), None where there are none."""
    position = 0
    while blocks[position : position + 4] == b"8BIM" and position + 7 <= len(blocks):
        number, name_length = struct.unpack_from(">HB", blocks, position + 4)
        position += 7 + name_length + (name_length + 1) % 2
        size = int.from_bytes(blocks[position : position + 4], "big")
        if number == _IPTC_RESOURCE:
            return blocks[position + 4 : position + 4 + size] or None
        position += 4 + size + size % 2
    return None


def to_resources(data: bytes) -> bytes:
    """Return ``data`` as the one Photoshop resource block of a JPEG file."""
    return b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(data)) + data + b"\0" * (len(data) % 2)


def clean(data: bytes, *, remove_places: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """Return ``data`` without pictures and, if asked, without places, and notes about texts that were lost.

    The chain ends at the first data set that cannot be parsed. The data are None when nothing is left.
    """
    kept: list[bytes] = []
    texts: list[bytes] = []
    notes: list[str] = []
    position = 0
    while position + 5 <= len(data) and data[position] == 0x1C:
        record, number, size = struct.unpack_from(">BBH", data, position + 1)
        start = position + 5
        if size & 0x8000:
            width = size & 0x7FFF
            if width > 4:
                break
            size = int.from_bytes(data[start : start + width], "big")
            start += width
        end = start + size
        if end > len(data):
            break
        dropped = _PREVIEW_SETS | _PLACE_SETS if remove_places else _PREVIEW_SETS
        # Records from the third on hold the picture itself and previews of it.
        if record <= 2 and (record, number) not in dropped:
            note = objection(data[start:end], remove_places=remove_places)
            if note:
                notes.append(note)
            else:
                kept.append(data[position:end])
                texts.append(data[start:end])
        position = end
    if data[position:].strip(b"\0"):
        notes.append(DAMAGED)
    if len(texts) > 1 and (note := objection(b"\n".join(texts), remove_places=False)):
        return None, (*notes, note)
    return b"".join(kept) or None, tuple(notes)
