"""Texts and private parts of colour profiles hide no picture; the colours of a profile stay as they are."""

import base64
import io
import struct

import pytest
from PIL import Image, ImageCms

from mtgui.pictures import icc
from tests.pictures.picture_samples import encoded, noise, smooth

SECRET = encoded(Image.fromarray(noise(32, 48, 3, seed=5)), "WEBP", quality=60)
B64 = base64.b64encode(SECRET).decode()
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TABLE = b"mft2\0\0\0\0" + smooth(60, 60).tobytes()


def mluc(text: str) -> bytes:
    body = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(body), 28) + body


def profile(**values: bytes) -> bytes:
    """Return sRGB with more tags; a short name is padded with spaces."""
    number = int.from_bytes(SRGB[128:132], "big")
    added = 12 * len(values)
    entries, bodies = [], [SRGB[132 + 12 * number :]]
    for at in range(132, 132 + 12 * number, 12):
        name, start, size = struct.unpack_from(">4sII", SRGB, at)
        if name.decode().strip() not in values:
            entries.append(struct.pack(">4sII", name, start + added, size))
    place = 132 + 12 * number + added
    at = place + len(bodies[0])
    for name, value in values.items():
        entries.append(struct.pack(">4sII", name.ljust(4).encode(), at, len(value)))
        bodies.append(value + bytes(-len(value) % 4))
        at += len(bodies[-1])
    table = struct.pack(">I", len(entries)) + b"".join(entries)
    whole = SRGB[:128] + table.ljust(place - 128, b"\0") + b"".join(bodies)
    return struct.pack(">I", len(whole)) + whole[4:]


ORDINARY = {
    "sRGB": SRGB,
    "Lab": ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
    "copyright": profile(cprt=b"text\0\0\0\0Copyright 2024 Ada Example, all rights reserved\0"),
    "names": profile(desc=mluc("Anzeige P3 ディスプレイ")),
    "old description": profile(desc=b"desc\0\0\0\0" + struct.pack(">I", 17) + b"Adobe RGB (1998)\0" + bytes(78)),
    "tables of a printer": profile(A2B0=TABLE, B2A0=b"mAB \0\0\0\0" + noise(60, 60, 3, seed=3).tobytes()),
    "small private part": profile(dmnd=b"priv\0\0\0\0" + bytes(range(200))),
}
SPOILT = {
    "copyright": profile(cprt=b"text\0\0\0\0" + B64.encode() + b"\0"),
    "numbers": profile(cprt=b"text\0\0\0\0" + " ".join(map(str, SECRET)).encode()),
    "name": profile(desc=mluc(B64)),
    "old description": profile(desc=b"desc\0\0\0\0" + struct.pack(">I", len(B64)) + B64.encode() + bytes(78)),
    "beside the old description": profile(desc=b"desc\0\0\0\0\0\0\0\2x\0" + B64.encode()),
    "beside a name": profile(desc=mluc("Ada") + B64.encode()),
    "private part": profile(prvt=b"priv\0\0\0\0" + B64.encode()),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_an_ordinary_profile_stays_byte_for_byte(kind: str) -> None:
    assert icc.clean(ORDINARY[kind], remove_places=True) == (ORDINARY[kind], ())


@pytest.mark.parametrize("kind", SPOILT)
def test_what_hides_a_picture_is_cut_out_of_a_profile(kind: str) -> None:
    cleaned, notes = icc.clean(SPOILT[kind], remove_places=False)
    assert cleaned is not None
    assert notes == (icc.PART_DROPPED,)
    assert not any(B64[300:330].encode(name) in cleaned for name in ("ascii", "utf-16-be"))
    assert " ".join(map(str, SECRET[90:110])).encode() not in cleaned
    colours = ImageCms.ImageCmsProfile(io.BytesIO(cleaned)).profile
    assert colours.red_colorant == ImageCms.ImageCmsProfile(io.BytesIO(SRGB)).profile.red_colorant
    assert icc.clean(cleaned, remove_places=False) == (cleaned, ())


def test_a_place_in_a_text_of_a_profile_goes_only_if_places_go() -> None:
    given = profile(cprt=b"text\0\0\0\0Made at 47.37691, 8.54172 by Ada\0")
    assert icc.clean(given, remove_places=False) == (given, ())
    cleaned, _ = icc.clean(given, remove_places=True)
    assert cleaned is not None
    assert b"47.37691" not in cleaned


def test_a_damaged_profile_is_left_out() -> None:
    picture = encoded(Image.fromarray(noise(24, 32, 3)), "PNG")
    for given in (
        bytes(400),
        (500).to_bytes(4, "big") + bytes(300),
        (900).to_bytes(4, "big") + b"\xff" * 896,
        profile(prvt=b"priv\0\0\0\0" + picture),
        SRGB[:136] + b"\xff" * 4 + SRGB[140:],
    ):
        assert icc.clean(given, remove_places=False) == (None, (icc.DAMAGED,))
