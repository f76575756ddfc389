"""Several processes, started by torchrun, share one audit: each computes whole groups of keys.

The messages are small, whole numbers and a few words, never tensors on a card. So they go through the store of
torch.distributed, which works for every kind of device, and no message is ever unpickled. Every member sends a sign of
life twice a second. A member without a sign for a while counts as lost; the others then report this and end. So nobody
waits for a dead process, however long a group takes or a pause lasts.
"""

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Protocol

from mtgui.auditing.engine.engine_errors import TeamError
from mtgui.common.errors import CancelledError

PATIENCE = 60.0
_BEAT = 0.5
_FIRST_LOOK, _LAST_LOOK = 0.001, 0.05
_MEETING = timedelta(minutes=5)
_GOODBYE = 10.0
_ALIKE = "Start all of them with the same command and the same files."
_DONE = "its work was done"
_CANCELLED = "cancelled"
# torch raises RuntimeErrors for a lost connection.
_STORE_ERRORS = (RuntimeError, OSError)


class Store(Protocol):
    """The methods of a torch.distributed store that a team uses."""

    def set(self, key: str, value: Any, /) -> Any:
        """Put ``value``, text or bytes, under ``key``."""

    def get(self, key: str, /) -> bytes:
        """Return the value under ``key``."""

    def add(self, key: str, amount: int, /) -> int:
        """Add to the number under ``key``, 0 at first, and return it."""

    def check(self, keys: list[str], /) -> bool:
        """True when all ``keys`` exist."""

    def delete_key(self, key: str, /) -> bool:
        """Remove ``key``."""


class Team:
    """One member's view of the processes that share an audit. Member 0 leads: only it decides, writes and reports."""

    def __init__(self, store: Store, rank: int, size: int, patience: float = PATIENCE) -> None:
        """Join the team of ``size`` members that use ``store``, as member ``rank``.

        patience: seconds without a sign of life after which a member counts as lost.
        """
        self.rank, self.size = rank, size
        self._store, self._patience = store, patience
        self._step = 0
        self._lost: set[int] = set()
        self._seen = dict.fromkeys(range(size), (0, time.monotonic()))
        self._ended = threading.Event()

    @property
    def is_leader(self) -> bool:
        """True for member 0."""
        return self.rank == 0

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Send signs of life inside the block, which must contain all common work.

        If the block ends with an error, the other members are told and end too.
        """
        thread = threading.Thread(target=self._beat, name="mtgui-sign-of-life", daemon=True)
        thread.start()
        reason = _DONE
        try:
            yield
        except CancelledError:
            reason = _CANCELLED
            raise
        except BaseException as error:
            reason = str(error) or type(error).__name__
            raise
        finally:
            self._leave(reason)
            self._ended.set()
            thread.join()

    def agree(self, fact: str, what: str, remedy: str = _ALIKE) -> None:
        """Raise TeamError unless every member has the same ``fact``; the message has ``what`` and ``remedy``."""
        facts = self.gather(fact.encode())
        if not self.tell({"agreed": len(set(facts)) == 1})["agreed"]:
            raise TeamError(f"The processes that share this audit do not have the same {what}. {remedy}")

    def gather(self, content: bytes) -> list[bytes]:
        """Send ``content`` to the leader. The leader gets the contents of all members, in order, others an empty list.

        Raises TeamError when a member is lost.
        """
        step = self._next()
        if not self.is_leader:
            self._put(f"{step}/{self.rank}", content)
            return []
        return [content, *(self._take(f"{step}/{member}", member) for member in range(1, self.size))]

    def tell(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the leader's ``values`` (ready for JSON) in every member; the values of the others are ignored.

        Raises TeamError when the leader is lost.
        """
        step = self._next()
        if self.is_leader:
            for member in range(1, self.size):
                self._put(f"{step}/{member}", json.dumps(values).encode())
            return values
        told: dict[str, Any] = json.loads(self._take(f"{step}/{self.rank}", 0))
        return told

    def _next(self) -> int:
        self._step += 1
        return self._step

    def _put(self, key: str, content: bytes) -> None:
        with _plainly():
            self._store.set(key, content)

    def _take(self, key: str, member: int) -> bytes:
        """Wait for the value that ``member`` puts under ``key``, remove and return it."""
        pause = _FIRST_LOOK
        while not self._has(key):
            self._check(member, key)
            self._ended.wait(pause)
            pause = min(2 * pause, _LAST_LOOK)
        with _plainly():
            content = self._store.get(key)
            self._store.delete_key(key)
        return content

    def _has(self, key: str) -> bool:
        with _plainly():
            return self._store.check([key])

    def _check(self, member: int, key: str) -> None:
        """Raise TeamError if ``member`` has left without putting ``key``, or gave no sign of life for too long."""
        with _plainly():
            beats = self._store.add(f"beat/{member}", 0)
            has_left = self._store.check([f"left/{member}"])
            # A member puts its values before it leaves, perhaps after the last look for this key.
            if has_left and self._store.check([key]):
                return
            reason = self._store.get(f"left/{member}").decode(errors="replace") if has_left else ""
        if reason == _CANCELLED:
            raise CancelledError("Stopped. What was finished before is kept.")
        if has_left:
            raise TeamError(f"Process {member} of the audit has ended: {reason}")
        seen, since = self._seen[member]
        if beats != seen:
            self._seen[member] = beats, time.monotonic()
        elif time.monotonic() - since > self._patience:
            self._lost.add(member)
            raise TeamError(
                f"Process {member} of {self.size} has shown no sign of life for {self._patience:.0f} seconds. What was "
                "finished is kept; start the same command again to go on."
            )

    def _leave(self, reason: str) -> None:
        """Tell the others that this member leaves.

        The leader, whose process may hold the store, waits until all living members have left.
        """
        with contextlib.suppress(*_STORE_ERRORS, TeamError):
            self._store.set(f"left/{self.rank}", reason)
            deadline = time.monotonic() + _GOODBYE
            for member in {*range(1, self.size)} - self._lost if self.is_leader else ():
                while not self._has(f"left/{member}") and time.monotonic() < deadline:
                    self._ended.wait(_LAST_LOOK)

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT):
            with contextlib.suppress(*_STORE_ERRORS):
                self._store.add(f"beat/{self.rank}", 1)


def join_team(patience: float = PATIENCE) -> Team | None:
    """Return the team of this process, according to torchrun's environment; None if it works alone.

    Raises TeamError if the others cannot be reached within five minutes.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or "RANK" not in os.environ:
        return None
    # Not every build of torch has this module; without it there is no torchrun and so no team.
    from torch.distributed.rendezvous import rendezvous

    with _plainly():
        store, rank, size = next(iter(rendezvous("env://", timeout=_MEETING)))
    return Team(store, rank, size, patience)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except TeamError:
        raise
    except _STORE_ERRORS as error:
        raise _lost() from error


def _lost() -> TeamError:
    return TeamError(
        "The processes that share this audit have lost each other: one of them, or the connection, has gone. What was "
        "finished is kept; start the same command again to go on."
    )
