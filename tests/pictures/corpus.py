"""Odd pictures of every format with metadata of all kinds, drawn at random but the same on every machine."""

import base64
import io
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from mtgui.pictures import ifd
from tests.pictures.picture_samples import encoded, noise, png_chunk, raw_tiff, smooth, with_chunks, with_segments

Samples = NDArray[Any]
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRET_SIZE = (40, 30)
XMP_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
FORMATS = ("jpeg", "png", "tiff", "webp", "gif", "bmp", "ppm", "tga", "jp2", "avif")
_HONEST = "By the harbour wall, oil on board"


@dataclass(frozen=True)
class Odd:
    """One picture file: its name and content, what it is in words, and what its pixels are.

    ``pixels`` are (H, W, C), C = 1 or 3, with alpha 2 or 4, as stored, before the orientation, 8 or 16 bits. None where
    only another decoder can tell. ``secret`` is the small picture hidden in its metadata, (30, 40, 3).
    """

    name: str
    data: bytes
    about: str
    pixels: Samples | None
    orientation: int
    secret: NDArray[np.uint8]


@dataclass(frozen=True)
class _Blocks:
    """Metadata for one file, with the secret in one or all of them."""

    orientation: int
    exif: bytes
    xmp: bytes
    iptc: bytes
    text: str
    secret: NDArray[np.uint8]


def odd(kind: str, number: int) -> Odd:
    """Return picture no. ``number`` of the format ``kind``."""
    drawn = random.Random(f"{kind} {number}")
    blocks = _blocks(drawn, number)
    name, data, about, pixels = _WRITERS[kind](drawn, blocks)
    turns = kind in ("jpeg", "png", "tiff", "webp", "jp2", "avif")
    return Odd(name, data, about, pixels, blocks.orientation if turns else 1, blocks.secret)


def _picture(drawn: random.Random, channels: int, bits: int = 8) -> Samples:
    """Return drawn pixels (H, W, C) of a drawn size: smooth ones with a little noise."""
    height, width = drawn.choice([(1, 1), (5, 3), (8, 8), (17, 33), (30, 40), (41, 26), (64, 64)])
    planes = smooth(height, width)[..., [0, 1, 2, 0][:channels]] if channels > 1 else smooth(height, width)[..., 2:]
    rough = noise(height, width, channels, seed=drawn.randrange(250)).reshape(height, width, channels)
    mixed = (planes & 0xF0) | (rough & 0x0F)
    if bits == 16:
        return mixed.astype(np.uint16) << 8 | rough
    return mixed >> (8 - bits) if bits < 8 else mixed


def _hidden(drawn: random.Random, small: bytes) -> str:
    """Return the file ``small`` as a text, in a drawn encoding."""
    code = base64.b64encode(small).decode()
    ways: list[Callable[[], str]] = [
        lambda: code,
        lambda: base64.urlsafe_b64encode(small).decode(),
        lambda: "\n".join(code[at : at + 76] for at in range(0, len(code), 76)),
        small.hex,
        lambda: base64.b64encode(zlib.compress(small)).decode(),
        lambda: f"data:image/png;base64,{code}",
        lambda: _HONEST,
    ]
    return drawn.choice(ways)()


def _blocks(drawn: random.Random, number: int) -> _Blocks:
    secret = noise(SECRET_SIZE[1], SECRET_SIZE[0], 3, seed=number % 250)
    small = encoded(Image.fromarray(secret), drawn.choice(["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"]))
    turn = drawn.randrange(1, 9)
    text = _hidden(drawn, small)
    exif = Image.Exif()
    exif[0x112], exif[0x13B], exif[0x10E] = turn, "Ada Lovelace", _hidden(drawn, small).replace("\n", " ")
    exif[0x9C9C] = _hidden(drawn, small).encode("utf-16-le") + b"\0\0"
    inner = exif.get_ifd(0x8769)
    inner[0x9286] = drawn.choice(
        [b"ASCII\0\0\0" + text.encode(), b"UNICODE\0" + text.encode("utf-16-le"), bytes(8) + small]
    )
    inner[0x927C] = drawn.choice([b"MAKER\0\1\0" + bytes(12) + small, small, b"note of the maker"])
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0)})
    caption = _hidden(drawn, small).encode()
    iptc = b"\x1c\x02\x50\0\x03Ada" + struct.pack(">BBBHI", 0x1C, 2, 120, 0x8004, len(caption)) + caption
    shown = _hidden(drawn, small)
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:a="http://a/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'a:note="{shown}"><dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li></rdf:Seq></dc:creator>'
        f"<a:more>{_hidden(drawn, small)}</a:more></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return _Blocks(turn, exif.tobytes().removeprefix(b"Exif\0\0"), xmp.encode(), iptc, text, secret)


Written = tuple[str, bytes, str, Samples | None]


def _jpeg(drawn: random.Random, blocks: _Blocks) -> Written:
    mode = drawn.choice(["L", "RGB", "RGB", "RGB", "CMYK"])
    pixels = _picture(drawn, {"L": 1, "RGB": 3, "CMYK": 4}[mode])
    options: dict[str, Any] = {
        "quality": drawn.choice([30, 75, 92, 100]),
        "progressive": drawn.random() < 0.4,
        "optimize": drawn.random() < 0.4,
        "subsampling": drawn.randrange(3),
    }
    if drawn.random() < 0.2:
        options["restart_marker_blocks"] = 3
    image = _image(pixels, mode)
    data = encoded(image, "JPEG", icc_profile=PROFILE, **options)
    if mode == "CMYK" and drawn.random() < 0.5:
        # Adobe's second way: the inks as YCCK, which differs in one byte of the Adobe marker and is decoded otherwise.
        data = data.replace(b"Adobe\0\x64\0\0\0\0\0", b"Adobe\0\x64\0\0\0\0\2")
    irb = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(blocks.iptc)) + blocks.iptc
    segments = [
        (0xE1, b"Exif\0\0" + blocks.exif),
        (0xE1, XMP_JPEG + blocks.xmp),
        (0xED, irb + b"\0" * (len(blocks.iptc) % 2)),
        (0xFE, blocks.text.encode()),
    ]
    fitting = [one for one in segments if len(one[1]) < 65000]
    return "a.jpg", with_segments(data, *fitting), f"JPEG {mode} {options}", None


def _image(pixels: Samples, mode: str) -> Image.Image:
    return Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), np.ascontiguousarray(pixels).tobytes())


def _png(drawn: random.Random, blocks: _Blocks) -> Written:
    colour, bits = drawn.choice(
        [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 2), (3, 8), (4, 8), (6, 8)]
    )
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = _picture(drawn, channels, bits)
    is_interlaced = drawn.random() < 0.4
    table = noise(1, 1 << bits, 3, seed=3)[0] if colour == 3 else None
    data = _png_file(samples, colour, bits, is_interlaced, table)
    chunks = [
        (b"iCCP", b"p\0\0" + zlib.compress(PROFILE)),
        (b"gAMA", struct.pack(">I", 45455)),
        (b"eXIf", blocks.exif),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + blocks.xmp),
        drawn.choice(
            [(b"tEXt", b"note\0" + blocks.text.encode()), (b"zTXt", b"note\0\0" + zlib.compress(blocks.text.encode()))]
        ),
    ]
    pixels = samples if table is None else table[samples[..., 0]]
    if bits < 8 and table is None:
        pixels = samples * np.uint8(255 // ((1 << bits) - 1))
    if bits == 16 and colour != 0:
        pixels = (samples >> 8).astype(np.uint8)
    return "a.png", with_chunks(data, *chunks), f"PNG {colour} {bits} {is_interlaced}", pixels


_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def _png_file(samples: Samples, colour: int, bits: int, is_interlaced: bool, table: Samples | None) -> bytes:
    height, width = samples.shape[:2]
    parts = [samples[top::down, left::across] for top, left, down, across in _PASSES] if is_interlaced else [samples]
    rows = b"".join(b"\0" + _packed(row, bits) for part in parts if part.size for row in part)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(is_interlaced))
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    if table is not None:
        chunks.insert(1, (b"PLTE", table.tobytes()))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def _packed(row: Samples, bits: int) -> bytes:
    if bits >= 8:
        return row.astype(f">u{bits // 8}").tobytes()
    digits = (row.reshape(-1, 1) >> np.arange(bits - 1, -1, -1, dtype=np.uint8)) & 1
    return np.packbits(digits.ravel()).tobytes()


def _tiff(drawn: random.Random, blocks: _Blocks) -> Written:
    channels, bits = drawn.choice([(1, 8), (1, 16), (3, 8), (3, 16), (4, 8)])
    samples = _picture(drawn, channels, bits)
    order = drawn.choice("<>")
    text = blocks.text.encode() + b"\0"
    more = [
        ifd.shorts(274, [blocks.orientation], order),
        ifd.Field(270, ifd.ASCII, len(text), text),
        ifd.Field(269, ifd.ASCII, len(text), text),
        ifd.Field(285, ifd.ASCII, len(text), text),
        ifd.Field(315, ifd.ASCII, 4, b"Ada\0"),
        ifd.Field(700, ifd.BYTE, len(blocks.xmp), blocks.xmp),
        ifd.Field(33723, ifd.UNDEFINED, len(blocks.iptc), blocks.iptc),
        ifd.Field(34675, ifd.UNDEFINED, len(PROFILE), PROFILE),
    ]
    if channels == 4:
        more.append(ifd.shorts(338, [2], order))
    shown = samples[..., 0] if channels == 1 else samples
    data = raw_tiff(shown, photometric=1 if channels == 1 else 2, order=order, more=tuple(more))
    pixels = (samples >> 8).astype(np.uint8) if bits == 16 and channels > 1 else samples
    return "a.tif", data, f"TIFF {channels} {bits} {order}", pixels


def _webp(drawn: random.Random, blocks: _Blocks) -> Written:
    mode, is_lossless = drawn.choice(["RGB", "RGBA"]), drawn.random() < 0.5
    pixels = _picture(drawn, len(mode))
    options = {"exif": blocks.exif, "xmp": blocks.xmp, "icc_profile": PROFILE, "exact": True}
    data = encoded(_image(pixels, mode), "WEBP", lossless=is_lossless, **options)
    return "a.webp", data, f"WebP {mode} {is_lossless}", pixels if is_lossless else None


def _gif(drawn: random.Random, blocks: _Blocks) -> Written:
    image = _image(_picture(drawn, 3), "RGB").quantize(drawn.choice([2, 5, 32, 256]))
    data = encoded(image, "GIF", comment=blocks.text.encode()[:255], interlace=drawn.randrange(2))
    return "a.gif", data, "GIF", np.asarray(image.convert("RGB"))


def _bmp(drawn: random.Random, blocks: _Blocks) -> Written:
    mode = drawn.choice(["1", "L", "P", "RGB", "RGBA"])
    image = _image(_picture(drawn, 4 if mode == "RGBA" else 3), "RGBA" if mode == "RGBA" else "RGB")
    image = image.quantize(16) if mode == "P" else image.convert(mode)
    data = encoded(image, "BMP") + blocks.text.encode()
    shown = image.convert("RGB" if mode == "P" else "L" if mode in "1L" else mode)
    # The fourth byte of a pixel has no meaning in a plain BMP file.
    return "a.bmp", data, f"BMP {mode}", np.asarray(shown).reshape(image.height, image.width, -1)[..., :3]


def _ppm(drawn: random.Random, blocks: _Blocks) -> Written:
    kind, white = drawn.choice([(2, 255), (3, 255), (5, 255), (5, 65535), (6, 255)])
    samples = _picture(drawn, 3 if kind in (3, 6) else 1, 16 if white > 255 else 8)
    head = b"P%d\n# %s\n%d %d %d\n" % (
        kind,
        blocks.text.split("\n")[0].encode(),
        samples.shape[1],
        samples.shape[0],
        white,
    )
    is_plain = kind in (2, 3)
    body = (
        b" ".join(b"%d" % value for value in samples.ravel()) + b"\n"
        if is_plain
        else _packed(samples, 8 << (white > 255))
    )
    return "a.ppm", head + body, f"PPM {kind} {white}", samples


def _tga(drawn: random.Random, blocks: _Blocks) -> Written:
    mode, is_packed = drawn.choice(["L", "RGB", "RGBA"]), drawn.random() < 0.5
    pixels = _picture(drawn, {"L": 1, "RGB": 3, "RGBA": 4}[mode])
    options: dict[str, Any] = {"id_section": blocks.text.encode()[:255], "orientation": drawn.choice([1, -1])}
    if is_packed:
        options["compression"] = "tga_rle"
    return "a.tga", encoded(_image(pixels, mode), "TGA", **options), f"TGA {mode} {is_packed}", pixels


def _jp2(drawn: random.Random, blocks: _Blocks) -> Written:
    mode = drawn.choice(["L", "RGB", "RGBA", "I;16"])
    samples = _picture(drawn, len(mode) if mode[0] != "I" else 1, 16 if mode[0] == "I" else 8)
    plain = encoded(_image(samples, mode), "JPEG2000")
    at = plain.index(b"jp2c") - 4
    names = {b"JpgTiffExif->JP2": blocks.exif, bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): blocks.xmp}
    boxes = b"".join(struct.pack(">I4s", 24 + len(body), b"uuid") + name + body for name, body in names.items())
    return "a.jp2", plain[:at] + boxes + plain[at:], f"JPEG 2000 {mode}", samples


def _avif(drawn: random.Random, blocks: _Blocks) -> Written:
    mode = drawn.choice(["RGB", "RGBA"])
    image = _image(_picture(drawn, len(mode)), mode)
    out = io.BytesIO()
    image.save(out, "AVIF", quality=80, speed=10, exif=b"Exif\0\0" + blocks.exif, xmp=blocks.xmp, icc_profile=PROFILE)
    return "a.avif", out.getvalue(), f"AVIF {mode}", None


_WRITERS: dict[str, Callable[[random.Random, _Blocks], Written]] = {
    "jpeg": _jpeg,
    "png": _png,
    "tiff": _tiff,
    "webp": _webp,
    "gif": _gif,
    "bmp": _bmp,
    "ppm": _ppm,
    "tga": _tga,
    "jp2": _jp2,
    "avif": _avif,
}
