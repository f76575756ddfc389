"""ZIP archives that lie about themselves: each refused in words, before anything is unpacked."""

import io
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from mtgui.reading.errors import ModelError, RefusalError
from mtgui.reading.reader import inspect_model, read_model
from tests.reading.reading_helpers import numbers, pickled, read_here, tensor, torch_zip, zipped

ROOT = {"w": tensor()}


def refused(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "m.pth").write_bytes(data)
    with pytest.raises(ModelError) as caught:
        inspect_model(tmp_path / "m.pth")
    return str(caught.value)


def entry(data: bytes, name: bytes) -> int:
    """Return where the directory's entry for ``name`` begins."""
    place = data.index(b"PK\1\2")
    while not data.startswith(name, place + 46):
        place = data.index(b"PK\1\2", place + 1)
    return place


def patched(data: bytes, place: int, code: str, value: int) -> bytes:
    new = bytearray(data)
    struct.pack_into(code, new, place, value)
    return bytes(new)


def test_a_deflated_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(ROOT, method=zipfile.ZIP_DEFLATED))
    _, tensors = read_model(tmp_path / "m.pth", tmp_path)
    assert tensors.raw("w") == numbers()


def test_an_archive_without_a_folder_inside_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(ROOT, prefix=""))
    assert len(inspect_model(tmp_path / "m.pth").tensors) == 1


@pytest.mark.parametrize("prefix", ["code/", "models/", "data/", "ä/"])
def test_any_name_may_be_the_folder_inside(tmp_path: Path, prefix: str) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(ROOT, prefix=prefix))
    assert len(inspect_model(tmp_path / "m.pth").tensors) == 1


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = torch_zip(ROOT, {"0": numbers(), "1": bytes(200 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    (tmp_path / "m.pth").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(RefusalError, match="unpacks to far more"):
        read_here(tmp_path / "m.pth")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20 << 20
    assert "unpacks to far more" in refused(tmp_path, bomb)


def test_a_bomb_that_hides_its_size_is_refused(tmp_path: Path) -> None:
    data = torch_zip(ROOT, {"0": bytes(50 << 20)}, zipfile.ZIP_DEFLATED)
    data = patched(data, entry(data, b"archive/data/0") + 24, "<I", 24)
    (tmp_path / "m.pth").write_bytes(data)
    with pytest.raises(ModelError, match="does not unpack to the size it states"):
        read_model(tmp_path / "m.pth", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["m.pth"]


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    data = torch_zip(ROOT, {"0": numbers(), "1": zipped({"x": numbers()})})
    outer, inner = entry(data, b"archive/data/0"), entry(data, b"archive/data/1")
    (place,) = struct.unpack_from("<I", data, inner + 42)
    assert "in two different ways" in refused(tmp_path, patched(data, outer + 42, "<I", place + 1))
    assert "by two names" in refused(tmp_path, patched(data, outer + 42, "<I", place))
    stretched = patched(patched(data, outer + 20, "<I", 300), outer + 24, "<I", 300)
    assert "overlap" in refused(tmp_path, stretched)


def test_sizes_beyond_the_file_are_refused(tmp_path: Path) -> None:
    data = torch_zip(ROOT)
    place = entry(data, b"archive/data/0")
    forged = patched(patched(data, place + 20, "<I", 1 << 20), place + 24, "<I", 1 << 20)
    assert "ends in the middle" in refused(tmp_path, forged)
    assert "in a way torch never does" in refused(tmp_path, patched(data, place + 24, "<I", 20))
    assert "in a way torch never does" in refused(tmp_path, patched(data, place + 10, "<H", 14))
    assert "password" in refused(tmp_path, patched(data, place + 8, "<H", 1))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "archive/../../x", "c:/x", "a\\b", "archive//x", "archive/./x", "x" * 2000],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    parts = {"archive/data.pkl": pickled(ROOT), "archive/data/0": numbers(), name: b"x"}
    assert "improper name" in refused(tmp_path, zipped(parts))


def test_links_are_refused(tmp_path: Path) -> None:
    file = io.BytesIO(torch_zip(ROOT))
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("archive/data/1")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "holds the link" in refused(tmp_path, file.getvalue())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO(torch_zip(ROOT))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("archive/data.pkl", pickled(ROOT))
    assert "twice" in refused(tmp_path, file.getvalue())


def test_an_impossible_number_of_entries_is_refused(tmp_path: Path) -> None:
    data = torch_zip(ROOT)
    end = data.rindex(b"PK\5\6")
    forged = patched(patched(data, end + 8, "<H", 60_000), end + 10, "<H", 60_000)
    assert "more entries than it can hold" in refused(tmp_path, forged)


def test_a_directory_elsewhere_is_refused(tmp_path: Path) -> None:
    data = torch_zip(ROOT)
    end = data.rindex(b"PK\5\6")
    assert "not where it should be" in refused(tmp_path, patched(data, end + 16, "<I", 7))
    assert "something follows the end" in refused(tmp_path, data + b"more")


def test_an_archive_in_an_archive_is_named(tmp_path: Path) -> None:
    assert "unpack it first" in refused(tmp_path, zipped({"model.pth": torch_zip(ROOT)}))


def test_a_missing_or_short_storage_is_named(tmp_path: Path) -> None:
    assert "storage “0” is missing" in refused(tmp_path, torch_zip(ROOT, {"1": numbers()}))
    assert "storage “0” is shorter" in refused(tmp_path, torch_zip(ROOT, {"0": numbers(5)}))


def test_a_wrong_checksum_is_noted(tmp_path: Path) -> None:
    data = torch_zip(ROOT)
    place = entry(data, b"archive/data/0")
    (tmp_path / "m.pth").write_bytes(patched(data, place + 16, "<I", 1))
    (note,) = inspect_model(tmp_path / "m.pth").notes
    assert note.startswith("1 of the 4 parts of the file do not match their checksums")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"m/data.pkl": b"", "m/code/__torch__.py": b"", "m/constants.pkl": b""}, "TorchScript program.*ONNX"),
        ({"m/archive_format": b"pt2", "m/models/model.json": b"{}"}, "exported program.*ONNX"),
        ({"arr_0.npy": b""}, "NumPy arrays"),
        ({"config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": b""}, "Keras"),
        ({"word/document.xml": b""}, "without a model in it"),
        ({"a/data.pkl": b"", "b/data.pkl": b""}, "several lists of contents"),
        ({"a/data.pkl": pickled(ROOT), "a/byteorder": b"big", "a/data/0": numbers()}, "big-endian"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, parts: dict[str, bytes], message: str) -> None:
    (tmp_path / "m.pth").write_bytes(zipped(parts))
    with pytest.raises(ModelError, match=message):
        inspect_model(tmp_path / "m.pth")
