"""Recognise texts and names of metadata that tell where a picture was taken.

A coordinate alone is a number like any other. So a text tells a place by a plausible pair of numbers, by signs of
degrees and hemispheres, or by the words latitude and longitude; a whole line of nothing but coordinates needs less.
"""

import html
import itertools
import re
import unicodedata
import urllib.parse
from collections.abc import Sequence

from mtgui.pictures.hidden_data import readings

_ANYWHERE = 2.0
"""Numbers below it are shares, colours or scales; no land lies where both coordinates are so small."""
_DEGREES = r"(?:[°º˚]|deg(?:rees)?\b)"
_HEMISPHERE = r"[NSEWO](?![A-Za-z])"
_LAT = r"(?:latitude?|breite(?:ngrad)?|широта|緯度|北?[纬緯]度?|lat)"
_LON = r"(?:longitude?|länge(?:ngrad)?|долгота|経度|[经經]度|lon|lng|long)"
_IS = r"[\"']?\s{0,3}[:=]?\s{0,3}[\"']?[NSEWO]?\s?[+-]?"
_UNIT = r"\s?(?:[mck]?m|s|in|x)\b"
_COORDINATES = re.compile(
    r"(?i:\bgeo:)-?\d"
    rf"|(?<![\d.])\d{{1,3}}(?:[.,]\d{{1,12}})?\s{{0,3}}{_DEGREES}\s{{0,3}}(?:{_HEMISPHERE}|\d{{1,2}}(?:[.,]\d{{1,12}})?\s{{0,3}}(?:['\u2032\u2019\u00b4]|min\b))"
    r"|(?<![\d.])\d{1,3}d\s?\d{1,2}m\s?(?:\d{1,2}(?:\.\d{1,9})?s\s?)?[NSEWO]\b"
    rf"|(?<![\d.:-])\d{{1,3}}([:\s-])\d{{1,2}}\1\d{{1,2}}(?:\.\d{{1,9}})?\s?{_HEMISPHERE}"
    r"|(?<![\d.])\d{1,3},\d{1,2}(?:[.,]\d{2,12}|,\d{1,2})\s?[NSEWO]\b"
    rf"|(?<![A-Za-z\d.])[NS]\s?\d{{1,2}}(?:[.,]\d{{1,12}})?[,;/\s]{{1,3}}[EWO]\s?\d{{1,3}}(?:[.,]\d{{1,12}})?(?![A-Za-z\d])"
    rf"|(?<![\d.])\d{{1,2}}[.,]\d{{1,12}}\s?[NS][,;/\s]{{1,3}}\d{{1,3}}[.,]\d{{1,12}}\s?{_HEMISPHERE}"
    r"|\$G[A-Z]{4},[\d.]|\b\d{3,4}\.\d{1,9},[NS],\d{4,5}\.\d{1,9},[EW]\b"
    r"|(?<![\d.])[+-]\d{2,6}\.\d{1,9}[+-]\d{3,7}\.\d{1,9}|(?<![\d.])[+-]\d{2,6}[+-]\d{3,7}/"
    r"|(?<![\d/])\d{1,3}/1[,\s]{1,3}[0-5]?\d/1[,\s]{1,3}\d{1,9}/\d{1,9}(?![\d/])"
    rf"|(?i:(?<![^\W\d_])(?:gps|m)?_?{_LAT}{_IS}\d{{1,3}}(?:[.,]\d{{1,12}})?\D{{1,12}}?{_LON}{_IS}\d{{1,3}}+(?:[.,]\d{{1,12}}+)?+(?!{_UNIT}))"
    r"|\b[2-9C][2-9CFGHJMPQRV][2-9CFGHJMPQRVWX]{6}\+[2-9CFGHJMPQRVWX]{2,3}\b"
    r"|\b\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{5}\s?\d{5}\b|\b\d{1,2}[C-HJ-NP-X]\s\d{6}\s\d{7}\b"
    r"|(?:maps\.app\.goo\.gl|goo\.gl/maps|w3w\.co|what3words\.com|plus\.codes)/\w|(?<!:)///\w{2,30}\.\w{2,30}\.\w{2,30}"
)
_NAMED = re.compile(
    rf"(?i:(?<![^\W\d_])(?:gps|m)?_?(?:{_LAT}|{_LON})){_IS}(?P<value>\d{{1,3}}[.,]\d{{3,12}})(?!\d|{_UNIT})"
)
_NUMBER = r"[+-]?\d{1,3}[.,]\d{1,17}"
_LAST = rf"{_NUMBER}(?!\d|\.\d)"
_PAIR = re.compile(
    rf"(?<!\d)(?<!\d[.])({_NUMBER})"
    rf"(?=[\s\"'°NSEWO]{{0,6}}(?:[,;/|&!_x-]|and\b|by\b|\s)[\s\"'+(\[NSEWO]{{0,8}}(?:[A-Za-z\d]{{1,12}}[\"']?\s?[:=]\s?[\"']?)?({_LAST}))"
)
_LINE_OF_PAIR = re.compile(
    r"[(\[]?([+-]?\d{1,3}\.\d{2,17})°?\s{0,3}[,;/|\s]\s{0,3}([+-]?\d{1,3}\.\d{2,17})°?[)\]]?"
    r"|[(\[]?([+-]?\d{1,3},\d{2,17})\s{0,3}[;/|\s]\s{0,3}([+-]?\d{1,3},\d{2,17})[)\]]?"
)
_LINE_OF_ONE = re.compile(r"(?:[NSEWO]\s?[+-]?\d{1,3}\.\d{3,17}°?|[+-]?\d{1,3}\.\d{3,17}°?\s?[NSEWO])")
_COORDINATE = re.compile(r"[+-]?\d{1,3}[.,]\d{4,17}")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PLACE = re.compile(r"gps|latitude|longitude", re.IGNORECASE)
_PLACE_WORD = re.compile(
    r"lat|lon|lng|(?:sub|geo)?locations?|geo(?:tags?|tagging|uri|code[ds]?|hash|rss|json|position|point|coordinates?|tiff)?"
    r"|coordinates?"
)
_REGION = {"city", "state", "country"}
_OF_REGION = {"name", "code", "id", "primary"}


def names_place(name: str) -> bool:
    """True when a property called ``name`` says where a picture was taken."""
    if _PLACE.search(name):
        return True
    words = [word.lower() for word in _WORDS.findall(name)]
    if words == ["long"] or any(_PLACE_WORD.fullmatch(word) for word in words):
        return True
    return any(a in _REGION and b in _OF_REGION for a, b in itertools.pairwise([*words, "name"]))


def tells_place(text: bytes | str) -> bool:
    """True when ``text`` holds coordinates; bytes may be in any encoding."""
    return any(_tells(one) for one in ((text,) if isinstance(text, str) else readings(text)))


def coordinates_among(values: Sequence[str]) -> list[int]:
    """Return which of ``values``, those of properties beside each other, are a pair of coordinates.

    They are that only where no other of the numbers has so many decimals: settings of programs come in larger numbers.
    """
    found = [at for at, value in enumerate(values) if _COORDINATE.fullmatch(value.strip())]
    return found if len(found) == 2 and _is_pair(*(values[at].strip() for at in found), least=4) else []


def _tells(text: str) -> bool:
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), html.unescape(urllib.parse.unquote(text)))
    plain = unicodedata.normalize("NFKC", plain.replace("º", "°").replace("˚", "°"))
    plain = plain.replace("·", ".").replace("\u2212", "-")
    if _COORDINATES.search(plain) or any(_number(found["value"]) <= 180 for found in _NAMED.finditer(plain)):
        return True
    if any(_is_pair(found[1], found[2], least=4) for found in _PAIR.finditer(plain)):
        return True
    return any(_is_line(line.strip()) for line in itertools.chain([plain], plain.splitlines()) if len(line) < 100)


def _is_line(line: str) -> bool:
    if _LINE_OF_ONE.fullmatch(line):
        return True
    pair = _LINE_OF_PAIR.fullmatch(line)
    return pair is not None and _is_pair(pair[1] or pair[3], pair[2] or pair[4], least=2)


def _is_pair(first: str, second: str, *, least: int) -> bool:
    """True when two numbers with at least ``least`` decimals can be latitude and longitude, in either order."""
    if min(len(number) - max(number.find("."), number.find(",")) - 1 for number in (first, second)) < least:
        return False
    low, high = sorted(abs(_number(number)) for number in (first, second))
    return low <= 90 and _ANYWHERE <= high <= 180 and first != second


def _number(text: str) -> float:
    return float(text.replace(",", "."))
