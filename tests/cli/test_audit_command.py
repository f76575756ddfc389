"""``mtgui audit`` as people and programs meet it: one object, a line per event, honest exit statuses."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mtgui.cli.main import run as run_here
from mtgui.records.audit_log import audit_log_path, read_runs
from tests.cli.cli_helpers import PROGRAM, environment, run
from tests.needs import POSIX_SIGNALS

if TYPE_CHECKING:
    from tests.auditing.job.trained_pair import World

KEYS = {
    "set_loss", "p_value", "p_adjusted", "smallest_p", "keys", "draws", "forward_passes", "stopped_early", "verdict",
    "alpha", "weights_hash", "model_files", "record_id", "commitments", "label", "runs", "family", "witnessed",
}  # fmt: skip
ORDER = ["started", "pictures_found", "started", "model_read", "started", "network_chosen", "started", "label_chosen"]
ORDER += ["audit_planned", "started"]
LONG = ("--keys", "20000", "--no-early-stop")


def arguments(world: "World", *more: str | Path, model: Path | None = None, person: str = "marked") -> list[str]:
    one = getattr(world, person)
    plain = ["audit", "--model", model or world.guilty, "--record", one.record, "--device", "cpu", "--label", one.label]
    return [*map(str, plain), *map(str, more)]


@contextlib.contextmanager
def talking_to(*command: str) -> Iterator["subprocess.Popen[str]"]:
    """Start ``mtgui`` with pipes at both ends; it is gone when the block ends."""
    with subprocess.Popen(
        [*PROGRAM, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(OMP_NUM_THREADS="1"),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def events_until(process: "subprocess.Popen[str]", kind: str) -> list[dict[str, Any]]:
    assert process.stdout is not None
    events: list[dict[str, Any]] = []
    for line in process.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == kind:
            return events
    raise AssertionError(f"no event “{kind}” among {[event['event'] for event in events]}")


def order(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{word}\n")
    process.stdin.flush()


def test_events_and_the_object_at_the_end(world: "World", tmp_path: Path) -> None:
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    # The standard input stays open: nobody waits for it to end.
    with talking_to(*arguments(world, "--events", "--json", "--control", "stdin", "--report", report, page)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        *lines, last = process.stdout.read().splitlines()
        assert process.stderr.read() == ""
        assert process.wait() == 0
    events = [json.loads(line) for line in lines]
    kinds = [event["event"] for event in events]
    assert [kind for kind in kinds if kind not in ("progress", "key_done")] == [*ORDER, "audit_done", "finished"]
    assert kinds.count("key_done") == 16
    planned = events[kinds.index("audit_planned")]
    assert (planned["pictures"], planned["published"], planned["withheld"]) == (32, 16, 16)
    assert (planned["grid"], planned["forward_passes"], planned["smallest_p"]) == (160_000, 512, 1 / 160_000)
    found = events[kinds.index("pictures_found")]
    assert len(found["found"]) == 32
    assert found["changed"] == found["missing"] == []
    result = json.loads(last)
    assert result == events[-1]["result"]
    (one,) = result["results"]
    assert one == events[-2]["result"]
    assert one.keys() >= KEYS
    assert (one["verdict"], one["keys"], one["draws"], one["alpha"]) == ("evidence", 16, 10_000, 0.01)
    assert result["reports"] == [str(report), str(page)]
    assert sorted(tmp_path.iterdir()) == [page, report]

    assert run_here(["verify", str(report), "--record", str(world.marked.record)]) == 0
    inspected = run("inspect", world.guilty, "--json")
    assert json.loads(inspected.stdout)["recognised"] == events[kinds.index("model_read")]["summary"]["recognised"]


def test_pause_resume_and_cancel_by_lines(world: "World") -> None:
    with talking_to(*arguments(world, "--events", "--control", "stdin", *LONG)) as process:
        events_until(process, "key_done")
        order(process, "pause")
        events_until(process, "paused")
        order(process, "RESUME ")
        assert [event["event"] for event in events_until(process, "resumed")] == ["resumed"]
        events_until(process, "key_done")
        order(process, "nonsense")
        order(process, "cancel")
        assert events_until(process, "stopped")[-1]["reason"].startswith("Stopped.")
        assert process.wait() == 130
    assert [run.outcome for run in read_runs(audit_log_path())] == ["cancelled"]


@POSIX_SIGNALS
def test_ctrl_c_stops_it_cleanly(world: "World") -> None:
    with talking_to(*arguments(world, "--events", *LONG)) as process:
        events_until(process, "key_done")
        process.send_signal(signal.SIGINT)
        events_until(process, "stopped")
        assert process.stderr is not None
        assert process.stderr.read() == "mtgui: Stopped. What was finished before is kept.\n"
        assert process.wait() == 130
    assert [run.outcome for run in read_runs(audit_log_path())] == ["cancelled"]


def test_going_on_says_once_how_much_is_done_where_no_line_moves(
    world: "World", capsys: pytest.CaptureFixture[str]
) -> None:
    command = arguments(world, "--batch", "16", "--no-early-stop", "--keys", "20", "--threads", "1")
    with talking_to(*command, "--events", "--control", "stdin") as process:
        events_until(process, "key_done")
        order(process, "cancel")
        events_until(process, "stopped")
        process.wait()
    assert run_here(command) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "goes on where an earlier run" in line]
    assert len(said) == 1
    assert re.search(r"with \d+ of 21 keys done", said[0])


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        (("--label", "9"), 2, "there is no class 9"),
        (("--keys", "many"), 2, "neither “auto” nor a number"),
        (("--alpha", "2"), 2, "α is a probability"),
        (("--resize", "big"), 2, "is no size"),
        (("--mean", "1,2"), 2, "is not three numbers"),
        (("--std", "0,0,0"), 2, "standard deviation"),
        (("--report", "x.pdf"), 2, "ends in .json or .html"),
        (("--report", "/nowhere/x.json"), 1, "cannot be written: there is no folder “/nowhere”; make it"),
        (("--pictures", "/nowhere"), 2, "There is no file or folder"),
        (("--record", "/nowhere.mtrecord"), 2, "nowhere.mtrecord"),
        (("--model", "/nowhere.pth"), 2, "nowhere.pth"),
        (("--device", "cuda:99"), 1, "cannot compute with CUDA"),
        (("--device", "abacus"), 2, "There is no device called “abacus”"),
        (("--architecture-file", "x.py:y"), 2, "--trust-code"),
        (("--no-such-thing",), 2, "--no-such-thing"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    world: "World", capsys: pytest.CaptureFixture[str], more: tuple[str, ...], status: int, said: str
) -> None:
    try:
        ended = run_here(arguments(world, *more, "--json"))
    except SystemExit as stop:
        ended = int(stop.code or 0)
    told = capsys.readouterr()
    assert ended == status
    assert said in told.err
    assert "Traceback" not in told.err
    assert told.err.splitlines()[-1].startswith("mtgui")
    if told.out:
        assert said in json.loads(told.out)["error"]


def test_a_person_reads_the_verdict_and_both_ps(world: "World", capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(arguments(world)) == 0
    first = capsys.readouterr()
    assert "32 of 32 originals found." in first.err
    assert "The smallest p that these numbers allow is 1 in 160,000." in first.err
    lines = [line.strip() for line in first.out.splitlines()]
    assert lines[0] == "marked.mtrecord on guilty.pth:"
    assert lines[1].startswith(
        "Strong evidence that this model was trained on your published pictures. Chance alone gives a result like this "
        "at most 1 time in "
    )
    assert lines[2] == "This is not the probability that the model is innocent."
    assert lines[3].startswith("p = 0.0")
    assert "adjusted" not in lines[3]
    assert lines[4] == "Draw not witnessed: convincing to those who trust the record's maker."

    assert run_here(arguments(world, "--alpha", "2%")) == 0
    assert "; adjusted for 2 runs of this record on this model p = 0.0" in capsys.readouterr().out


def test_a_person_reads_that_it_was_stopped_early(world: "World", capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(arguments(world, "--keys", "149", model=world.innocent, person="whole")) == 0
    out = capsys.readouterr().out
    assert "  No evidence found. This does not show that they were not used.\n" in out
    assert "  The audit stopped early, after " in out
    assert " of 150 keys: p can no longer come down to α = 0.01, and counts as 1.\n" in out


@pytest.mark.skipif(sys.platform == "win32", reason="opens a terminal of POSIX")
def test_in_a_terminal_one_line_moves(world: "World") -> None:
    controller, terminal = os.openpty()
    command = arguments(world, "--keys", "499", "--no-early-stop", "--batch", "16", person="whole")
    with subprocess.Popen(
        [*PROGRAM, *command], stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env=environment(COLUMNS="160")
    ) as process:
        os.close(terminal)
        pieces: list[bytes] = []
        with contextlib.suppress(OSError):  # Linux says so when the other end is closed.
            while piece := os.read(controller, 65536):
                pieces.append(piece)
        os.close(controller)
        assert process.wait() == 0
    bars = [line for line in b"".join(pieces).decode().replace("\r", "\n").split("\n") if "pictures/s" in line]
    assert bars
    assert all("showing pictures to the model" in bar and " of 8000" in bar for bar in bars)
    assert any(" left · " in bar and " so far" in bar and " p 0." in bar for bar in bars)
    assert any("Strong evidence" in piece or "No evidence" in piece for piece in [b"".join(pieces).decode()])


NO_TORCH = """
import sys
from mtgui.cli.main import run

record, model, report, pictures, out = sys.argv[1:]
for command in (
    ["--version"], ["--help"], ["audit", "--help"], ["inspect", record], ["inspect", model], ["verify", report],
    ["mark", pictures, "--out", out, "--publish", "50%", "--jobs", "1"],
):
    try:
        status = run(command)
    except SystemExit as stop:
        status = stop.code
    if status:
        sys.exit(f"{command} ended with {status}")
    if "torch" in sys.modules or "PySide6" in sys.modules:
        sys.exit(f"{command} imported torch or Qt")
"""


def test_no_other_command_imports_torch(world: "World", tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert run_here(arguments(world, "--report", report)) == 0
    places = world.marked.record, world.guilty, report, world.marked.originals, tmp_path / "out"
    ended = subprocess.run(
        [sys.executable, "-c", NO_TORCH, *map(str, places)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def read(text: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(text)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
def test_a_disk_that_fills_up_before_the_report_withholds_no_verdict(
    world: "World", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", folder], check=False, capture_output=True)
    if not os.path.ismount(folder):
        pytest.skip("nobody may make a small disk here")
    try:
        command = arguments(world, "--json", "--report", folder / "report.json")
        assert run_here(command) == 1
        told = capsys.readouterr()
        assert read(told.out)["results"][0]["verdict"] == "evidence"
        assert "report.json” cannot be written: the disk is full" in read(told.out)["report_problems"][0]
        assert "mtgui: The report “" in told.err
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", folder], check=True)
    assert [run.outcome for run in read_runs(audit_log_path())] == ["evidence"]
    assert run_here(command) == 0
    assert read(capsys.readouterr().out)["results"][0]["runs"] == 1


def request_file(world: "World", place: Path) -> Path:
    person = world.marked
    place.write_text(
        json.dumps(
            {
                "models": [{"path": str(world.guilty)}],
                "records": [str(person.record)],
                "places": [str(person.originals)],
                "label": str(person.label),
                "device": "cpu",
            }
        )
    )
    return place


def test_a_request_that_is_piped_in_is_carried_out_to_its_end(world: "World", tmp_path: Path) -> None:
    request = request_file(world, tmp_path / "request.json").read_text()
    done = subprocess.run(
        [*PROGRAM, "audit", "--request", "-", "--json"], input=request, env=environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["results"]
    assert result["verdict"] == "evidence"


@pytest.mark.parametrize("option", [["--alpha", "0.001"], ["--log", "mine.log"], ["--report", "r.json"]])
def test_nothing_is_asked_for_beside_a_request(
    world: "World", tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str]
) -> None:
    request = request_file(world, tmp_path / "request.json")
    assert run_here(["audit", "--request", str(request), *option]) == 2
    assert f"and {option[0]} stands beside it" in capsys.readouterr().err


def test_several_processes_do_not_share_one_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert run_here(["audit", "--request", "-"]) == 2
    assert "give each the request as a file" in capsys.readouterr().err
