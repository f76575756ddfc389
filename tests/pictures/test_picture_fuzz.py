from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.pictures import exif, iptc, tiff_writing, xmp
from mtgui.pictures.decoding import Picture, decode, decode_small, probe
from mtgui.pictures.encoding import EncodeOptions, encode
from mtgui.pictures.metadata import Metadata
from tests.pictures import tiff_samples
from tests.pictures.picture_samples import encoded, exif_block, noise, smooth, with_chunks, with_segments

pytestmark = pytest.mark.exhaustive

KINDS = ("jpg", "png", "webp", "tif", "deflate.tif", "apart.tif", "avif", "jp2", "bmp", "gif", "ppm", "tga", "heic")
OFTEN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def sample(kind: str) -> bytes:
    image = Image.fromarray(smooth(20, 24))
    block = exif_block(orientation=6)
    if kind == "jpg":
        iptc_block = b"Photoshop 3.0\0" + iptc.to_resources(b"\x1c\x02\x50\0\3Ada")
        return with_segments(
            encoded(image, "JPEG", icc_profile=b"p" * 99), (0xE1, b"Exif\0\0" + block), (0xED, iptc_block)
        )
    if kind == "png":
        return with_chunks(
            encoded(Image.fromarray(noise(9, 9, 4)), "PNG"), (b"eXIf", block), (b"acTL", b"\0\0\0\1\0\0\0\0")
        )
    if kind == "heic":
        return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + sample("avif")[28:]
    if kind == "gif":
        return encoded(image.quantize(8), "GIF", comment=b"Ada", transparency=3)
    if kind == "deflate.tif":
        return tiff_writing.write(np.moveaxis(smooth(20, 24), -1, 0), None, Metadata(exif=block, xmp=b"<x/>"))
    if kind == "apart.tif":
        layout = tiff_samples.Layout(bits=16, extras=(2, 0), is_apart=True, is_tiled=True)
        return tiff_samples.written(layout, tiff_samples.drawn_samples(layout))
    name = {"tif": "TIFF", "jp2": "JPEG2000", "tga": "TGA"}.get(kind, kind.upper())
    options = {"exif": block, "xmp": b"<x/>"} if kind in ("webp", "avif") else {}
    return encoded(image, name, **options)


def survives(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    results: list[object] = []
    sentences = []
    for read in (probe, decode, lambda p: decode_small(p, 8)):
        try:
            results.append(read(path))
        except PictureError as error:
            sentences.append(str(error))
    assert all(sentence.isprintable() for sentence in sentences)
    for picture in results:
        if isinstance(picture, Picture):
            assert picture.pixels.ndim == 3
            assert picture.pixels.shape[0] in (1, 3)
            assert picture.pixels.dtype in (np.uint8, np.uint16)
            assert picture.alpha is None or picture.alpha.shape == picture.pixels.shape[1:]
            for target in ("jpeg", "tiff"):
                encode(picture, picture.pixels, EncodeOptions(format=target, commitment="0" * 64), path)


@pytest.mark.parametrize("kind", KINDS)
@OFTEN
@given(data=st.data())
def test_changed_and_cut_files_give_a_picture_or_a_sentence(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    changed = bytearray(sample(kind))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.one_of(st.integers(0, min(200, len(changed) - 1)), st.integers(0, len(changed) - 1)))
        new = data.draw(
            st.one_of(st.binary(max_size=5), st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]))
        )
        changed[at : at + data.draw(st.integers(0, 5))] = new
    cut = data.draw(st.one_of(st.just(len(changed)), st.integers(1, max(1, len(changed)))))
    survives(tmp_path / f"a.{kind}", bytes(changed[:cut]) or b"x")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tail=st.binary(max_size=300), kept=st.integers(2, 60))
def test_heads_with_random_tails_give_a_picture_or_a_sentence(
    tmp_path: Path, kind: str, tail: bytes, kept: int
) -> None:
    survives(tmp_path / f"a.{kind}", sample(kind)[:kept] + tail)


@OFTEN
@given(noise_bytes=st.binary(min_size=1, max_size=400), suffix=st.sampled_from([".jpg", ".tga", ".png", ""]))
def test_random_files_give_a_picture_or_a_sentence(tmp_path: Path, noise_bytes: bytes, suffix: str) -> None:
    survives(tmp_path / f"a{suffix}", noise_bytes)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), order=st.sampled_from("<>"))
def test_exif_blocks_of_any_kind_are_cleaned_or_dropped(data: st.DataObject, order: str) -> None:
    block = bytearray(exif_block(order=order))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 330))
        block[at : at + 2] = data.draw(st.binary(min_size=2, max_size=2))
    cleaned, notes = exif.clean(bytes(block), (30, 40), remove_gps=True)
    assert cleaned is None or not exif.has_preview(cleaned)
    assert cleaned is not None or notes
    again = None if cleaned is None else exif.clean(cleaned, (30, 40), remove_gps=True)[0]
    assert again is None or exif.orientation(again) in (None, 1)


@settings(max_examples=200, deadline=None)
@given(packet=st.one_of(st.binary(max_size=80), st.text(alphabet='<>/="ax: rdf&;!?', max_size=60).map(str.encode)))
def test_xmp_of_any_kind_is_cleaned_or_replaced(packet: bytes) -> None:
    cleaned, _ = xmp.clean(packet, (1, 2), xmp.Statements(commitment="0" * 64), remove_places=True)
    assert cleaned is not None
    assert b"0" * 64 in cleaned


@settings(max_examples=200, deadline=None)
@given(blocks=st.binary(max_size=80))
def test_iptc_of_any_kind_is_read_or_left(blocks: bytes) -> None:
    iptc.from_resources(b"8BIM\x04\x04" + blocks)
    iptc.clean(b"\x1c\x02" + blocks, remove_places=True)
