"""Keys, subkeys and streams."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.errors import UsageError
from mtgui.marking.keys import MarkKey, decoy_key, hkdf_sha256, new_key, shake_stream, subkey, uniform_integers


def test_hkdf_gives_the_numbers_of_rfc_5869_case_1() -> None:
    made = hkdf_sha256(b"\x0b" * 22, salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    assert made.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"


def test_hkdf_gives_the_numbers_of_rfc_5869_case_3_without_salt_and_info() -> None:
    made = hkdf_sha256(b"\x0b" * 22, salt=b"", info=b"", length=42)
    assert made.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"


def test_a_key_never_shows_itself() -> None:
    key = MarkKey(b"0123456789abcdef" * 2)
    assert "0123" not in repr(key)
    assert key.secret.hex() not in repr(key)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        MarkKey(b"short")


def test_new_keys_differ() -> None:
    assert len({new_key().secret for _ in range(50)}) == 50


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_decoy_keys_are_the_same_whenever_asked_for_and_differ_by_number(first: int, second: int) -> None:
    seed = bytes(32)
    assert decoy_key(seed, first) == decoy_key(seed, first)
    assert (decoy_key(seed, first) == decoy_key(seed, second)) == (first == second)


def test_decoy_keys_are_numbered_from_one() -> None:
    with pytest.raises(UsageError):
        decoy_key(bytes(32), 0)


def test_subkeys_depend_on_key_purpose_and_context() -> None:
    key, other = MarkKey(bytes(32)), MarkKey(b"\x01" * 32)
    made = {subkey(key, "a"), subkey(other, "a"), subkey(key, "b"), subkey(key, "a", b"x"), subkey(key, "a\x00x")}
    assert len(made) == 5


def test_a_stream_is_a_prefix_of_its_longer_self() -> None:
    assert shake_stream(b"s", "l", 100).startswith(shake_stream(b"s", "l", 10))


@given(st.integers(1, 300), st.binary(min_size=32, max_size=32))
def test_integers_stay_below_their_bound(bound: int, seed: bytes) -> None:
    assert all(0 <= value < bound for value in islice(uniform_integers(seed, "x", bound), 300))


def test_every_integer_is_as_likely_as_any_other() -> None:
    counts = [0] * 11
    for value in islice(uniform_integers(bytes(32), "x", 11), 110_000):
        counts[value] += 1
    chi_square = sum((count - 10_000) ** 2 / 10_000 for count in counts)
    # 10 degrees of freedom: 45 is passed with a probability of about two in a million.
    assert chi_square < 45
