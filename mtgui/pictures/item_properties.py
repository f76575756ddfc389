"""The properties of the main picture of an AVIF or HEIF file: its colours and depth (ISO 23008-12, 14496-12)."""

from collections.abc import Iterator
from dataclasses import dataclass

from mtgui.pictures.boxes import iterate
from mtgui.pictures.colour_precedence import CodePoints, code_points

_PROFILES = (b"prof", b"rICC")


@dataclass(frozen=True)
class Properties:
    """What belongs to the main picture: profile, code points, bits per channel; and a brightness map beside it."""

    icc: bytes | None = None
    points: CodePoints | None = None
    bits: int = 8
    has_gain_map: bool = False


def read(data: bytes, start: int, end: int, main: int | None) -> Properties:
    """Return the properties among those of the ``iprp`` box at ``start`` that belong to the item ``main``.

    Where the file does not tell which those are, the first of each kind is taken.
    """
    properties: list[tuple[bytes, int, int]] = []
    owned: set[int] = set()
    for kind, first, last in iterate(data, start, end):
        if kind == b"ipco":
            properties.extend(iterate(data, first, last))
        elif kind == b"ipma":
            owned.update(number for item, number in _associations(data, first, last) if item == main)
    bodies = [(name, data[inner:stop]) for name, inner, stop in properties]
    mine = [one for number, one in enumerate(bodies, 1) if number in owned]

    def found(name: bytes) -> list[bytes]:
        return [body for kind, body in mine if kind == name] or [body for kind, body in bodies if kind == name]

    colours = found(b"colr")
    icc = next((body[4:] for body in colours if body[:4] in _PROFILES), None)
    points = next((code_points(body[4:]) for body in colours if body[:4] == b"nclx" and len(body) >= 10), None)
    bits = max((max(body[5:], default=8) for body in found(b"pixi")), default=8)
    has_map = any(name == b"auxC" and b"hdrgainmap" in body for name, body in bodies)
    return Properties(icc, points, bits, has_map)


def _associations(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (item, number of a property, from 1) of an ``ipma`` box."""
    version, is_wide = data[start], data[start + 3] & 1
    number_width = 2 if version < 1 else 4
    position = start + 8
    for _ in range(int.from_bytes(data[start + 4 : start + 8], "big")):
        if position + number_width + 1 > end:
            return
        item = int.from_bytes(data[position : position + number_width], "big")
        position += number_width
        count = data[position]
        position += 1
        for _ in range(count):
            width = 2 if is_wide else 1
            if position + width > end:
                return
            yield item, int.from_bytes(data[position : position + width], "big") & (0x7FFF if is_wide else 0x7F)
            position += width
