"""Ctrl-C and termination requests reach a whole group of processes; what was stopped ends as stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.cli_helpers import environment
from tests.needs import POSIX_SIGNALS

if TYPE_CHECKING:
    from tests.auditing.job.trained_pair import World

pytestmark = POSIX_SIGNALS
RUN_WITH_A_SLOW_READER = """
import sys
from mtgui.cli.main import run

sys.executable = sys.argv[1]
sys.exit(run(sys.argv[2:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["inspect", "audit"])
def test_while_a_model_is_read_the_model_is_not_blamed(
    world: "World", tmp_path: Path, command: str, number: signal.Signals
) -> None:
    reader, reads = tmp_path / "reader", tmp_path / "reads"
    os.mkfifo(reads)
    # In place of the process that reads: it says that it is at work, and never ends by itself.
    reader.write_text(f"#!/bin/sh\necho > {reads}\nwhile :; do :; done\n", encoding="utf-8")
    reader.chmod(0o700)
    arguments: dict[str, list[str | Path]] = {
        "inspect": ["inspect", world.guilty],
        "audit": ["audit", "--model", world.guilty, "--record", world.marked.record, "--device", "cpu"],
    }
    with subprocess.Popen(
        [sys.executable, "-c", RUN_WITH_A_SLOW_READER, reader, *arguments[command]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        start_new_session=True,
    ) as process:
        try:
            reads.read_bytes()
            os.killpg(process.pid, number)
            _, said = process.communicate()
        finally:
            process.kill()
    assert said.splitlines()[-1] == "mtgui: Stopped. What was finished before is kept."
    assert process.returncode == 130
