"""What a rehearsal prints of a p just above α never looks like α, wherever it is printed."""

from mtgui.cli.rehearse_output import line_of
from mtgui.rehearsal.findings.grid_table import as_csv, as_markdown
from mtgui.rehearsal.findings.results import result_in_words
from mtgui.rehearsal.rehearsal_events import TrainingAudited, UserP

JUST_ABOVE = 0.0100401
USER = {"user": 0, "p_values": {"keys only": JUST_ABOVE, "withheld only": None, "both": 1.0},
        "stopped_early": {"keys only": False, "both": True}, "set_loss": 1.0}  # fmt: skip
MODEL = {"kind": "marked", "pictures": 10, "train_accuracy": 1.0, "test_accuracy": 0.5, "users": [USER],
         "measures": None, "privacy": None, "left_out": None, "device": "CPU"}  # fmt: skip


def test_in_the_terminal_while_it_runs() -> None:
    event = TrainingAudited("marked", 1, 4, (UserP(0, JUST_ABOVE),), JUST_ABOVE)
    assert "p is 0.011 to 0.011 over all artists, of your own pictures 0.011" in (line_of(event))


def test_in_the_table_at_the_end() -> None:
    said = result_in_words({"sentence": "", "psnr": None, "models": [MODEL], "curve": [], "caveat": "",
                            "settings": {"training": {"precision": "float32"}}}, 0.01)  # fmt: skip
    row = next(line for line in said.splitlines() if "stopped early" in line)
    assert "0.011" in row
    assert "0.01 " not in row
    assert "Found at p ≤ 0.01, keys only: 0 of 1 artist." in said


def test_in_the_tables_of_a_grid() -> None:
    row = {"marks": "a", "mark": "b", "countermeasures": "c", "model": "marked", "found": 0, "users": 1,
           "p_values": [JUST_ABOVE], "train_accuracy": 1.0, "test_accuracy": 0.5, "psnr": None}  # fmt: skip
    assert "| 0.011 |" in as_markdown([row])
    assert str(JUST_ABOVE) in as_csv([row])
