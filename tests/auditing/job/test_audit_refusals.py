"""Whatever is wrong with what an audit is given: one clear sentence, and never false evidence."""

import shutil
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_events import AuditPlanned, KeyDone, PicturesFound
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice, parse_alpha
from mtgui.auditing.statistics.verdict import NO_EVIDENCE
from mtgui.common.errors import MtguiError, PictureError, StorageError, UsageError
from mtgui.common.events import Event
from mtgui.marking.settings import MarkSettings
from mtgui.records.audit_log import audit_log_path, read_runs
from tests.auditing.job.job_helpers import exact, finish, of_kind, request_for, result
from tests.auditing.job.trained_pair import Person, World, draw_album, make_person, mark

State = dict[str, Tensor]


def refused(request: AuditRequest) -> str:
    """Return the sentence with which ``request`` is refused; nothing counts as an audit that found something."""
    with pytest.raises(MtguiError) as caught:
        finish(request)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert all(run.outcome in (None, "failed", "cancelled") for run in read_runs(audit_log_path()))
    return sentence


def saved(path: Path, world: World, change: Callable[[State], None]) -> Path:
    state: State = torch.load(world.guilty, weights_only=True)
    change(state)
    torch.save(state, path)
    return path


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("4", r"The model has 4 classes, numbered 0 to 3; there is no class 4\."),
        ("castle", r"names of the model's classes are not known, so “castle” cannot be found"),
        ("record", r"32 pictures of the record have no label of their own"),
    ],
)
def test_a_label_that_the_model_does_not_have(world: World, label: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        finish(request_for(world.guilty, world.marked, label=label))
    assert read_runs(audit_log_path()) == ()


def test_a_record_with_labels_that_the_model_does_not_have(world: World, tmp_path: Path) -> None:
    def two_classes(state: State) -> None:
        state["linear.weight"], state["linear.bias"] = state["linear.weight"][:2], state["linear.bias"][:2]

    model = saved(tmp_path / "two.pth", world, two_classes)
    assert "has 2 classes, numbered 0 to 1; there is no class 2" in refused(
        request_for(model, world.twice, label="record")
    )


def test_a_model_with_one_number_for_each_picture_is_refused_and_not_counted(world: World, tmp_path: Path) -> None:
    def one_logit(state: State) -> None:
        state["linear.weight"], state["linear.bias"] = state["linear.weight"][:1], state["linear.bias"][:1]

    model = saved(tmp_path / "one.pth", world, one_logit)
    sentence = refused(request_for(model, world.marked))
    assert "gives one number for each picture" in sentence
    assert "--architecture-file" in sentence
    assert read_runs(audit_log_path()) == ()


@pytest.fixture
def lost(world: World, tmp_path: Path) -> Person:
    """The marked pictures, of which one is gone and one was changed."""
    folder = tmp_path / "lost"
    shutil.copytree(world.marked.originals, folder)
    gone, changed, *_ = sorted(folder.iterdir())
    gone.unlink()
    pixels = np.asarray(Image.open(changed)).copy()
    pixels[0, 0] ^= 1
    Image.fromarray(pixels).save(changed)
    return Person(folder, world.marked.record, world.marked.copies, 0)


def test_missing_and_changed_originals_are_refused(world: World, lost: Person) -> None:
    sentence = refused(request_for(world.guilty, lost))
    assert "2 of the 32 originals of marked.mtrecord were changed or not found" in sentence
    assert "--missing against" in sentence
    assert read_runs(audit_log_path()) == ()


@pytest.mark.parametrize("is_guilty", [True, False])
def test_counted_against_the_claim_they_only_ever_raise_p(world: World, lost: Person, is_guilty: bool) -> None:
    model = world.guilty if is_guilty else world.innocent
    models = (ModelChoice(model, architecture="cifar/resnet8-w8"),)
    whole = result(request_for(model, world.marked, models=models, stops_early=False))
    less = result(request_for(model, lost, models=models, missing="against", stops_early=False))
    assert exact(less, "p_value") >= exact(whole, "p_value")
    assert less["runs"] == 2


def test_nothing_missing_counts_against_nobody(world: World) -> None:
    one = result(request_for(world.guilty, world.marked))
    two = result(request_for(world.guilty, world.marked, missing="against"))
    assert exact(one, "p_value") == exact(two, "p_value")


def test_the_models_choice_needs_every_original(world: World, lost: Person) -> None:
    sentence = refused(request_for(world.guilty, lost, missing="against", label="auto"))
    assert "the model's own choice of a label must look at all of them" in sentence


def test_a_record_for_other_pictures(world: World) -> None:
    sentence = refused(request_for(world.guilty, world.marked, places=(world.whole.originals,)))
    assert "None of the 32 originals of marked.mtrecord was found" in sentence
    assert "is this the right record for these pictures?" in sentence


def test_a_damaged_record(world: World, tmp_path: Path) -> None:
    record = tmp_path / "damaged.mtrecord"
    data = bytearray(world.marked.record.read_bytes())
    data[200] ^= 1
    record.write_bytes(data)
    assert "damaged" in refused(request_for(world.guilty, world.marked, records=(record,)))


def test_weights_that_are_no_numbers(world: World, tmp_path: Path) -> None:
    def spoil(state: State) -> None:
        state["layer1.0.conv1.weight"][0, 0, 0, 0] = float("nan")

    model = saved(tmp_path / "nan.pth", world, spoil)
    assert "hold values that are no numbers (NaN)" in refused(request_for(model, world.marked))


@pytest.mark.parametrize("label", ["0", "auto"])
def test_losses_that_are_no_numbers(world: World, tmp_path: Path, label: str) -> None:
    def spoil(state: State) -> None:
        state["layer1.0.bn1.running_var"] -= 1e6

    model = saved(tmp_path / "odd.pth", world, spoil)
    by_hand = (ModelChoice(model, architecture="cifar/resnet8-w8"),)
    assert "losses that are no numbers" in refused(request_for(model, world.marked, label=label))
    assert read_runs(audit_log_path()) == (), "no marked picture was shown"
    assert "losses that are no numbers" in refused(request_for(model, world.marked, models=by_hand, label=label))
    assert [run.outcome for run in read_runs(audit_log_path())] == (["failed"] if label == "0" else [])


@pytest.mark.parametrize("size", [0.0, 1.0, 3e4])
def test_a_model_that_answers_the_same_for_everything(world: World, tmp_path: Path, size: float) -> None:
    def silence(state: State) -> None:
        for tensor in state.values():
            tensor.zero_()
        state["linear.bias"] += size * torch.arange(4)

    one = result(request_for(saved(tmp_path / "still.pth", world, silence), world.marked, stops_early=False))
    assert one["p_value"] == 1.0
    assert one["headline"] == NO_EVIDENCE
    assert one["notes"][0].startswith("The model gives every picture the same loss")


@pytest.mark.parametrize("device", ["tpu", "cuda:99", "cpu:x", "meta"])
def test_a_device_that_is_not_there(world: World, device: str) -> None:
    refused(request_for(world.guilty, world.marked, device=device))


@pytest.mark.parametrize(
    "place", ["/proc/report.json", "{}/nowhere/report.json", "{}/file/report.json", "{}/folder.json"]
)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="names a folder of Linux")
def test_a_report_that_cannot_be_written_is_refused_before_the_work(world: World, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.json").mkdir()
    report = Path(place.format(tmp_path))
    assert "The report “" in refused(request_for(world.guilty, world.marked, reports=(report,)))
    assert read_runs(audit_log_path()) == ()


FILES: dict[str, bytes] = {
    "empty.pth": b"",
    "text.pth": b"not a model\n" * 50,
    "page.bin": b"<!DOCTYPE html><html><body>404</body></html>",
    "cut.safetensors": b"\x40\x00\x00\x00\x00\x00\x00\x00{",
    "graph.onnx": b"\x08\x07\x12\x04test",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_model(world: World, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert refused(request_for(path, world.marked)).startswith(name)


def test_archives_that_hold_no_weights(world: World, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    with zipfile.ZipFile(tmp_path / "script.pt", "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py", "version"):
            archive.writestr(f"script/{name}", b"\x80\x02}q\x00.")
    assert refused(request_for(tmp_path / "pictures.zip", world.marked)).startswith("pictures.zip")
    assert refused(request_for(tmp_path / "script.pt", world.marked)).startswith("script.pt")


def test_a_model_that_is_not_there(world: World, tmp_path: Path) -> None:
    refused(request_for(tmp_path / "nothing.pth", world.marked))


def test_a_level_out_of_reach_says_what_would_help(world: World) -> None:
    sentence = refused(request_for(world.guilty, world.whole, keys=50))
    assert "could never reach the significance level 0.01" in sentence
    assert "Ask for at least 99 decoy keys (--keys 99)" in sentence
    assert read_runs(audit_log_path()) == ()


def test_a_level_that_many_audits_at_once_put_out_of_reach_is_refused_before_the_first(world: World) -> None:
    models = request_for(world.guilty, world.whole).models * 2
    sentence = refused(request_for(world.guilty, world.whole, keys=99, models=models))
    assert "after multiplying by 2 for the number of audits" in sentence
    assert read_runs(audit_log_path()) == ()


def test_a_second_try_must_reach_the_level_too(world: World) -> None:
    assert result(request_for(world.guilty, world.whole, keys=99))["runs"] == 1
    sentence = "--keys 599"
    with pytest.raises(UsageError, match=sentence):
        finish(request_for(world.guilty, world.whole, keys=100))


def test_keys_for_a_record_without_a_key_coin(world: World) -> None:
    assert "marks of unmarked.mtrecord do not depend on a key" in refused(
        request_for(world.guilty, world.unmarked, keys=15)
    )


def test_nothing_withheld_and_nothing_marked_has_nothing_to_say(world: World, tmp_path: Path) -> None:
    person = make_person(tmp_path, "bare", 0, 700, 6, settings=MarkSettings(blend_ratio=1.0, noise_budget=0))
    assert "could never reach" in refused(request_for(world.guilty, person))


def test_a_picture_that_no_longer_decodes(world: World, tmp_path: Path) -> None:
    pictures = draw_album(tmp_path / "torn", 8, 800)
    record = mark(pictures, tmp_path, "torn")
    torn = pictures[3].read_bytes()
    pictures[3].write_bytes(torn[: len(torn) // 2])
    assert "torn 803.png" in refused(
        request_for(world.guilty, Person(tmp_path / "torn", record, tmp_path, 0), keys=15, alpha=Fraction(1, 20))
    )


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_picture_that_breaks_after_it_was_found_leaves_no_run_behind(
    world: World, tmp_path: Path, place: int
) -> None:
    pictures = draw_album(tmp_path / "torn", 8, 800)
    record = mark(pictures, tmp_path, "torn")
    request = request_for(world.guilty, Person(tmp_path / "torn", record, tmp_path, 0), keys=15, alpha=Fraction(1, 20))
    seen: list[Event] = []

    def follow() -> None:
        for event in audit(replace(request, batch=1)):
            seen.append(event)
            if isinstance(event, PicturesFound):
                pictures[place].write_bytes(pictures[place].read_bytes()[:200])

    with pytest.raises(PictureError, match=f"torn 80{place}.png"):
        follow()
    assert not of_kind(seen, KeyDone)
    assert read_runs(audit_log_path()) == ()


def test_a_run_is_in_the_log_before_any_loss_is_told(world: World) -> None:
    with closing(audit(request_for(world.guilty, world.marked, batch=1))) as events:
        next(event for event in events if isinstance(event, KeyDone))
        assert [run.outcome for run in read_runs(audit_log_path())] == [None]
    assert [run.outcome for run in read_runs(audit_log_path())] == ["cancelled"]


@pytest.mark.parametrize(
    "text", ["", "x", "1/0", "nan", "1e400%", "1e-999999999", "-0.1", "0.01.1", "\u0660.\u0660\u0661"]
)
def test_a_level_that_is_no_number(text: str) -> None:
    with pytest.raises(UsageError, match="write α as"):
        parse_alpha(text)


@pytest.mark.parametrize(("text", "value"), [("0.01", 100), ("1%", 100), ("1/100", 100), ("1e-3", 1000)])
def test_a_level_is_read_as_it_is_written(text: str, value: int) -> None:
    assert parse_alpha(text) == Fraction(1, value)


@pytest.mark.parametrize(
    "changes",
    [
        {"alpha": Fraction(0)},
        {"alpha": Fraction(1)},
        {"keys": -1},
        {"draws": 0},
        {"views": 3},
        {"batch": 0},
        {"reports": (Path("a.json"), Path("./a.json"))},
        {"reports": (Path("a.pdf"),)},
        {"records": ()},
        {"models": ()},
    ],
)
def test_values_out_of_bounds(world: World, changes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        request_for(world.guilty, world.marked, **changes)


def test_a_log_that_cannot_be_written_is_refused_before_any_pass(world: World, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    request = request_for(world.guilty, world.marked, log=tmp_path / "log", state=tmp_path / "state")
    events: list[Event] = []
    with pytest.raises(StorageError, match=r"The audit log .* cannot be written"):
        events.extend(audit(request))
    assert events == []


def test_a_log_that_fails_on_the_way_leaves_no_losses_on_the_disk(world: World, tmp_path: Path) -> None:
    log, states = tmp_path / "log", tmp_path / "states"
    request = request_for(world.guilty, world.marked, log=log, state=states, batch=1, stops_early=False)

    def follow() -> None:
        for event in audit(request):
            if isinstance(event, AuditPlanned):
                log.unlink(missing_ok=True)
                log.mkdir()

    with pytest.raises(StorageError, match=r"The audit log .* cannot be written"):
        follow()
    # One line says which audit it is; a column would follow it.
    assert all(path.read_bytes().partition(b"\n")[2] == b"" for path in states.glob("*"))


def test_the_same_record_twice(world: World, tmp_path: Path) -> None:
    again = shutil.copy(world.marked.record, tmp_path / "again.mtrecord")
    sentence = refused(request_for(world.guilty, world.marked, records=(world.marked.record, again)))
    assert sentence == "marked.mtrecord and again.mtrecord are the same mark record. Name it once."
