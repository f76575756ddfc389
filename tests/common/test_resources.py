"""Hashes of files, and the files that ship with mtgui."""

import hashlib
from pathlib import Path

import pytest

from mtgui.common.errors import StorageError
from mtgui.common.hashing import sha256_bytes, sha256_file
from mtgui.common.resources import resource_path


def test_a_shipped_folder_is_found() -> None:
    assert resource_path("icons").is_dir()


def test_a_missing_resource_is_named_with_what_to_do() -> None:
    with pytest.raises(StorageError, match=r"lacks its file “missing”\. Install mtgui again\."):
        resource_path("missing")


def test_a_file_and_its_bytes_have_the_same_hash(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    (tmp_path / "a").write_bytes(data)
    assert sha256_file(tmp_path / "a") == sha256_bytes(data) == hashlib.sha256(data).hexdigest()
