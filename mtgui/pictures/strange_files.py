"""What a file is that has the name of a picture and begins like none: another kind, a text, an error page, damage."""

import re
from collections.abc import Iterable

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%!PS", "an EPS or PostScript drawing"),
    (b"\xc5\xd0\xd3\xc6", "an EPS drawing"),
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"gimp xcf", "a GIMP document"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"DDS ", "a DDS texture"),
    (b"qoif", "a QOI picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\x01\0", "an icon"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an SVG drawing or another XML file"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x8b\x08", "a file packed by gzip"),
    (b"\xfd7zXZ\0", "a file packed by xz"),
    (b"SQLite format 3\0", "a database"),
    (b"Salted__", "an encrypted file (OpenSSL)"),
    (b"age-encryption.org", "an encrypted file (age)"),
    (b"-----BEGIN PGP MESSAGE", "an encrypted file (PGP)"),
    (b"FUJIFILMCCD-RAW", "a camera raw file"),
    (b"Pf", "a picture in floating-point numbers (PFM)"),
    (b"PF", "a picture in floating-point numbers (PFM)"),
)
_PAGE = re.compile(rb"\s*(?:<!--.{0,200}?-->\s*)?<(?:!doctype html|html|head|body)", re.IGNORECASE | re.DOTALL)
_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]{8,}")
_SHOWN = 40
_MARKS = (b"IHDR", b"JFIF", b"Exif", b"WEBP", b"ftyp", b"ICC_PROFILE", b"jP  ")


def foreign(head: bytes) -> str | None:
    """Return what kind of file begins with ``head``, among those that are no pictures for mtgui; None for others."""
    return next((what for magic, what in _FOREIGN if head.startswith(magic)), None)


def is_page(head: bytes) -> bool:
    """True for a web page."""
    return _PAGE.match(head) is not None


def words(head: bytes) -> str | None:
    """Return the first words of a text of eight letters or more in ``head``, in one line; None for no text."""
    found = _TEXT.match(head[:400].decode("utf-8", "replace"))
    if found is None:
        return None
    line = " ".join(found[0].split())
    line = "".join(letter for letter in line if letter.isprintable()).strip()
    return f"{line[:_SHOWN]}…" if len(line) > _SHOWN else line or None


def zeros(head: bytes) -> int:
    """Return how many zeros ``head`` begins with."""
    return len(head) - len(head.lstrip(b"\0"))


def resembles(head: bytes, magics: Iterable[bytes]) -> bool:
    """True when ``head`` begins like one of ``magics`` but for a few bytes, or has marks of a picture soon after."""
    if any(mark in head[4:40] for mark in _MARKS):
        return True
    return any(2 * sum(a == b for a, b in zip(head, magic, strict=False)) >= len(magic) for magic in magics)
