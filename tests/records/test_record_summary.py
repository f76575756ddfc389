"""What a record tells about itself, and what it keeps to itself."""

import base64
import json
from pathlib import Path

import pytest

from mtgui.common.words import one_in
from mtgui.marking.keys import decoy_key, subkey
from mtgui.marking.settings import MarkSettings
from mtgui.records.journal import open_record, read_record
from mtgui.records.record import Block
from mtgui.records.record_summary import summarise, summary_in_words
from tests.records.records_helpers import KEY, SALT, SEED, digest, make_block, make_record, picture


@pytest.fixture
def two_blocks(tmp_path: Path) -> Path:
    make_record(tmp_path / "r.mtrecord")
    file = open_record(tmp_path / "r.mtrecord")
    file.append_block(make_block(5, (1, 3, 4), number=1))
    file.close()
    return tmp_path / "r.mtrecord"


def every_spelling(secret: bytes) -> list[str]:
    return [
        secret.hex(),
        secret.hex().upper(),
        base64.b64encode(secret).decode(),
        repr(secret)[2:-1],
        str(list(secret))[1:-1],
        str(int.from_bytes(secret, "big")),
    ]


@pytest.mark.parametrize("secret", [KEY, SEED, SALT], ids=["key", "decoy seed", "salt"])
def test_no_secret_is_told_in_words_or_json(two_blocks: Path, secret: bytes) -> None:
    summary = summarise(read_record(two_blocks))
    told = summary_in_words(two_blocks, summary) + json.dumps(summary) + repr(summary)
    assert secret not in told.encode()
    for spelling in every_spelling(secret):
        assert spelling not in told


def test_nothing_derived_from_a_secret_is_told(two_blocks: Path) -> None:
    record = read_record(two_blocks)
    told = json.dumps(summarise(record))
    for derived in (decoy_key(SEED, 1).secret, subkey(record.blocks[0].key, "stripes")):
        assert derived.hex() not in told


def test_a_summary_counts_published_and_withheld(two_blocks: Path) -> None:
    blocks = summarise(read_record(two_blocks))["blocks"]
    assert [(b["pool"], b["published"], b["withheld"]) for b in blocks] == [(4, 2, 2), (5, 3, 2)]


def test_a_summary_names_the_copy_of_every_exported_picture(two_blocks: Path) -> None:
    copies = {p["picture_id"]: p["copy"] for p in summarise(read_record(two_blocks))["pictures"]}
    assert copies[digest("id", 0, 0)] == "0.png"
    assert copies[digest("id", 0, 2)] is None


def test_the_words_state_the_commitment_and_the_chance(two_blocks: Path) -> None:
    record = read_record(two_blocks)
    words = summary_in_words(two_blocks, summarise(record))
    assert record.commitment in words
    assert record.commitments[1] in words
    assert "1 in 60,000" in words
    assert "Keep the file safe and private" in words


def test_the_smallest_p_is_one_over_the_grid(two_blocks: Path) -> None:
    assert summarise(read_record(two_blocks))["smallest_p"] == pytest.approx(1 / (6 * 10 * 1000))


def test_a_cut_off_line_is_told_of(two_blocks: Path) -> None:
    two_blocks.write_bytes(two_blocks.read_bytes() + b'{"type":"exp')
    assert "was cut off" in summary_in_words(two_blocks, summarise(read_record(two_blocks)))


def test_a_label_that_plays_tricks_with_the_terminal_is_shown_escaped(tmp_path: Path) -> None:
    block = Block(**{**vars(make_block()), "pool": tuple(picture(i, label="a\x1b[2J\n") for i in range(4))})
    make_record(tmp_path / "r", block)
    words = summary_in_words(tmp_path / "r", summarise(read_record(tmp_path / "r")))
    assert "\x1b" not in words
    assert "labels a\\x1b[2J\\n" in words


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (MarkSettings(), "blend ratio 0.7 with colour stripes, perlin noise of 8/255"),
        (MarkSettings(1.0, 0), "no mark at all"),
        (MarkSettings(1.0, 4, "uniform"), "no blend, uniform noise of 4/255"),
        (MarkSettings(0.9, 0, "none", "picture", 32), "blend ratio 0.9 with a picture as pattern, no noise, design"),
    ],
)
def test_settings_are_told_in_words(settings: MarkSettings, words: str) -> None:
    assert settings.in_words.startswith(words)


@pytest.mark.parametrize(
    ("probability", "words"), [(1.0, "1 in 1"), (1 / 960, "1 in 960"), (1 / 160000, "1 in 160,000")]
)
def test_a_probability_is_told_as_one_in_so_many(probability: float, words: str) -> None:
    assert one_in(probability) == words


def test_many_private_pictures_stand_on_a_line_each(tmp_path: Path) -> None:
    for count, starts in [(10, "  Private, not to be published: "), (11, "    ")]:
        path = tmp_path / f"{count}.mtrecord"
        make_record(path, make_block(count, (0, 1)), exports=0)
        lines = summary_in_words(path, summarise(read_record(path))).splitlines()
        names = [p["name"] for p in summarise(read_record(path))["pictures"] if not p["published"]]
        assert sum(line.startswith(starts) for line in lines) == (1 if count == 10 else len(names))
        assert all(any(name in line for line in lines) for name in names)
