"""The base of a LoRA: the file that was named, or the one with the SHA-256 that the LoRA names."""

from pathlib import Path

import pytest

from mtgui.auditing.diffusion.base_search import agreement, find_base
from mtgui.auditing.diffusion.plans import LoraSays
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.hashing import sha256_file

LARGE = 1 << 20


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    path = tmp_path / "here" / "lora.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"lora")
    return path


def model(path: Path, filling: bytes, size: int = LARGE) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(filling * size)
    return path


def named(base: Path, name: str | None = None) -> LoraSays:
    return LoraSays(base_name=name, base_sha256=sha256_file(base).upper())


def test_a_base_that_was_named_is_taken_as_it_is(lora: Path, tmp_path: Path) -> None:
    base = model(tmp_path / "other.safetensors", b"b")
    assert find_base(lora, LoraSays(), base, Control()) == base
    folder = tmp_path / "pipeline"
    folder.mkdir()
    (folder / "model_index.json").write_text("{}")
    assert find_base(lora, LoraSays(), folder, Control()) == folder


@pytest.mark.parametrize("place", ["base.safetensors", "models/base.ckpt"])
def test_the_file_that_the_lora_names_is_found_beside_it(lora: Path, place: str) -> None:
    model(lora.parent / "larger.safetensors", b"x", 2 * LARGE)
    base = model(lora.parent / place, b"b")
    assert find_base(lora, named(base), None, Control()) == base
    assert agreement(base, named(base), Control()) == "same"
    assert agreement(base.parent, named(base), Control()) == "folder"


def test_a_folder_is_searched_that_was_named(lora: Path, tmp_path: Path) -> None:
    base = model(tmp_path / "models" / "base.safetensors", b"b")
    assert find_base(lora, named(base), tmp_path / "models", Control()) == base


def test_a_file_of_that_name_with_another_content_is_not_taken(lora: Path, tmp_path: Path) -> None:
    model(lora.parent / "base.safetensors", b"x")
    says = named(model(tmp_path / "elsewhere.safetensors", b"b"), "base.safetensors")
    with pytest.raises(UsageError) as caught:
        find_base(lora, says, None, Control())
    said = str(caught.value)
    assert said.startswith("lora.safetensors is a LoRA, a change to another model, and is compared with that model")
    assert "It names “base.safetensors”" in said
    assert said.endswith("has that SHA-256. Name the file or folder of its base with --base.")
    assert agreement(lora.parent / "base.safetensors", says, Control()) == "other"


def test_a_lora_that_names_nothing_asks_for_its_base(lora: Path) -> None:
    model(lora.parent / "base.safetensors", b"b")
    with pytest.raises(UsageError, match="does not say which one that is"):
        find_base(lora, LoraSays(), None, Control())
    assert agreement(lora.parent / "base.safetensors", LoraSays(), Control()) == "not named"


def test_the_search_can_be_cancelled(lora: Path) -> None:
    base, control = model(lora.parent / "base.safetensors", b"b"), Control()
    control.cancel()
    with pytest.raises(CancelledError):
        find_base(lora, named(base), None, control)
