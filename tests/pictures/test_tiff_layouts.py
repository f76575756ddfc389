import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from mtgui.common.errors import PictureError
from mtgui.pictures import ifd
from mtgui.pictures.decoding import decode, probe
from tests.pictures.picture_samples import noise, raw_tiff, smooth, stored
from tests.pictures.tiff_reference import difference
from tests.pictures.tiff_samples import (
    COLOURS,
    DEFLATE,
    GREY,
    HEIGHT,
    INKS,
    LZW,
    PACKBITS,
    PALETTE,
    RAW,
    RGB,
    WHITE_IS_ZERO,
    WIDTH,
    YCBCR,
    Layout,
    drawn_samples,
    every_layout,
    written,
)

pytestmark = pytest.mark.exhaustive

COMPRESSIONS = (RAW, LZW, DEFLATE, PACKBITS)
USUAL = [
    *(
        Layout(RGB, bits, extras, is_apart=apart)
        for bits in (8, 16)
        for extras in ((), (2,))
        for apart in (False, True)
    ),
    *(Layout(INKS, bits, is_apart=apart) for bits in (8, 16) for apart in (False, True)),
    *(Layout(colours, bits) for colours in (GREY, PALETTE, WHITE_IS_ZERO) for bits in (1, 2, 4, 8)),
    Layout(GREY, 16),
    Layout(GREY, 8, (2,)),
    Layout(YCBCR),
]


def read_by_tifffile(layout: Layout, data: bytes) -> NDArray[Any]:
    """Return the samples (H, W, C) that tifffile finds."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        found = np.asarray(file.pages[0].asarray())
    if found.ndim == 2:
        return found[..., None]
    return np.moveaxis(found, 0, -1) if layout.is_apart else found


@pytest.mark.parametrize("photometric", COLOURS)
def test_every_layout_gives_the_pixels_that_another_decoder_finds_or_is_refused(
    tmp_path: Path, photometric: int
) -> None:
    accepted, words = 0, set[str]()
    for layout in every_layout(photometric):
        samples = drawn_samples(layout)
        data = written(layout, samples)
        try:
            picture = decode(tmp_path / "a.tif", data)
        except PictureError as error:
            words.add(str(error))
            continue
        accepted += 1
        if layout.compression != LZW and layout.bits not in (2, 4):
            # For these alone, tifffile needs another library.
            assert np.array_equal(read_by_tifffile(layout, data), samples), layout
        assert difference(layout, samples, picture) == "", layout
    assert accepted > 0
    assert not any("damaged" in sentence for sentence in words)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("layout", USUAL, ids=str)
def test_usual_layouts_are_read(tmp_path: Path, layout: Layout, compression: int) -> None:
    for order in "<>":
        for is_tiled in (False, True):
            if (layout.photometric, layout.bits, order) == (WHITE_IS_ZERO, 16, ">"):
                continue
            chosen = replace(layout, compression=compression, order=order, is_tiled=is_tiled)
            samples = drawn_samples(chosen)
            picture = decode(stored(tmp_path / "a.tif", written(chosen, samples)))
            assert difference(chosen, samples, picture) == ""


def test_a_single_plane_that_is_called_apart_is_read_as_usual(tmp_path: Path) -> None:
    layout = Layout(WHITE_IS_ZERO, 4, is_apart=True)
    samples = drawn_samples(layout)
    picture = decode(stored(tmp_path / "a.tif", written(layout, samples)))
    assert np.array_equal(picture.pixels[0], 255 - samples[..., 0] * 17)


@pytest.mark.parametrize(("extras", "words"), [((0,), "an extra channel of no"), ((0, 0), "2 extra channels of no")])
def test_an_extra_channel_without_a_meaning_is_left_out_with_a_note(
    tmp_path: Path, extras: tuple[int, ...], words: str
) -> None:
    layout = Layout(RGB, extras=extras)
    samples = drawn_samples(layout)
    picture = decode(stored(tmp_path / "a.tif", written(layout, samples)))
    assert picture.alpha is None
    assert np.array_equal(picture.pixels, np.moveaxis(samples[..., :3], -1, 0))
    assert len(picture.notes) == 1
    assert words in picture.notes[0]


def test_coarse_colours_without_compression_are_refused(tmp_path: Path) -> None:
    coarse = ifd.shorts(530, [2, 2], "<")
    data = raw_tiff(noise(6, 8, 3), photometric=YCBCR, more=(coarse,))
    with pytest.raises(PictureError, match="does not read"):
        decode(stored(tmp_path / "a.tif", data))


def test_inks_other_than_those_of_cmyk_are_refused(tmp_path: Path) -> None:
    others = ifd.shorts(332, [2], "<")
    with pytest.raises(PictureError, match="not those of CMYK"):
        decode(stored(tmp_path / "a.tif", raw_tiff(noise(6, 8, 4), photometric=INKS, more=(others,))))


def test_a_table_of_colours_of_8_bits_is_refused(tmp_path: Path) -> None:
    layout = Layout(PALETTE)
    table = ifd.shorts(320, [*range(256)] * 3, "<")
    data = changed(written(layout, drawn_samples(layout)), 320, table)
    with pytest.raises(PictureError, match="table of colours"):
        decode(stored(tmp_path / "a.tif", data))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("is_tiled", [False, True])
@pytest.mark.parametrize("is_apart", [False, True])
def test_what_the_program_appends_never_counts_as_pixels(
    tmp_path: Path, compression: int, is_tiled: bool, is_apart: bool
) -> None:
    layout = Layout(compression=compression, is_tiled=is_tiled, is_apart=is_apart)
    data = directory_first(written(layout, drawn_samples(layout)))
    expected = decode(stored(tmp_path / "a.tif", data)).pixels
    assert expected.shape == (3, HEIGHT, WIDTH)
    for cut in (*range(1, 200), 500, len(data) // 2):
        with pytest.raises(PictureError, match=r"does not hold all|damaged"):
            decode(stored(tmp_path / "a.tif", data[:-cut]))


def directory_first(data: bytes) -> bytes:
    """Return the TIFF file ``data`` (little-endian) with its directory before its pixels, as many programs write it."""
    header = ifd.read_header(data)
    entries, _ = ifd.read_directory(data, header.first, header)
    fields = [ifd.Field(e.tag, e.kind, e.number, data[e.start : e.end]) for e in entries]
    shift = len(ifd.write_directory(fields, 8, "<"))
    end = 0
    for number, field in enumerate(fields):
        if field.tag in (273, 324):
            offsets = struct.unpack(f"<{field.count}I", field.value)
            fields[number] = ifd.longs(field.tag, [offset + shift for offset in offsets], "<")
            end += offsets[-1]
        if field.tag in (279, 325):
            end += struct.unpack(f"<{field.count}I", field.value)[-1]
    return b"II*\0\x08\0\0\0" + ifd.write_directory(fields, 8, "<") + data[8:end]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("is_apart", [False, True])
def test_strips_that_do_not_cover_the_picture_are_refused(tmp_path: Path, compression: int, is_apart: bool) -> None:
    layout = Layout(compression=compression, is_apart=is_apart)
    lacking = changed(written(layout, drawn_samples(layout)), 257, ifd.longs(257, [HEIGHT * 2], "<"))
    path = stored(tmp_path / "a.tif", lacking)
    for read in (decode, probe):
        with pytest.raises(PictureError, match="does not hold all of its pixels"):
            read(path)


@pytest.mark.parametrize("compression", [LZW, DEFLATE, PACKBITS])
def test_compressed_strips_with_too_few_rows_are_refused(tmp_path: Path, compression: int) -> None:
    layout = Layout(compression=compression)
    data = changed(written(layout, drawn_samples(layout)), 257, ifd.longs(257, [HEIGHT + 3], "<"))
    with pytest.raises(PictureError):
        decode(stored(tmp_path / "a.tif", data))


def test_strips_in_the_header_or_of_no_size_are_refused(tmp_path: Path) -> None:
    layout = Layout(compression=DEFLATE)
    whole = written(layout, drawn_samples(layout))
    sparse = changed(whole, 279, ifd.longs(279, [0, 0], "<"))
    unplaced = changed(written(Layout(), drawn_samples(layout)), 273, ifd.longs(273, [0, 0], "<"))
    for data, reason in ((sparse, "in a way that mtgui does not read"), (unplaced, "does not hold all of its pixels")):
        with pytest.raises(PictureError, match=reason):
            decode(stored(tmp_path / "a.tif", data))


def changed(data: bytes, tag: int, field: ifd.Field) -> bytes:
    """Return the TIFF file ``data`` with ``field`` instead of its field ``tag``."""
    header = ifd.read_header(data)
    entries, _ = ifd.read_directory(data, header.first, header)
    fields = [ifd.Field(e.tag, e.kind, e.number, data[e.start : e.end]) for e in entries if e.tag != tag]
    return data[: header.first] + ifd.write_directory([*fields, field], header.first, header.order)


def test_a_preview_before_the_full_picture_is_called_that(tmp_path: Path) -> None:
    full = smooth(20, 30)
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(full[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
        file.write(full, photometric="rgb", metadata=None)
    for read in (decode, probe):
        with pytest.raises(PictureError, match="first page is a reduced preview"):
            read(path)
    alone = raw_tiff(full, photometric=RGB, more=(ifd.longs(254, [1], "<"),))
    with pytest.raises(PictureError, match="no full picture"):
        decode(stored(path, alone))


def test_a_preview_before_what_a_sensor_saw_is_a_camera_raw_file(tmp_path: Path) -> None:
    sensor = [ifd.longs(256, [8], "<"), ifd.longs(257, [8], "<"), ifd.shorts(262, [32803], "<")]
    shown = raw_tiff(noise(4, 4, 3), photometric=RGB, more=(ifd.longs(254, [1], "<"), ifd.longs(330, [0], "<")))
    data = changed(shown, 330, ifd.longs(330, [len(shown)], "<")) + ifd.write_directory(sensor, len(shown), "<")
    assert len(data) > len(shown)
    with pytest.raises(PictureError, match="camera raw"):
        decode(stored(tmp_path / "a.nef", data))


def test_a_full_picture_before_its_preview_is_read(tmp_path: Path) -> None:
    full = smooth(20, 30)
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(full, photometric="rgb", metadata=None)
        file.write(full[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
    picture = decode(path)
    assert np.array_equal(picture.pixels, np.moveaxis(full, -1, 0))
    assert picture.notes == ("A smaller preview stored in it was left out.",)
