"""Files cut off anywhere or changed at random: read or refused in words, never anything else."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mtgui.reading.errors import RefusalError
from tests.reading.reading_helpers import (
    described,
    legacy_tensor,
    named,
    numbers,
    op,
    read_here,
    safetensors,
    tensor,
    torch_legacy,
    torch_zip,
)

MODULE = (
    named("my.nets", "Net")
    + b")\x81"
    + op({"_parameters": {"weight": tensor()}, "_buffers": {}, "_modules": {}, "training": True})
    + b"b"
)
SAMPLES = {
    "zip": torch_zip(
        {"state_dict": {"module.a": tensor(), "module.b": tensor(shape=(3, 2), stride=(1, 3))}, "epoch": 3}
    ),
    "deflated": torch_zip({"a": tensor()}, method=8),
    "module": torch_zip(MODULE),
    "legacy": torch_legacy({"a": legacy_tensor(), "b": legacy_tensor(("1", 0, 6))}),
    "safetensors": safetensors({"a": described(), "b": described([], 24, 28)}, numbers(7)),
}
in_one_folder = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(path: Path, data: bytes) -> str:
    """Return why ``data`` is refused, or an empty text; every other end is an error."""
    path.write_bytes(data)
    try:
        loaded, written = read_here(path)
    except RefusalError as error:
        return str(error)
    assert len(written) > sum(tensor.size for tensor in loaded.unwrapped.tensors.values())
    return ""


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_samples_are_sound(tmp_path: Path, kind: str) -> None:
    assert outcome(tmp_path / "m", SAMPLES[kind]) == ""


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    data = SAMPLES[kind]
    for end in range(len(data)):
        words = outcome(tmp_path / "m", data[:end])
        assert words.startswith("it"), end
        assert words.isprintable()


@pytest.mark.parametrize("kind", SAMPLES)
@in_one_folder
@given(places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4))
def test_changed_bytes_are_read_or_refused(tmp_path: Path, kind: str, places: list[tuple[float, int]]) -> None:
    data = bytearray(SAMPLES[kind])
    for place, value in places:
        data[math.floor(place * len(data))] = value
    outcome(tmp_path / "m", bytes(data))


@in_one_folder
@given(pickle=st.binary(max_size=200))
def test_random_pickles_are_read_or_refused(tmp_path: Path, pickle: bytes) -> None:
    outcome(tmp_path / "m", torch_zip({"w": tensor(), "x": pickle}))


OPCODES = st.sampled_from(
    [bytes([code]) for code in b"()0123NRQabdeltuso]}\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94"]
)
PIECES = st.sampled_from(
    [
        tensor(),
        op("text"),
        op(7),
        b"h\x00",
        b"h\x01",
        b"q\x00",
        named("os", "system"),
        named("collections", "OrderedDict"),
        named("torch._utils", "_rebuild_parameter"),
        named("numpy.core.multiarray", "scalar"),
        named("numpy", "dtype"),
    ]
)


@in_one_folder
@given(pieces=st.lists(OPCODES | PIECES, max_size=40))
def test_random_programs_are_read_or_refused(tmp_path: Path, pieces: list[bytes]) -> None:
    outcome(tmp_path / "m", torch_zip(b"".join([*pieces, op({"w": tensor()})])))


@in_one_folder
@given(
    data=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\3\4", b"\x80\x02", b"\x20" + bytes(7) + b"{", b"{"])
)
def test_random_files_are_refused(tmp_path: Path, data: bytes, start: bytes) -> None:
    assert outcome(tmp_path / "m", start + data).startswith("it")


def test_noise_is_refused(tmp_path: Path) -> None:
    for _ in range(50):
        assert outcome(tmp_path / "m", os.urandom(2000)).startswith("it")
