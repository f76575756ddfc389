"""Find pictures and other hidden data in metadata by what the bytes are, whatever the field is called.

A text can hold a picture as base64, as hexadecimal or decimal numbers, as Ascii85 or in a data URI, with line breaks in
it, and compressed before that. Each run that could be one of these is decoded, and the decoded bytes are judged.
"""

import base64
import binascii
import itertools
import re
import struct
import unicodedata
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mtgui.pictures import ifd
from mtgui.pictures.wording import are_words

_DEEPEST = 3
_MOST_TRIES = 256
_LARGEST_INFLATED = 1 << 20
_LARGEST = 4 << 20
"""Characters or bytes of a value beyond which nobody wrote it as a text."""
_SHORTEST = 40
"""Characters of an encoded run below which no picture fits."""
_LONG = 600
"""Characters of an encoded run that is hidden data even if nobody can tell which."""
_LONGEST_WORD = 100
_GAPS = frozenset(" \t\r\n,.;:/-_=\u3000\u3001\u3002\uff0c")
_CLASS_CHANGES = 0.25

_PICTURE = re.compile(
    rb"\xff\xd8\xff|\xd8\xff\xdb\x00|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF.{4}WEBP|\0\0\0\x0cjP  |\0\0\0\x0cJXL "
    rb"|\xff\x4f\xff\x51|ftyp(?:avif|avis|heic|heix|mif1|msf1|mp4|isom|qt  )"
    rb"|BM.{4}\0{4}..\0\0[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    re.DOTALL,
)
_PICTURE_START = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n|GIF8[79]a|RIFF.{4}WEBP|II[*+]\0|MM\0[*+]|BM.{4}\0\0\0\0|\0\0\0\x0cjP  "
    rb"|\0\0\0\x0cJXL |\xff\x4f\xff\x51|\0\0\0.ftyp|P[56]\s\d+\s|8BPS",
    re.DOTALL,
)
_TIFF = re.compile(rb"II\*\0|MM\0\*")
_FIELD_COST = 64
"""How many bytes could be decoded in the time that one field of a directory takes."""
_PIXEL_PLACES = {0x111, 0x144}
_JPEG = re.compile(rb"\xff\xd8\xff[\xc0\xc4\xdb\xdd\xe0-\xef\xfe]")
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_DATA_ADDRESS = re.compile(r"data:(?:image|video|application)/[^,\s]{0,100},", re.IGNORECASE)
_SPACE = re.compile(r"(?:\s|\\[nrt]|\\(?=\s))+")
_BASE64 = re.compile(rf"[A-Za-z0-9+/_-]{{{_SHORTEST},}}")
_BASE64_START = re.compile(
    r"/9j/|_9j_|iVBORw0K|UklGR|R0lGOD|SUk[qr]A|TU0A[KL]|Qk|AAAA|/0//|_0__|H4sI|eJ|eA|eN|eF|OEJQU"
)
_HEX = re.compile(rf"(?:(?:0x|\\x|%)?[0-9a-fA-F]{{2}}[,:;-]?){{{_SHORTEST},}}")
_HEX_MARKS = re.compile(r"0x|\\x|[^0-9a-fA-F]")
_NUMBERS = re.compile(rf"\d{{1,3}}(?:[,;]\d{{1,3}}){{{_SHORTEST},}}")
_ASCII85_START = re.compile(r"<~|s4I|M,6r;|;Fs>I|7nH00|8P\(B3|9hbU;")
_ASCII85 = re.compile(rf"[!-uz]{{{_SHORTEST},}}")
_BASE85_START = re.compile(r"\|Je|iBL\{Q|Qb\|Te|M@dFF|Nl7XI|O-%qQ")
_BASE85 = re.compile(rf"[0-9A-Za-z!#$%&()*+;<=>?@^_`{{|}}~-]{{{_SHORTEST},}}")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_ENCODED_RUN = re.compile(r"(?:[A-Za-z0-9+/=_-]|\s|\\[nr])+")


class _TooMuchError(Exception):
    """A value unpacks to more than anybody would write."""


@dataclass
class _Work:
    """How many bytes may still be decoded to judge one value, so that no file keeps the program busy for long."""

    left: int = 32 << 20

    def spend(self, number: int) -> None:
        """Count ``number`` bytes. Raises _TooMuchError."""
        self.left -= number
        if self.left < 0:
            raise _TooMuchError


def hides_data(value: bytes | str) -> bool:
    """True when the metadata ``value`` holds a picture, compressed data, or so much encoded data that it may be one.

    A str is a text that was decoded before; bytes may be a text in any encoding, or binary data.
    """
    if len(value) > _LARGEST or (isinstance(value, str) and _is_spoilt(value)):
        return True
    try:
        return len(value) >= _SHORTEST and _hides(value, _Work(), _DEEPEST)
    except _TooMuchError:
        return True


def holds_picture(value: bytes) -> bool:
    """True when ``value``, binary data with a structure of its own, holds a picture that is stored as it is."""
    jpeg = _JPEG.search(value)
    if (jpeg and value.find(b"\xff\xda\0", jpeg.end()) > 0) or b"\x89PNG\r\n\x1a\n" in value:
        return True
    try:
        return _inflates(value, _Work(), 1)
    except _TooMuchError:
        return True


def begins_picture(value: bytes) -> bool:
    """True when ``value`` begins like a picture file, of whatever kind."""
    return _PICTURE_START.match(value) is not None


def holds_tiff(value: bytes) -> bool:
    """True when a TIFF file begins somewhere in ``value``: a header whose first directory says where pixels are.

    Maker notes have such headers too, without pixels.
    """
    try:
        return _holds_tiff(value, _Work())
    except _TooMuchError:
        return True


def _holds_tiff(value: bytes, work: _Work) -> bool:
    for match in itertools.islice(_TIFF.finditer(value), _MOST_TRIES):
        inner = value[match.start() :]
        try:
            header = ifd.read_header(inner)
            work.spend(_FIELD_COST * ifd.fields_at_most(inner, header.first, header))
            entries, _ = ifd.read_sound_part(inner, header.first, header)
        except (ValueError, struct.error):
            continue
        if any(entry.tag in _PIXEL_PLACES for entry in entries):
            return True
    return False


def plain_readings(value: bytes) -> list[str]:
    """Return the texts, and no more than texts, that ``value`` can be, perhaps after EXIF's name of the encoding.

    A text has spaces or stops, or consists of words of a language without them. Without that rule smooth pixels could
    pass for Chinese signs.
    """
    found = []
    for body, name in itertools.product(
        (value, value[8:]), ("utf-8", "utf-16-le", "utf-16-be", "iso2022_jp", "cp1252")
    ):
        try:
            text = body.decode(name).strip("\0")
        except UnicodeDecodeError:
            continue
        if not text or not all(letter.isprintable() or letter.isspace() for letter in text):
            continue
        has_gaps = 100 * sum(letter in _GAPS for letter in text) >= len(text)
        if has_gaps or (name != "cp1252" and are_words(text)):
            found.append(text)
    return found


def readings(value: bytes) -> tuple[str, ...]:
    """Return the texts that ``value`` can mean: UTF-8 or Latin-1, UTF-16 of both orders, and JIS."""
    found = []
    try:
        found.append(value.decode("utf-8"))
    except UnicodeDecodeError:
        found.append(value.decode("latin-1"))
    if b"\0" in value.rstrip(b"\0"):
        body = value[8:] if value[:7] == b"UNICODE" else value
        found.append(value.replace(b"\0", b"").decode("latin-1"))
        found.extend(body.decode(name, "replace") for name in ("utf-16-le", "utf-16-be"))
    if b"\x1b" in value:
        found.append(value.decode("iso2022_jp", "replace"))
    return tuple(dict.fromkeys(unicodedata.normalize("NFKC", text) for text in found))


def _hides(value: bytes | str, work: _Work, depth: int) -> bool:
    raw = value.encode("latin-1", "ignore") if isinstance(value, str) else value
    if _PICTURE.search(raw) or _PICTURE_START.match(raw) or _holds_tiff(raw, work) or _inflates(raw, work, depth):
        return True
    texts = (value,) if isinstance(value, str) else readings(value)
    return any(_text_hides(text, work, depth) for text in texts)


def _inflates(raw: bytes, work: _Work, depth: int) -> bool:
    """True when a whole deflate stream in ``raw`` holds something that must not be published."""
    for match in itertools.islice(_DEFLATED.finditer(raw), _MOST_TRIES):
        stream = zlib.decompressobj(47)
        try:
            inner = stream.decompress(memoryview(raw)[match.start() :], _LARGEST_INFLATED)
        except zlib.error:
            continue
        work.spend(len(inner))
        if not stream.eof and len(inner) < _LARGEST_INFLATED:
            continue
        if not _is_printable_utf8(inner) or (depth > 0 and _hides(inner, work, depth - 1)):
            return True
    return False


def _text_hides(text: str, work: _Work, depth: int) -> bool:
    if len(text) < _SHORTEST:
        return False
    if _DATA_ADDRESS.search(text):
        return True
    if any(_judged(found, work, depth) for found in _decoded(text)):
        return True
    runs = (match[0] for match in _ENCODED_RUN.finditer(text) if len(match[0]) >= _LONG)
    return any(_is_encoded(run) and not _is_harmless(_from_base64(_SPACE.sub("", run)), work, depth) for run in runs)


def _judged(found: bytes, work: _Work, depth: int) -> bool:
    """True when decoded bytes are a picture, or hide one in their turn."""
    work.spend(len(found))
    if _PICTURE_START.match(found):
        return True
    if _DEFLATED.match(found):
        return _inflates(found, work, depth - 1) or _begins_deflated(found)
    return depth > 0 and len(found) >= _SHORTEST and _is_printable_utf8(found) and _hides(found, work, depth - 1)


def _begins_deflated(found: bytes) -> bool:
    """True when the beginning of a deflate stream, whose end may be spoilt, unpacks to something long."""
    try:
        return len(zlib.decompressobj(47).decompress(found[:4096], 4096)) >= 256
    except zlib.error:
        return False


def _is_harmless(found: bytes, work: _Work, depth: int) -> bool:
    return _is_printable_utf8(found) and not (depth > 0 and _hides(found, work, depth - 1))


def _decoded(text: str) -> Iterator[bytes]:
    """Yield what encoded runs in ``text`` decode to, where a run begins like one that is worth it."""
    joined = _SPACE.sub("", text)
    yield from _starting(joined, _BASE64_START, _BASE64, _from_base64)
    yield from _starting(joined, _ASCII85_START, _ASCII85, _from_ascii85)
    yield from _starting(joined, _BASE85_START, _BASE85, _from_base85)
    for match in itertools.islice(_BASE64.finditer(joined), _MOST_TRIES):
        yield _from_base64(match[0])
    for match in itertools.islice(_HEX.finditer(joined), _MOST_TRIES):
        digits = _HEX_MARKS.sub("", match[0])
        yield from (bytes.fromhex(digits[shift : len(digits) - (len(digits) - shift) % 2]) for shift in (0, 1))
    for match in itertools.islice(_NUMBERS.finditer(joined), _MOST_TRIES):
        yield bytes(min(int(number), 255) for number in re.split("[,;]", match[0]))
    if joined.count("%") >= 3:
        yield urllib.parse.unquote_to_bytes(joined)


def _starting(
    text: str, start: re.Pattern[str], run: re.Pattern[str], decode: Callable[[str], bytes]
) -> Iterator[bytes]:
    end = 0
    for match in itertools.islice(start.finditer(text), _MOST_TRIES):
        is_inside = match.start() < end
        whole = run.match(text, match.start(), match.start() + 8192 if is_inside else len(text))
        if whole:
            yield decode(whole[0])
            end = max(end, whole.end())


def _from_base64(run: str) -> bytes:
    plain = run.replace("-", "+").replace("_", "/").replace("=", "")
    try:
        return base64.b64decode(plain + {1: "A==", 2: "==", 3: "="}.get(len(plain) % 4, ""))
    except (binascii.Error, ValueError):
        return b""


def _from_ascii85(run: str) -> bytes:
    body = run.removeprefix("<~").split("~", 1)[0]
    try:
        return base64.a85decode(body)
    except ValueError:
        return _front(base64.a85decode, body)


def _from_base85(run: str) -> bytes:
    try:
        return base64.b85decode(run)
    except ValueError:
        return _front(base64.b85decode, run)


def _front(decode: Callable[[str], bytes], run: str) -> bytes:
    """Decode the first groups only, for a run that other characters follow."""
    try:
        return decode(run[:20])
    except ValueError:
        return b""


def _is_spoilt(text: str) -> bool:
    """True when so much of ``text`` is no text that it must have been binary data."""
    strange = sum(not (letter.isprintable() or letter.isspace()) or letter == "\ufffd" for letter in text)
    return strange > max(8, len(text) // 10)


def _is_printable_utf8(found: bytes) -> bool:
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(not (letter.isprintable() or letter.isspace()) for letter in text) <= len(text) // 100


def _is_encoded(run: str) -> bool:
    """True when a long ``run`` of letters, digits and spaces is no sequence of words.

    Words seldom go from letter to digit or from small to capital inside; every second character of base64 does.
    """
    pieces = _PIECE.findall(run)
    letters = sum(map(len, pieces))
    if letters < _LONG * 3 // 4:
        return False
    if max(map(len, pieces)) > _LONGEST_WORD:
        return True
    changes = sum(_changes(piece) for piece in pieces)
    return letters >= 8 * len(pieces) and changes > _CLASS_CHANGES * letters


def _changes(word: str) -> int:
    kinds = [0 if c.isdigit() else 1 if c.isupper() else 2 for c in word]
    return sum(a != b for a, b in itertools.pairwise(kinds[1:]))
