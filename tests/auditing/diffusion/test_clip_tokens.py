"""CLIP's byte-pair encoding gives the tokens that the library's tokenizer gives for the same table."""

import json
import unicodedata
from typing import Any

import pytest

from mtgui.auditing.diffusion.clip_tokens import END, START, VOCABULARY, merge_lines, token_ids_of

TEXTS = (
    "",
    " \t\n ",
    "a photo of a cat",
    "A Castle, by SKS; masterpiece!!!",
    "1girl, solo, long_hair, blue_eyes, looking at viewer, 4k, 8K HDR 2024",
    "it's we'll they've I'm you'd don't can't 're ''s 'S rock'n'roll",
    "Ölgemälde im Stil von Müller, Straße, GROẞ, éèê, e\u0301 n\u0303 \u0301alone",
    "ΟΔΟΣ Ὀδυσσεύς İstanbul ŁÓDŹ Ⅷ ½ ² ٣",
    "日本語の絵、桜と富士山。 漫画風",
    "한국어 그림 العربية עברית हिन्दी ไทย",
    "😀👍🏽 👨‍👩‍👧 ❤️‍🔥 ★☆ ♥",
    "(best quality:1.2), [blurry|sharp], {x}, <lora:style:0.8> a_b__c--d…—“quoted” «x»",
    "a\u00a0b\u2009c\u3000d\u200be\x85f\x1cg\x0bh",
    "soft\u00adhyphen zero\u200dwidth \ufeffbom \x00null",
    "supercalifragilisticexpialidocious antidisestablishmentarianism qzxjkvwpt",
    "word " * 200,
    "a" * 500,
    "9" * 90,
    "jeky ll jekyll",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The library's tokenizer, with a vocabulary that this test makes from the table of merges."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("tokenizer")
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(256 - len(printable))]
    merged = [line.replace(" ", "") for line in merge_lines()]
    names = [*letters, *(f"{one}</w>" for one in letters), *merged, "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {name: number for number, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merge_lines()]) + "\n", encoding="utf-8")
    return transformers.CLIPTokenizerFast.from_pretrained(str(folder), local_files_only=True)


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_the_library(text: str, library: Any) -> None:
    assert list(token_ids_of(text)) == library(text)["input_ids"][1:-1]


def test_every_character_is_read_as_the_library_reads_it(library: Any) -> None:
    for first in range(0x20, 0x3000, 0x40):
        # Versions of Unicode differ in characters that one of them does not know yet.
        known = [one for one in map(chr, range(first, first + 0x40)) if unicodedata.category(one) != "Cn"]
        text = " x".join(known)
        assert list(token_ids_of(text)) == library(text)["input_ids"][1:-1], hex(first)


def test_well_known_prompts_have_well_known_tokens(library: Any) -> None:
    assert token_ids_of("a photo of a cat") == (320, 1125, 539, 320, 2368)
    assert (START, END, VOCABULARY) == (49406, 49407, 49408)
    assert library("")["input_ids"] == [START, END]
    assert len(merge_lines()) == VOCABULARY - 2 * 256 - 2


def test_names_of_special_tokens_are_ordinary_text() -> None:
    assert END not in token_ids_of("<|endoftext|>")


def test_half_a_pair_of_surrogates_is_read() -> None:
    assert all(0 <= token < VOCABULARY for token in token_ids_of("a \ud83d b"))
