"""Reads labelled pictures from a tar archive as a stream; nothing is unpacked to disk, and no member is trusted."""

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mtgui.common.errors import UsageError, printable, storage_reason
from mtgui.common.files import open_ordinary
from mtgui.pictures.formats import looks_like_picture

MOST_MEMBERS = 2_000_000
LARGEST_MEMBER = 64 << 20
LARGEST_TOTAL = 8 << 30


@dataclass(frozen=True)
class Member:
    """One picture of an archive; the folder in which it lies is its class. content: its bytes."""

    class_name: str
    name: PurePosixPath
    content: bytes


def pictures_in_archive(archive: Path) -> Iterator[Member]:
    """Yield the pictures of a .tar, .tar.gz, .tar.bz2 or .tar.xz, in the order of the archive.

    Links, devices, hidden files, names that lead out of the archive, and files not named like pictures are skipped.
    Raises UsageError if the file is no archive, is damaged, or has too many or too large files.
    """
    total = 0
    try:
        with open_ordinary(archive) as stream, tarfile.open(fileobj=stream, mode="r:*") as file:
            for count, entry in enumerate(file):
                if count >= MOST_MEMBERS:
                    raise _refused(archive, f"it holds more than {MOST_MEMBERS:,} files")
                name = PurePosixPath(entry.name)
                if not entry.isreg() or not _is_plain(name):
                    continue
                total += entry.size
                if entry.size > LARGEST_MEMBER or total > LARGEST_TOTAL:
                    raise _refused(archive, f"its file “{printable(entry.name)}” makes it too large to read")
                content = file.extractfile(entry)
                if content is not None:
                    yield Member(name.parent.name, name, content.read())
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError) as error:
        raise _refused(archive, "it is no tar archive, or damaged") from error
    except OSError as error:
        raise _refused(archive, storage_reason(error)) from error


def _is_plain(name: PurePosixPath) -> bool:
    """True for the name of a picture in a folder that stays inside the archive."""
    return (
        not name.is_absolute()
        and len(name.parts) >= 2
        and not any(part.startswith(".") for part in name.parts)
        and looks_like_picture(Path(name.name))
    )


def _refused(archive: Path, reason: str) -> UsageError:
    return UsageError(
        f"“{printable(archive)}” cannot be used: {reason}. Name a folder with one subfolder per class, or a tar "
        "archive of one."
    )
