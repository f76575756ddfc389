"""CLIP's byte-pair encoding: turns a text into the numbers that the text encoders of Stable Diffusion take; no torch.

Stable Diffusion 1.x, 2.x and XL share one vocabulary: 256 bytes, the same 256 bytes at the end of a word, one token for
each merge, and two for start and end. So the table of merges is all that is needed.
"""

import gzip
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise

from mtgui.common.resources import resource_path

VOCABULARY = 49_408
START, END = VOCABULARY - 2, VOCABULARY - 1
"""The tokens of start and end."""
MOST_TOKENS = 75
"""How many tokens of a text an encoder takes beside start and end."""
_WORD_END = "</w>"
_CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
_SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(n) for n in range(0x2000, 0x200B)}
_PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
"""The bytes that stand for themselves in the table; the others are written as characters from 256 on."""


def token_ids_of(text: str) -> tuple[int, ...]:
    """Return the tokens of ``text``, without start and end, each from 0 to `VOCABULARY` − 1; none for the empty text.

    The text is composed (NFC), its spaces are collapsed, and it is written in lower case, as the library's tokenizer
    does. The names of special tokens are ordinary text here.
    """
    composed = unicodedata.normalize("NFC", text)
    # One character at a time, because the library knows no rule for the end of a word, such as that of the Greek sigma.
    plain = "".join(character.lower() for character in composed)
    return tuple(token for word in _words(plain) for token in _tokens_of_word(word))


@cache
def merge_lines() -> tuple[str, ...]:
    """Return the table of merges: two parts, separated by a space, on each line, the first merge first."""
    data = gzip.decompress(resource_path("clip/merges.txt.gz").read_bytes())
    return tuple(data.decode("utf-8").splitlines())


def _words(text: str) -> Iterator[str]:
    """Yield the pieces within which bytes are merged: contractions, letters, single digits, and other characters."""
    place = 0
    while place < len(text):
        end = place + len(next((one for one in _CONTRACTIONS if text.startswith(one, place)), ""))
        if end == place:
            kind, end = _kind(text[place]), place + 1
            while kind in ("letter", "other") and end < len(text) and _kind(text[end]) == kind:
                end += 1
            if kind == "space":
                place = end
                continue
        yield text[place:end]
        place = end


def _kind(character: str) -> str:
    if character in _SPACES:
        return "space"
    return {"L": "letter", "N": "number"}.get(unicodedata.category(character)[0], "other")


@lru_cache(maxsize=4096)
def _tokens_of_word(word: str) -> tuple[int, ...]:
    """Return the tokens of one piece: its two neighbours that were merged first in training are merged, and so on."""
    ranks, letters, numbers = _ranks(), _letters(), _numbers()
    parts = [letters[byte] for byte in word.encode("utf-8", "surrogatepass")]
    parts[-1] += _WORD_END
    while len(parts) > 1:
        first = min(pairwise(parts), key=lambda pair: ranks.get(pair, VOCABULARY))
        if first not in ranks:
            break
        merged, place = list[str](), 0
        while place < len(parts):
            is_pair = tuple(parts[place : place + 2]) == first
            merged.append("".join(first) if is_pair else parts[place])
            place += 2 if is_pair else 1
        parts = merged
    return tuple(numbers[part] for part in parts)


@cache
def _letters() -> tuple[str, ...]:
    """Return the character that stands for each byte in the table."""
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte if byte in _PRINTABLE else next(others)) for byte in range(0x100))


@cache
def _ranks() -> dict[tuple[str, str], int]:
    pairs = (line.split(" ") for line in merge_lines())
    return {(first, second): rank for rank, (first, second) in enumerate(pairs)}


@cache
def _numbers() -> dict[str, int]:
    """Return the number of each token: the printable bytes come first."""
    letters = _letters()
    order = [letters[byte] for byte in (*_PRINTABLE, *(byte for byte in range(0x100) if byte not in _PRINTABLE))]
    names = [*order, *(letter + _WORD_END for letter in order), *(first + second for first, second in _ranks())]
    return {name: number for number, name in enumerate(names)}
