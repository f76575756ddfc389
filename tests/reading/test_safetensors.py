"""The safetensors container, read as hostile and written so that anybody's reader takes it."""

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import ModelError, RefusalError
from mtgui.reading.reader import inspect_model, read_model
from mtgui.reading.safetensors import read_places, write_header
from mtgui.reading.tensors import open_tensors
from tests.reading.reading_helpers import described, numbers, safetensors

SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(tensors=st.dictionaries(st.text(max_size=8), st.tuples(st.sampled_from(sorted(ITEM_SIZES)), SHAPES), max_size=6))
def test_what_is_written_is_read_again(tensors: dict[str, tuple[str, tuple[int, ...]]]) -> None:
    file = io.BytesIO()
    tensors.pop("__metadata__", None)
    write_header(file, tensors)
    assert file.tell() % 8 == 0
    sizes = [ITEM_SIZES[dtype] for dtype, shape in tensors.values() for _ in range(_numbers(shape))]
    file.write(bytes(sum(sizes)))
    places = read_places(file)
    assert {name: (place.dtype, place.shape) for name, place in places.items()} == tensors
    assert list(places) == list(tensors)


def _numbers(shape: tuple[int, ...]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


def test_the_original_library_reads_what_is_written(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors")
    (tmp_path / "m").write_bytes(safetensors({"w": described()}, numbers()))
    read_model(tmp_path / "m", tmp_path)
    with library.safe_open(tmp_path / "tensors.safetensors", "numpy") as file:
        assert file.get_tensor("w").tolist() == [[0, 1, 2], [3, 4, 5]]


def test_metadata_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(safetensors({"__metadata__": {"format": "pt"}, "w": described()}, numbers()))
    facts, tensors = read_model(tmp_path / "m", tmp_path)
    assert [t.name for t in facts.tensors] == ["w"]
    assert tensors.array("w").tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"BZh", b"PK\3\4", b"II*\0", b"\x80\2"])
def test_a_header_whose_length_looks_like_another_format_is_read(tmp_path: Path, start: bytes) -> None:
    text = b'{"w":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}'
    length = start.ljust(8, b"\0")
    size = int.from_bytes(length, "little")
    (tmp_path / "m").write_bytes(length + text.ljust(size) + numbers())
    assert [t.name for t in inspect_model(tmp_path / "m").tensors] == ["w"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (struct.pack("<Q", 90 << 20) + b"{" + bytes(200), "ends in the middle of its header"),
        (struct.pack("<Q", 101 << 20) + b"{" + bytes(200), "impossible size"),
        (safetensors(b'{"a": 1, "a": 2}'), "not proper JSON"),
        (safetensors(b'{"a": ' + b"[" * 100_000), "not proper JSON"),
        (safetensors(b'{"a": \xff}'), "not proper JSON"),
        (safetensors(b'{"a": ' + b"9" * 10_000 + b"}"), "not proper JSON"),
        (safetensors({"w": 7}), "in an unknown way"),
        (safetensors({"w": {**described(), "more": 1}}, numbers()), "in an unknown way"),
        (safetensors({"w": described(dtype="F4")}, numbers()), "numbers of the kind “F4”.*ask for a copy"),
        (safetensors({"w": described(shape=[2, -3])}, numbers()), "impossible numbers"),
        (safetensors({"w": described(shape=[2, True])}, numbers()), "impossible numbers"),
        (safetensors({"w": described(shape=[2, 3.0])}, numbers()), "impossible numbers"),
        (safetensors({"w": described(shape=[1] * 99)}, numbers()), "impossible numbers"),
        (safetensors({"w": described(shape=[1 << 62, 0])}, numbers()), "impossible shape"),
        (safetensors({"w": described(shape=[2, 4])}, numbers()), "does not fit its shape"),
        (safetensors({"w": described(start=24, end=0)}, numbers()), "does not fit its shape"),
        (safetensors({"w": described(), "x": described()}, numbers()), "overlap or leave gaps"),
        (safetensors({"w": described(start=4, end=28)}, numbers(7)), "overlap or leave gaps"),
        (safetensors({"w": described()}, numbers(5)), "ends in the middle of its numbers"),
        (safetensors({"w": described()}, numbers(7)), "bytes that belong to no tensor"),
        (safetensors({}), "no weights"),
    ],
)
def test_a_container_that_lies_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "m").write_bytes(data)
    with pytest.raises(ModelError, match=message):
        inspect_model(tmp_path / "m")


def test_a_header_that_is_larger_than_the_memory_allowed_is_never_read(tmp_path: Path) -> None:
    with (tmp_path / "m").open("wb") as file:
        file.write(struct.pack("<Q", (1 << 56) - 1) + b"{")
        file.truncate(1 << 30)
    with pytest.raises(ModelError, match=r"of no kind that mtgui knows|impossible size"):
        inspect_model(tmp_path / "m")


def test_a_link_in_place_of_the_tensors_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(safetensors({"w": described()}, numbers()))
    (tmp_path / "link").symlink_to(tmp_path / "m")
    with pytest.raises(OSError, match="symbolic links"):
        open_tensors(tmp_path / "link")


@settings(max_examples=100, deadline=None)
@given(header=st.binary(max_size=120), data=st.binary(max_size=40))
def test_random_headers_are_refused(header: bytes, data: bytes) -> None:
    with pytest.raises(RefusalError):
        read_places(io.BytesIO(safetensors(b"{" + header, data + b"x")))
