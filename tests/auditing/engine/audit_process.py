"""An audit in a process of its own, for tests that kill it or start several.

    python -m tests.auditing.engine.audit_process STATE CRAWL

prints the number of each column when it is finished, then a hash of the matrix; each batch takes CRAWL seconds at
least.
"""

import contextlib
import hashlib
import os
import signal
import sys
import time
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.sharing import Team, join_team
from mtgui.auditing.engine.state_file import AuditIdentity, audit_state
from mtgui.auditing.engine.task import Column, MatrixEvent, MatrixTask, Restarted
from mtgui.common.control import Control
from mtgui.common.errors import MtguiError
from tests.auditing.engine.engine_helpers import SmallNet, matrix_of, small_model, small_task

FileStore: Any = import_module("torch.distributed").FileStore
COLUMNS, BATCH = 23, 12
IDENTITY = AuditIdentity("settings", "weights", "engine", 6)
FULL = 2
PATIENCE = 4.0


class Troubled(SmallNet):
    """A small net that does something before each batch."""

    def __init__(self, what: str, crawl: float = 0.0) -> None:
        super().__init__()
        self.what, self.crawl, self.batches = what, crawl, 0

    def forward(self, pixels: Tensor) -> Tensor:
        time.sleep(self.crawl)
        self.batches += 1
        if self.batches == FULL:
            if self.what == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.what == "freeze":
                os.kill(os.getpid(), signal.SIGSTOP)
            if self.what == "memory":
                raise torch.OutOfMemoryError
            if self.what == "fail":
                raise ValueError("the fan has stopped")
        return super().forward(pixels)


def make_task(what: str = "whole", crawl: float = 0.0) -> MatrixTask:
    return small_task(6, COLUMNS, model=small_model(Troubled(what, crawl)))


def alone(path: Path, crawl: float) -> None:
    task = make_task(crawl=crawl)
    events: list[MatrixEvent] = []
    with audit_state(path, IDENTITY) as state:
        for event in loss_columns(task, batch=BATCH, state=state):
            events.append(event)
            if isinstance(event, Column):
                print("resumed" if event.was_resumed else "column", event.index, flush=True)
    print("matrix", hashlib.sha256(matrix_of(events, task).tobytes()).hexdigest())


def together(team: Team, what: str) -> None:
    task = make_task(what if team.rank == 1 else "whole")
    if what == "other" and team.rank == 1:
        task = replace(task, labels=[0] * 6)
    control = Control()
    events: list[MatrixEvent] = []
    with team.working():
        with closing(loss_columns(task, batch=BATCH, team=team, control=control)) as columns:
            for event in columns:
                events = [] if isinstance(event, Restarted) else [*events, event]
                if isinstance(event, Column):
                    print("column", event.index)
                count = sum(isinstance(event, Column) for event in events)
                if what == "stop" and count == 6:
                    break
                if what == "cancel" and count == 3:
                    control.cancel()
        told = team.tell({"more": "work"})
    if team.is_leader and what in ("whole", "memory"):
        print("matrix", hashlib.sha256(matrix_of(events, task).tobytes()).hexdigest())
    print("told", told["more"])


def member(folder: Path, rank: int, size: int, what: str, port: int) -> None:
    """One of a team of ``size`` that meets in a file of ``folder``, or at ``port`` as under torchrun; what it prints
    goes to a file named after its rank.

    what: "whole", "lost" where there is no leader, "stop" after six columns, "cancel" in the leader after three; in
    member 1 "die", "freeze", "memory" or "fail" in its second batch, or "other" labels.
    """
    torch.set_num_threads(1)
    patience = PATIENCE if what in ("die", "freeze", "lost") else PATIENCE * 30
    with (folder / f"{rank}.txt").open("w") as out, contextlib.redirect_stdout(out):
        try:
            together(_team(folder, rank, size, port, patience), what)
        except MtguiError as error:
            print(f"{type(error).__name__}: {error}")
            sys.exit(1)


def _team(folder: Path, rank: int, size: int, port: int, patience: float) -> Team:
    if not port:
        return Team(FileStore(str(folder / "store"), size), rank, size, patience)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE=str(size), RANK=str(rank))
    team = join_team(patience)
    if team is None:
        raise LookupError("no team in this environment")
    return team


if __name__ == "__main__":
    torch.set_num_threads(1)
    alone(Path(sys.argv[1]), float(sys.argv[2]))
