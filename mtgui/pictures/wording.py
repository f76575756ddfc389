"""Tell texts that somebody wrote or a program recorded from data in the guise of a text.

No list of encodings is ever complete. But a text, in any language, is mostly words, and the names and words in the
records of programs take a good part of them, while data that were turned into signs hold words only by chance.
"""

import itertools
import re
import unicodedata
import zlib
from functools import lru_cache

_LEAST, _LEAST_DENSE = 1000, 500
"""Compressed bytes of a text below which it holds no picture; fewer where each sign tells much, as in base64.

Lists of numbers, times, names of files or moves of chess tell less with each sign.
"""
_DENSE = 0.6
"""Compressed bytes for each sign from which a text is dense."""
_SHARE = 0.3
"""Share of words in the signs of a text from which it is one."""
_REPEATED = re.compile(r"(.)\1{3,}", re.DOTALL)
_FRACTION = re.compile(r"(?<![\w.])[+-]?\d+\.\d+(?![\w.])")
_RUN = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"[^\W\d_A-ZÀ-ÖØ-Þ]+|[A-ZÀ-ÖØ-Þ][^\W\d_A-ZÀ-ÖØ-Þ]+|[A-ZÀ-ÖØ-Þ]+(?![^\W\d_A-ZÀ-ÖØ-Þ])")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_CLUSTER = re.compile(r"[^aeiouy]{5}", re.IGNORECASE)
_LONGEST = 24
_COMMON = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("euc_jp", 0xB0, 0xCF), ("euc_kr", 0xB0, 0xC8))
"""Encodings, with the first bytes of the characters that their standards list as the common ones."""
_COMMON_SHARE = 0.85
_LATIN, _SMALL, _LARGE = range(3)
_SIGNS = re.compile(r"[\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
"""Chinese and Japanese signs, and the syllables of Korean."""


def is_disguised(text: str) -> bool:
    """True when the long ``text`` has so few words that it must be data written as signs."""
    plain = _REPEATED.sub(r"\1", text)
    told = len(zlib.compress(plain.encode("utf-8", "replace")))
    signs = _number_of_signs(plain)
    return told >= (_LEAST_DENSE if told >= _DENSE * signs else _LEAST) and not are_words(plain)


def are_words(text: str) -> bool:
    """True when a good part of the signs in ``text`` belong to words of any language."""
    plain = _FRACTION.sub(" ", text)
    return share_of_words(plain) >= _SHARE


def share_of_words(text: str) -> float:
    """Return the share of the signs in ``text`` that belong to words; 1 where there are no signs."""
    small = large = common = 0
    for run in _RUN.finditer(text):
        for script, letters in itertools.groupby(run[0], _script):
            part = "".join(letters)
            if script == _LARGE:
                large += len(part)
                common += sum(map(_is_common, part))
            else:
                small += _latin(part) if script == _LATIN else len(part)
    signs = _number_of_signs(text)
    return (small + (large if common >= _COMMON_SHARE * large else 0)) / signs if signs else 1.0


def _number_of_signs(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


def _script(letter: str) -> int:
    if letter < "\u0250":
        return _LATIN
    return _LARGE if _SIGNS.match(letter) else _SMALL


def _latin(part: str) -> int:
    if len(part) < 3:
        return len(part) if part.isalpha() and part in (part.lower(), part.title()) else 0
    return sum(len(hump[0]) for hump in _HUMP.finditer(part) if _is_word(part, hump.start(), hump.end()))


def _is_word(part: str, start: int, end: int) -> bool:
    if not 3 <= end - start <= _LONGEST or part[start - 1 : start].isdigit() or part[end : end + 1].isdigit():
        return False
    bare = "".join(letter for letter in unicodedata.normalize("NFD", part[start:end]) if letter.isalpha())
    return _VOWEL.search(bare) is not None and _CLUSTER.search(bare) is None


@lru_cache(maxsize=1 << 15)
def _is_common(letter: str) -> bool:
    """True for a common sign of Chinese, Japanese or Korean."""
    for name, first, last in _COMMON:
        try:
            code = letter.encode(name)
        except UnicodeEncodeError:
            continue
        if len(code) == 2 and first <= code[0] <= last:
            return True
    return False
