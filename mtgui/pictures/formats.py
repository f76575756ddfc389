"""The picture formats that mtgui reads, how it tells them apart, and which it refuses and why."""

from pathlib import Path

from mtgui.pictures import strange_files

SUFFIXES: dict[str, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png", ".apng"),
    "webp": (".webp",),
    "tiff": (".tif", ".tiff"),
    "avif": (".avif", ".avifs"),
    "jpeg2000": (".jp2", ".j2k", ".jpx", ".jpf", ".jpc", ".j2c"),
    "bmp": (".bmp", ".dib"),
    "gif": (".gif",),
    "ppm": (".ppm", ".pgm", ".pbm", ".pnm"),
    "tga": (".tga", ".icb", ".vda", ".vst"),
    "heif": (".heic", ".heif", ".hif"),
}
"""Every readable format and the suffixes of its files, the usual one first."""

TITLES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "tiff": "TIFF",
    "avif": "AVIF",
    "jpeg2000": "JPEG 2000",
    "bmp": "BMP",
    "gif": "GIF",
    "ppm": "PPM",
    "tga": "TGA",
    "heif": "HEIF",
}
"""The name of each format in a sentence."""

READABLE_SUFFIXES: frozenset[str] = frozenset(s for group in SUFFIXES.values() for s in group) | {".mpo"}
"""Lower-case suffixes of files that a folder scan takes for pictures."""

_READS = "mtgui reads JPEG, PNG, WebP, TIFF, AVIF, JPEG 2000, BMP, GIF, PPM, TGA and HEIC"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"BM", "bmp"),
)
_RIFF = (b"RIFF",)
_MANY_ZEROS = 4
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}
_TGA_KINDS = {1: (8,), 2: (16, 24, 32), 3: (1, 8, 16), 9: (8,), 10: (16, 24, 32), 11: (8, 16)}


class PictureRefusedError(Exception):
    """A picture cannot be used, for a reason of one sentence; raised where its path is not known."""


def looks_like_picture(path: Path) -> bool:
    """True when ``path`` has a suffix of a readable format; the file is not opened."""
    return path.suffix.lower() in READABLE_SUFFIXES


def identify(head: bytes, suffix: str = "") -> str:
    """Return the format (a key of `SUFFIXES`) of a file that begins with ``head`` (64 bytes or more).

    Only TGA, which has no signature, also needs the lower-case ``suffix``. Raises `PictureRefusedError`.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _identify_boxes(head)
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "ppm"
    if suffix in SUFFIXES["tga"] and _is_tga(head):
        return "tga"
    raise PictureRefusedError(_strange(head, next((name for name, known in SUFFIXES.items() if suffix in known), "")))


def _strange(head: bytes, claimed: str) -> str:
    """Return the sentence on a file that begins with ``head`` and has the name of the format ``claimed``."""
    what = strange_files.foreign(head)
    if what:
        return f"this is {what}, which mtgui does not read; save it as PNG, TIFF or JPEG first."
    number = strange_files.zeros(head)
    if number == len(head):
        return "it holds nothing but zeros; the file is damaged, take it from a backup."
    if strange_files.is_page(head):
        return "this is a web page, perhaps one that came instead of the picture; get the picture again."
    words = strange_files.words(head)
    if words:
        return (
            f"this is not a picture but a text that begins “{words}”; get the picture again, or take it from a backup."
        )
    if number >= _MANY_ZEROS:
        return f"its first {number} bytes are zeros; the file is damaged, take it from a backup."
    magics = [magic for magic, name in _MAGIC if name == claimed] + [magic for magic in _RIFF if claimed == "webp"]
    if strange_files.resembles(head, magics):
        title = TITLES.get(claimed, "picture")
        return f"its first bytes are not those of a {title} file although it seems to be one; take it from a backup."
    if claimed:
        return (
            f"its name says {TITLES[claimed]}, but it begins like no picture that mtgui reads: it is damaged, "
            f"encrypted or of another kind. {_READS}."
        )
    return f"this is not a picture of a kind that mtgui reads, or its beginning is damaged; {_READS}."


def name_note(format_name: str, path: Path) -> tuple[str, ...]:
    """Return a note if the suffix of ``path`` belongs to a format other than ``format_name``."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES[format_name] or not suffix:
        return ()
    for other, suffixes in SUFFIXES.items():
        if suffix in suffixes:
            return (f"The name says {TITLES[other]}, but the file is {TITLES[format_name]}.",)
    return ()


def suffix_for(format_name: str, source: Path) -> str:
    """Return the suffix for an export in ``format_name``; a suffix of ``source`` that fits keeps its spelling."""
    known = SUFFIXES[format_name]
    return source.suffix if source.suffix.lower() in known else known[0]


def _identify_boxes(head: bytes) -> str:
    size = int.from_bytes(head[:4], "big")
    brands = {head[8:12]} | {head[i : i + 4] for i in range(16, min(size, len(head)), 4)}
    if brands & _AVIF_BRANDS:
        return "avif"
    if brands & _HEIF_BRANDS or head[8:12] in (b"mif1", b"msf1"):
        return "heif"
    what = "a camera raw file" if head[8:11] == b"crx" else "a film or another media file"
    raise PictureRefusedError(f"this is {what}, not a picture that mtgui reads; save it as PNG, TIFF or JPEG first.")


def _is_tga(head: bytes) -> bool:
    return len(head) >= 18 and head[1] in (0, 1) and head[16] in _TGA_KINDS.get(head[2], ())
