"""Names and reasons as a person reads them."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.errors import PictureError, readable_name, storage_reason


@given(st.text(alphabet=st.characters(exclude_characters="/\0"), min_size=1))
def test_a_readable_name_is_one_printable_line(name: str) -> None:
    assert readable_name(Path(name)).isprintable()


@pytest.mark.parametrize("name", ["Frühling 🎨.png", "a b (2).jpg", "写真.webp"])
def test_an_ordinary_name_is_shown_as_it_is(name: str) -> None:
    assert readable_name(Path("folder") / name) == name


@pytest.mark.parametrize(
    ("name", "shown"), [("a\nb.png", "a\\nb.png"), ("a\x1b[2J.png", "a\\x1b[2J.png"), ("a\udcff.png", "a\\udcff.png")]
)
def test_what_cannot_be_shown_is_escaped(name: str, shown: str) -> None:
    assert readable_name(Path(name)) == shown


def test_a_path_without_a_name_is_shown_whole() -> None:
    assert readable_name(Path("/")) == str(Path("/"))


@pytest.mark.parametrize("reason", ["it is empty", "it is empty."])
def test_a_picture_error_names_the_file_and_ends_in_one_full_stop(reason: str) -> None:
    error = PictureError(Path("folder/a.png"), reason)
    assert str(error) == "a.png: it is empty."
    assert error.reason == "it is empty."


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENOENT, errno.EIO, errno.EFBIG])
def test_the_reason_of_the_disk_is_in_plain_words(number: int) -> None:
    reason = storage_reason(OSError(number, "technical"))
    assert "technical" not in reason
    assert not reason.endswith(".")


def test_an_unknown_reason_is_quoted_from_the_system() -> None:
    assert storage_reason(OSError(errno.ENOTTY, "Not a typewriter")) == "the system reported “Not a typewriter”"
