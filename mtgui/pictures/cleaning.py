"""Metadata of marked copies: what is carried over, what is corrected, what is left out."""

from dataclasses import dataclass, replace

from mtgui.pictures import colour_precedence, exif, icc, iptc, jpeg, xmp
from mtgui.pictures.formats import TITLES
from mtgui.pictures.metadata import Metadata
from mtgui.pictures.metadata_suspicion import HIDDEN_DROPPED, PLACE_DROPPED, objection
from mtgui.pictures.places import names_place

_LARGEST_XMP_IN_JPEG = jpeg.LARGEST_SEGMENT - len(jpeg.XMP_PREFIX)
_LARGEST_EXIF_IN_JPEG = jpeg.LARGEST_SEGMENT - len(exif.PREFIX)
_LARGEST_IPTC_IN_JPEG = jpeg.LARGEST_SEGMENT - 32
_LARGEST_PROFILE_IN_JPEG = 255 * (jpeg.LARGEST_SEGMENT - 14)


@dataclass(frozen=True)
class CleaningOptions:
    """The user's choices for the metadata of marked copies."""

    remove_gps: bool = False
    forbid_training: bool = False
    commitment: str | None = None


def prepare(
    metadata: Metadata, size: tuple[int, int], origin: str, target: str, options: CleaningOptions
) -> tuple[Metadata, tuple[str, ...]]:
    """Return the part of ``metadata`` that a ``target`` file of ``size`` (width, height) gets, and notes.

    ``origin`` is the format of the file from which the metadata come.
    """
    notes: list[str] = []
    block = metadata.exif
    if block:
        block, found = exif.clean(block, size, remove_gps=options.remove_gps)
        notes.extend(found)
    statements = xmp.Statements(options.forbid_training, options.commitment)
    packet = xmp.create(statements) if not metadata.xmp else None
    if metadata.xmp:
        packet, found = xmp.clean(metadata.xmp, size, statements, remove_places=options.remove_gps)
        notes.extend(found)
    sets = metadata.iptc
    if sets:
        sets, found = iptc.clean(sets, remove_places=options.remove_gps)
        notes.extend(found)
    texts, found = _clean_texts(metadata.texts, remove_places=options.remove_gps)
    notes.extend(found)
    profile = metadata.icc
    if profile:
        profile, found = icc.clean(profile, remove_places=options.remove_gps)
        notes.extend(found)
    cleaned = Metadata(block, profile, packet, sets, metadata.density, metadata.png_chunks, texts)
    if target == "jpeg":
        cleaned = _fit_jpeg(cleaned, statements, notes)
    return _keep_what_fits(cleaned, origin, target, notes), tuple(dict.fromkeys(notes))


def _clean_texts(
    texts: tuple[tuple[str, str], ...], *, remove_places: bool
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    kept: list[tuple[str, str]] = []
    notes: list[str] = []
    for keyword, text in texts:
        note = objection(text, remove_places=remove_places) or objection(keyword, remove_places=remove_places)
        if keyword.startswith("Thumb::"):
            note = HIDDEN_DROPPED
        elif remove_places and names_place(keyword):
            note = PLACE_DROPPED
        if note:
            notes.append(note)
        else:
            kept.append((keyword, text))
    if len(kept) > 1 and (note := objection("\n".join(text for _, text in kept), remove_places=False)):
        return (), (*notes, note)
    return tuple(kept), tuple(notes)


def _fit_jpeg(metadata: Metadata, statements: xmp.Statements, notes: list[str]) -> Metadata:
    if metadata.exif and len(metadata.exif) > _LARGEST_EXIF_IN_JPEG:
        notes.append("Its EXIF data are too large for JPEG and were left out.")
        metadata = replace(metadata, exif=None)
    if metadata.xmp and len(metadata.xmp) > _LARGEST_XMP_IN_JPEG:
        notes.append("Its XMP data are too large for JPEG and were left out.")
        metadata = replace(metadata, xmp=xmp.create(statements))
    if metadata.iptc and len(metadata.iptc) > _LARGEST_IPTC_IN_JPEG:
        notes.append("Its IPTC data are too large for JPEG and were left out.")
        metadata = replace(metadata, iptc=None)
    if metadata.icc and len(metadata.icc) > _LARGEST_PROFILE_IN_JPEG:
        notes.append("Its colour profile is too large for JPEG and was left out.")
        metadata = replace(metadata, icc=None)
    return metadata


def _keep_what_fits(metadata: Metadata, origin: str, target: str, notes: list[str]) -> Metadata:
    title = TITLES[target]
    if metadata.iptc and target not in ("jpeg", "tiff"):
        notes.append(f"{title} has no place for IPTC data; they were left out.")
        metadata = replace(metadata, iptc=None)
    statement = colour_precedence.followed(metadata.icc, metadata.png_chunks, metadata.exif)
    lost = colour_precedence.loss(statement, metadata.png_chunks, target) if origin != target else None
    if lost:
        notes.append(lost)
    if metadata.png_chunks and target != "png":
        metadata = replace(metadata, png_chunks=())
    if metadata.texts and target != origin:
        notes.append("A comment or text in it was left out.")
    if metadata.texts and (target != origin or target not in ("jpeg", "png")):
        metadata = replace(metadata, texts=())
    return metadata
