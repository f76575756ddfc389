"""The limits that a disposable child sets for itself before it opens a hostile file."""

import contextlib
import ctypes
import os
import platform
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass

from mtgui.reading.bounds import Limits

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 4, 22, 38
_FILTER_MODE = 2
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 1
_LANDLOCK = 444
# Landlock's bits. All changes: run (bit 0), write (1), remove and make files of every kind (4 to 12). New files: write
# and make plain files.
_CHANGES, _NEW_FILES, _REFER, _TRUNCATE = 0x1FF3, 0x102, 1 << 13, 1 << 14
_THREAD, _NOT_THERE = 0x10000, 0x00050000 | 38


@dataclass(frozen=True)
class _Machine:
    """The kernel's number for a kind of machine, and its numbers of system calls.

    ``calls``: start programs and processes, make connections, access other processes. ``files``: open, make, change
    and remove files. ``clone`` and ``clone3``: start processes or threads.
    """

    number: int
    clone: int
    calls: tuple[int, ...]
    files: tuple[int, ...]
    clone3: int = 435


_X86_FILES = (
    *(2, 76, 82, 83, 84, 85, 86, 87, 88, 90, 92, 94, 132, 133, 188, 189, 235),
    *(257, 258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 304, 316, 428, 437, 452),
)
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        56,
        (41, 42, 43, 49, 50, 53, 57, 58, 59, 62, 101, 288, 310, 311, 322, 424, 425, 438),
        _X86_FILES,
    ),
    "aarch64": _Machine(
        0xC00000B7,
        220,
        (117, 129, 198, 199, 200, 201, 202, 203, 221, 242, 270, 271, 281, 424, 425, 438),
        (5, 6, 33, 34, 35, 36, 37, 38, 45, 53, 54, 56, 88, 265, 276, 428, 437, 452),
    ),
}


@dataclass(frozen=True)
class Profile:
    """Rights that a limited process keeps: to start threads, to open files, to use unlimited processor time."""

    has_threads: bool = False
    opens_files: bool = True
    is_timed: bool = True


READING = Profile()
"""For a process that reads files, on one thread, in bounded time."""
COMPUTING = Profile(has_threads=True, opens_files=False, is_timed=False)
"""For a process that computes on data sent to it, on several threads, until its parent ends it; it opens no file."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def apply_limits(limits: Limits, output: int, folder: str | None = None, profile: Profile = READING) -> tuple[str, ...]:
    """Limit this process permanently; return in words which limits hold, in the order of their strength.

    ``output`` bounds the size of one written file in bytes, and new files are allowed only in ``folder``. Limits that
    the system does not have or does not permit are left out. With a profile with threads, import everything before the
    call and start no thread: the kernel limits only the calling thread and threads that it starts later.
    """
    steps: list[tuple[str, Callable[[], bool]]] = [
        ("no new privileges", lambda: _control(_SET_NO_NEW_PRIVILEGES, 1)),
        ("a network of its own without connections", leave_network),
        (f"memory {limits.memory / (1 << 30):.3g} GiB", lambda: _limit(("RLIMIT_AS", "RLIMIT_DATA"), limits.memory)),
        (f"processor time {limits.seconds:.0f} s", lambda: profile.is_timed and _limit_time(limits.seconds)),
        ("size of written files", lambda: _limit(("RLIMIT_FSIZE",), output)),
        ("open files", lambda: _limit(("RLIMIT_NOFILE",), 2100)),
        ("no memory dumps", lambda: _limit(("RLIMIT_CORE",), 0) and _control(_SET_DUMPABLE, 0)),
        ("no new processes", lambda: not profile.has_threads and _forbid_processes()),
        ("no changes to files" if folder is None else "new files in one folder only", lambda: _guard_files(folder)),
        (
            "no programs, processes or connections, by the kernel"
            if profile.opens_files
            else "no files, programs, processes or connections, by the kernel",
            lambda: _filter_calls(profile),
        ),
    ]
    applied = []
    for words, step in steps:
        with contextlib.suppress(OSError, ValueError, AttributeError, ImportError):
            if step():
                applied.append(words)
    return tuple(applied)


def _limit_time(seconds: float) -> bool:
    return _limit(("RLIMIT_CPU",), max(1, int(seconds)))


def _limit(names: tuple[str, ...], value: int) -> bool:
    if sys.platform == "win32":
        return False
    import resource

    for name in names:
        kind: int = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # At the soft limit of processor time the signal tells the reason, at the hard limit it does not.
        final = bound if kind != resource.RLIMIT_CPU or hard != resource.RLIM_INFINITY else bound + 5
        resource.setrlimit(kind, (bound, final))
    return True


def _forbid_processes() -> bool:
    """Forbid new processes; False for the administrator, for whom that limit has no effect."""
    return _limit(("RLIMIT_NPROC",), 0) and _is_linux() and os.geteuid() != 0


def _control(option: int, value: int) -> bool:
    return _is_linux() and ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0


def leave_network() -> bool:
    """Move to a network namespace without devices; for an ordinary user, this needs a user namespace too."""
    if not _is_linux():
        return False
    unshare = ctypes.CDLL(None).unshare
    return bool(unshare(_NEW_NETWORK) == 0 or unshare(_NEW_USER | _NEW_NETWORK) == 0)


def _guard_files(folder: str | None) -> bool:
    """Make the kernel refuse to run, make, change and remove files, except new ones in ``folder`` (Landlock)."""
    if not _is_linux() or platform.machine() not in _MACHINES:
        return False
    call = ctypes.CDLL(None).syscall
    version: int = call(_LANDLOCK, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    handled = _CHANGES | (_TRUNCATE if version >= 3 else 0) | (_REFER if version >= 2 else 0)
    rules: int = call(_LANDLOCK, struct.pack("=Q", handled), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    try:
        if folder is not None:
            place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            allowed = call(_LANDLOCK + 1, rules, 1, struct.pack("=Qi", _NEW_FILES, place), 0) == 0
            os.close(place)
            if not allowed:
                return False
        return bool(call(_LANDLOCK + 2, rules, 0) == 0)
    finally:
        os.close(rules)


def _filter_calls(profile: Profile) -> bool:
    """Make the kernel refuse, with “not permitted”, system calls that ``profile`` does not need (seccomp)."""
    if not _is_linux() or platform.machine() not in _MACHINES or sys.maxsize < 1 << 32:
        return False
    machine = _MACHINES[platform.machine()]
    filters = [_filter(0x20, 0, 0, 4), _filter(0x15, 1, 0, machine.number), _filter(0x06, 0, 0, _DENY)]
    filters += [_filter(0x20, 0, 0, 0)]
    # Numbers above these are a second set of the same calls (x32), which is refused completely.
    filters += [_filter(0x35, 0, 1, 0x40000000), _filter(0x06, 0, 0, _DENY)]
    for call in (*machine.calls, *(() if profile.opens_files else machine.files)):
        filters += [_filter(0x15, 0, 1, call), _filter(0x06, 0, 0, _DENY)]
    filters += _threads_only(machine) if profile.has_threads else _no_threads(machine)
    filters.append(_filter(0x06, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(filters))
    program = _Program(len(filters), ctypes.addressof(code))
    return bool(ctypes.CDLL(None).prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.byref(program), 0, 0) == 0)


def _no_threads(machine: _Machine) -> list[bytes]:
    denied = _filter(0x06, 0, 0, _DENY)
    return [_filter(0x15, 0, 1, machine.clone), denied, _filter(0x15, 0, 1, machine.clone3), denied]


def _threads_only(machine: _Machine) -> list[bytes]:
    """Allow clone if it starts a thread. clone3 hides its purpose from the filter, so it fails as “not there”."""
    return [
        _filter(0x15, 0, 1, machine.clone3),
        _filter(0x06, 0, 0, _NOT_THERE),
        _filter(0x15, 0, 4, machine.clone),
        _filter(0x20, 0, 0, 16),
        _filter(0x45, 1, 0, _THREAD),
        _filter(0x06, 0, 0, _DENY),
        _filter(0x20, 0, 0, 0),
    ]


def _filter(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _is_linux() -> bool:
    return sys.platform == "linux"
