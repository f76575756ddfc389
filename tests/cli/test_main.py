"""The program as a process: how it starts, what it imports, how it ends."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mtgui.cli import main
from mtgui.records.journal import read_record
from mtgui.version import __version__
from tests.cli.cli_helpers import PROGRAM, environment, result_of, run
from tests.needs import POSIX_SIGNALS
from tests.publishing.publishing_helpers import album, files_below, save

PROBE = """
import sys
from mtgui.__main__ import main
sys.argv = ["mtgui", *sys.argv[1:]]
status = main()
print(sorted(name for name in ("torch", "PySide6", "torchvision") if name in sys.modules), file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_one_line(flag: str) -> None:
    ended = run(flag)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"mtgui {__version__}\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h", "help"])
def test_help_names_every_command(flag: str) -> None:
    ended = run(flag)
    assert ended.returncode == 0
    assert all(f"mtgui {command}" in ended.stdout for command in ("mark", "inspect", "demo"))


@pytest.mark.parametrize("word", ["marc", "--colour", "missing.png"])
def test_an_unknown_word_ends_with_two_and_is_named(word: str) -> None:
    ended = run(word)
    assert ended.returncode == 2
    assert f"there is no command, file or folder “{word}”" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [["mark"], ["mark", "a.png"], ["inspect"], ["inspect", "a", "b"], ["demo", "x"]])
def test_missing_or_superfluous_arguments_end_with_two(arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert f"See “mtgui {arguments[0]} --help”" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["audit", "--threads", "zwei"], "mtgui audit: --threads wants a whole number, not “zwei”."),
        (["audit", "--draws=1.5"], "mtgui audit: --draws wants a whole number, not “1.5”."),
        (["audit", "--views", "x"], "mtgui audit: --views wants a whole number, not “x”."),
        (["mark", "--jobs", ""], "mtgui mark: --jobs wants a whole number, not “”."),
        (["mark", "--blend", "half"], "mtgui mark: --blend wants a number, not “half”."),
        (["rehearse", "--mixup", "0,2"], "mtgui rehearse: --mixup wants a number, not “0,2”."),
    ],
)
def test_what_is_no_number_is_said_in_one_plain_sentence(arguments: list[str], sentence: str) -> None:
    if arguments[0] == "rehearse":
        pytest.importorskip("torch")
    ended = run(*arguments)
    assert ended.returncode == 2
    assert ended.stderr == f"{sentence} See “mtgui {arguments[0]} --help”.\n"


def test_a_mistyped_command_is_answered_with_the_nearest_one() -> None:
    assert "Did you mean “mtgui mark”?" in run("mrak").stderr


def test_a_display_that_does_not_answer_is_no_screen() -> None:
    ended = run(DISPLAY=":987")
    assert ended.returncode == 1
    assert "there is no screen" in ended.stderr


def test_without_a_screen_the_window_says_what_to_type_instead() -> None:
    ended = run()
    assert ended.returncode == 1
    assert "mtgui mark PATH… --out DIR" in ended.stderr


@pytest.mark.parametrize("command", ["version", "mark", "inspect"])
def test_the_command_line_imports_neither_torch_nor_qt(tmp_path: Path, command: str) -> None:
    record = tmp_path / "out.mtrecord"
    save(tmp_path / "a.png")
    marking = ["mark", str(tmp_path / "a.png"), "--out", str(tmp_path / "out")]
    if command == "inspect":
        run(*marking)
    arguments = {"version": ["--version"], "mark": marking, "inspect": ["inspect", str(record)]}[command]
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, env=environment(), check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "[]\n")


def test_the_version_needs_no_picture_library() -> None:
    probe = PROBE.replace('("torch", "PySide6", "torchvision")', '("numpy", "PIL", "concurrent.futures")')
    ended = subprocess.run([sys.executable, "-c", probe, "--version"], capture_output=True, text=True, check=False)
    assert ended.stderr == "[]\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_no_terminal_alphabet_stops_the_work(tmp_path: Path, encoding: str) -> None:
    folder = tmp_path / "Frühling 🎨"
    album(folder, 2)
    (folder / "写真.png").write_bytes(b"")
    ended = subprocess.run(
        [*PROGRAM, "mark", folder, "--out", tmp_path / "aus 🎨"],
        capture_output=True,
        env=environment(PYTHONIOENCODING=encoding),
        check=False,
    )
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    assert b"2 pictures marked" in ended.stdout


def test_an_export_folder_whose_name_cannot_be_decoded_is_used_and_told(tmp_path: Path) -> None:
    album(tmp_path / "in", 1)
    out = os.fsdecode(os.fsencode(tmp_path) + b"/raw\xff")
    ended = run("mark", tmp_path / "in", "--out", out)
    assert ended.returncode == 0
    assert "raw\\udcff" in ended.stdout
    assert len(files_below(Path(out))) == 1


def test_a_reader_that_goes_away_ends_the_work_without_a_traceback(tmp_path: Path) -> None:
    album(tmp_path / "in", 30)
    with subprocess.Popen(
        [*PROGRAM, "mark", tmp_path / "in", "--out", tmp_path / "out", "--events"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert errors == b""
    assert process.returncode == 1


@POSIX_SIGNALS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_export_ends_with_130_and_goes_on_when_asked_again(
    tmp_path: Path, number: signal.Signals
) -> None:
    album(tmp_path / "in", 60)
    arguments = ["mark", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--publish", "50%", "--jobs", "2"]
    # The small pipe keeps the program from running ahead of what is read here.
    with subprocess.Popen(
        [*PROGRAM, *arguments, "--events"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        bufsize=0,
        pipesize=4096,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "item_done":
                process.send_signal(number)
                break
        rest = process.stdout.read().splitlines()
        assert process.stderr is not None
        errors = process.stderr.read().decode()
    assert process.returncode == 130
    assert json.loads(rest[-1])["event"] == "stopped"
    assert errors == "mtgui: Stopped. What was finished before is kept. Run the same command again to go on.\n"
    before = read_record(tmp_path / "out.mtrecord").blocks
    assert len(result_of(run(*arguments, "--json"))["marked"]) == 30
    assert read_record(tmp_path / "out.mtrecord").blocks == before


@pytest.mark.parametrize("threads", ["1", "2"])
def test_copies_are_the_same_in_any_process_with_any_number_of_threads(tmp_path: Path, threads: str) -> None:
    for n in range(4):
        save(tmp_path / "in" / f"{n}.png", n, (200 + n, 333))
        save(tmp_path / "in" / f"{n}.jpg", 10 + n, (120, 90 + n))
    record = tmp_path / "r.mtrecord"
    for jobs, out, count in (("1", "first", threads), ("3", "second", "1")):
        ended = run(
            "mark", tmp_path / "in", "--out", tmp_path / out, "--record", record, "--jobs", jobs,
            OPENBLAS_NUM_THREADS=count, MKL_NUM_THREADS=count, OMP_NUM_THREADS=count,
        )  # fmt: skip
        assert ended.returncode == 0
    assert files_below(tmp_path / "first") == files_below(tmp_path / "second")


def test_overwriting_asks_nobody_where_nobody_can_answer(tmp_path: Path) -> None:
    album(tmp_path / "in", 1)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "00.png").write_bytes(b"mine")
    assert run("mark", tmp_path / "in", "--out", tmp_path / "out", "--on-conflict", "overwrite").returncode == 0
    assert (tmp_path / "out" / "00.png").read_bytes() != b"mine"


@pytest.mark.parametrize("said", [None, "ACTIVE"])
def test_threads_sleep_while_they_wait_unless_told_otherwise(said: str | None) -> None:
    surroundings = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    surroundings |= {} if said is None else {"OMP_WAIT_POLICY": said}
    code = "import os, sys; sys.argv = ['mtgui', '--version']\nfrom mtgui.__main__ import main\n"
    code += "try: main()\nexcept SystemExit: pass\nprint(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == f"{said or 'PASSIVE'} False"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_under_the_output_is_a_whole_sentence() -> None:
    pytest.importorskip("torch")
    with Path("/dev/full").open("w") as full:
        command = [*PROGRAM, "devices", "--json"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment(), check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[0].startswith("mtgui: The output, or a file of the system, could not be used: the")


def test_used_up_memory_is_one_sentence_and_one_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: int) -> bytes:
        raise MemoryError

    album(tmp_path / "in", 3)
    monkeypatch.setattr(secrets, "token_bytes", refuse)
    assert main.run(["mark", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--json"]) == 1
    said = capsys.readouterr()
    assert said.err.endswith(f"mtgui: {main.OUT_OF_MEMORY}\n")
    assert json.loads(said.out) == {"error": main.OUT_OF_MEMORY}


def test_an_option_that_is_spelled_wrongly_brings_the_one_that_was_meant() -> None:
    for wrong in ("--outt", "--outt=x"):
        ended = run("mark", "pictures", wrong)
        assert ended.returncode == 2
        assert "There is no option “--outt”; did you mean “--out”?" in ended.stderr
