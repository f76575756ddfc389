import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.events import AuditDone, AuditPlanned, KeyDone, LabelChosen, ModelRead, Noticed, PicturesFound
from mtgui.auditing.job.request import AuditRequest
from mtgui.auditing.report.files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, MtguiError, RecordError, UsageError
from mtgui.common.events import Event, Finished, Progress, Started
from mtgui.marking.settings import MarkSettings
from mtgui.records.audit_log import audit_log_path, data_folder, read_runs
from mtgui.records.journal import read_record
from tests.auditing.job.conftest import Scene
from tests.auditing.job.scene import (
    COUNT,
    MINE,
    RESNET20,
    album,
    events_of,
    mark,
    request,
    results_of,
    save,
    trained_on,
)

# An innocent model comes below this once in ten thousand times.
RARE = 1e-4


def error_of(
    asked: AuditRequest, control: Control | None = None, until: type[Event] = Finished, said: list[Event] | None = None
) -> MtguiError | None:
    """Audit, cancel after an event of the kind ``until``, and return the error that ends it; None without one."""
    control = control or Control()
    try:
        for event in audit(asked, control):
            if said is not None:
                said.append(event)
            if isinstance(event, until):
                control.cancel()
    except MtguiError as error:
        return error
    return None


def test_the_guilty_model_is_found_and_its_innocent_twin_is_not(scene: Scene) -> None:
    guilty, innocent = results_of(request(scene.marked, scene.guilty, scene.innocent, stops_early=False))
    assert guilty["verdict"] == "evidence"
    assert guilty["p_value"] < 0.002
    assert guilty["headline"] == "Strong evidence that this model was trained on your published pictures."
    assert guilty["sentence"].startswith("Chance alone gives a result like this at most 1 time in ")
    assert innocent["p_value"] > RARE
    assert guilty["caveat"] == "This is not the probability that the model is innocent."


def test_every_step_is_said_in_order(scene: Scene) -> None:
    events = events_of(request(scene.marked, scene.guilty))
    kinds = [type(event) for event in events if not isinstance(event, Started | Progress)]
    assert kinds[:4] == [PicturesFound, ModelRead, LabelChosen, AuditPlanned]
    assert kinds[4:8] == [KeyDone] * 4
    assert kinds[8:] == [AuditDone, Finished]
    planned = next(event for event in events if isinstance(event, AuditPlanned))
    assert (planned.pictures, planned.published, planned.withheld, planned.keys) == (COUNT, 12, 12, 4)
    assert planned.smallest_p == 1 / 40_000
    assert planned.forward_passes == 4 * COUNT
    keys = [event for event in events if isinstance(event, KeyDone)]
    assert sorted(event.column for event in keys) == [0, 1, 2, 3]
    assert all((event.losses is not None) == (event.column == 0) for event in keys)
    assert all(len(event.set_losses) == 10_000 for event in keys)


def test_only_the_key_speaks_when_all_is_published(tmp_path: Path, scene: Scene) -> None:
    marked = mark(tmp_path, range(100, 108), published=8)
    (result,) = results_of(request(marked, scene.innocent, keys=199, stops_early=False))
    assert (result["keys"], result["draws"], result["published"]) == (200, 1, 8)
    assert (result["grid"], result["smallest_p"], result["picture_coin"]) == (200, 1 / 200, 1.0)
    assert result["p_value"] == result["key_coin"] == result["at_most"] / 200


def test_only_the_draw_speaks_without_a_mark(tmp_path: Path) -> None:
    marked = mark(tmp_path, range(COUNT), MarkSettings(blend_ratio=1.0, noise_budget=0))
    net = save(trained_on(marked.copies), tmp_path / "net.pth")
    (result,) = results_of(request(marked, net, keys=None))
    assert result["keys"] == 1
    assert result["verdict"] == "evidence"
    with pytest.raises(UsageError, match="do not depend on a key"):
        results_of(request(marked, net, keys=3))


def test_pictures_added_later_are_audited_as_a_block_of_their_own(tmp_path: Path) -> None:
    first, later = mark(tmp_path, range(12)), mark(tmp_path, range(40, 52))
    assert len(read_record(first.record).blocks) == 2
    net = save(trained_on([*first.copies, *later.copies]), tmp_path / "net.pth")
    (result,) = results_of(request(first, net, stops_early=False))
    assert (result["pictures"], result["published"], len(result["commitments"])) == (24, 12, 2)
    assert result["p_value"] < 0.01


@pytest.mark.parametrize("views", [1, 10])
def test_the_models_own_choice_is_one_class_for_all(scene: Scene, views: int) -> None:
    asked = request(scene.marked, scene.guilty, label="auto", views=views)
    events = events_of(asked)
    chosen = next(event for event in events if isinstance(event, LabelChosen))
    (label,) = chosen.labels
    last = events[-1]
    assert isinstance(last, Finished)
    (result,) = last.result["results"]
    assert "the model's own choice" in result["label"]
    (by_hand,) = results_of(replace(asked, label=label))
    assert result["set_loss"] == by_hand["set_loss"]
    assert last.result["results"][0]["forward_passes"] == views * 4 * COUNT


def test_labels_of_the_record_may_differ_from_picture_to_picture(tmp_path: Path, scene: Scene) -> None:
    marked = mark(tmp_path, range(COUNT), labels=[str(number % 2) for number in range(COUNT)])
    net = save(trained_on(marked.copies, [int(copy.stem[-3:]) % 2 for copy in marked.copies]), tmp_path / "net.pth")
    (result,) = results_of(request(marked, net, label="record"))
    assert "label in the record" in result["label"]
    assert result["verdict"] == "evidence"
    with pytest.raises(UsageError, match="no label of their own"):
        results_of(request(scene.marked, scene.guilty, label="record"))


def test_the_report_is_proved_again_and_holds_no_secret(scene: Scene, tmp_path: Path) -> None:
    files = (tmp_path / "r.json", tmp_path / "r.html")
    results_of(request(scene.marked, scene.guilty, reports=files))
    report, fits = read_report(files[0])
    record = read_record(scene.marked.record)
    assert verify(report, is_unchanged=fits, record=record).is_proved
    (block,) = record.blocks
    withheld = [picture.name for picture in block.withheld_pictures]
    for path in files:
        text = path.read_text()
        secrets = [block.key.secret.hex(), block.decoy_seed.hex(), block.salt.hex(), *withheld]
        assert not [secret for secret in secrets if secret in text]
        assert all(picture.name in text for picture in block.published_pictures)


def test_the_same_settings_count_once_and_give_the_same_answer(scene: Scene) -> None:
    asked = request(scene.marked, scene.guilty, stops_early=False)
    (first,), (second,) = results_of(asked), results_of(asked)
    assert first["runs"] == second["runs"] == 1
    assert first["p_value_exact"] == second["p_value_exact"]


def test_every_other_setting_multiplies_p(scene: Scene) -> None:
    (first,) = results_of(request(scene.marked, scene.guilty))
    (second,) = results_of(request(scene.marked, scene.guilty, keys=4))
    (third,) = results_of(request(scene.marked, scene.guilty, keys=4, label="auto"))
    assert [first["runs"], second["runs"], third["runs"]] == [1, 2, 3]
    assert Fraction(third["p_adjusted_exact"]) == min(1, 3 * Fraction(third["p_value_exact"]))


def test_an_abandoned_run_counts(scene: Scene) -> None:
    control = Control()
    error = error_of(request(scene.marked, scene.guilty, batch=COUNT), control, until=KeyDone)
    assert isinstance(error, CancelledError)
    assert [run.outcome for run in read_runs(audit_log_path())] == ["cancelled"]
    (result,) = results_of(request(scene.marked, scene.guilty, keys=4))
    assert result["runs"] == 2


def test_a_run_that_nobody_follows_to_its_end_counts_too(scene: Scene) -> None:
    events = audit(request(scene.marked, scene.guilty))
    assert isinstance(events, Iterator)
    for event in events:
        if isinstance(event, KeyDone):
            break
    events.close()  # type: ignore[attr-defined]
    assert [run.outcome for run in read_runs(audit_log_path())] == ["cancelled"]


def test_several_pairs_are_adjusted_together(scene: Scene) -> None:
    guilty, innocent = results_of(request(scene.marked, scene.guilty, scene.innocent, stops_early=False))
    assert guilty["family"] == innocent["family"] == 2
    small, large = sorted(Fraction(one["p_value_exact"]) for one in (guilty, innocent))
    assert Fraction(min(guilty["p_adjusted_exact"], innocent["p_adjusted_exact"], key=Fraction)) == min(1, 2 * small)
    assert large >= small


def test_nothing_is_kept_of_an_audit_that_ended(scene: Scene) -> None:
    results_of(request(scene.marked, scene.guilty))
    assert not list((data_folder() / "audits").iterdir())
    assert [run.outcome for run in read_runs(audit_log_path())] == ["evidence"]


def test_alpha_out_of_reach_is_refused_before_anything_is_shown(scene: Scene) -> None:
    with pytest.raises(UsageError, match="could never reach"):
        results_of(request(scene.marked, scene.guilty, alpha=Fraction(1, 1_000_000)))
    assert not read_runs(audit_log_path())


def test_missing_originals_are_refused_or_count_against_the_claim(scene: Scene, tmp_path: Path) -> None:
    some = tmp_path / "some"
    shutil.copytree(scene.marked.originals, some)
    (block,) = read_record(scene.marked.record).blocks
    (some / block.withheld_pictures[0].name).unlink()
    asked = request(scene.marked, scene.guilty, places=(some,), stops_early=False)
    with pytest.raises(UsageError, match=r"1 of the 24 originals.*--missing against"):
        results_of(asked)
    (whole,) = results_of(replace(asked, places=(scene.marked.originals,)))
    (lacking,) = results_of(replace(asked, missing="against"))
    assert lacking["p_value"] >= whole["p_value"]
    (some / block.published_pictures[0].name).unlink()
    (worse,) = results_of(replace(asked, missing="against"))
    assert worse["p_value"] >= lacking["p_value"]
    with pytest.raises(UsageError, match="must look at all of them"):
        results_of(replace(asked, missing="against", label="auto"))


def test_a_record_for_other_pictures_is_refused(scene: Scene, tmp_path: Path) -> None:
    album(tmp_path / "else", range(700, 705))
    with pytest.raises(UsageError, match=r"None of the 24 originals.*right record"):
        results_of(request(scene.marked, scene.guilty, places=(tmp_path / "else",), missing="against"))


def test_changed_originals_are_named(scene: Scene, tmp_path: Path) -> None:
    some = tmp_path / "some"
    shutil.copytree(scene.marked.originals, some)
    shutil.copy(album(tmp_path / "new", [999])[0], some / "picture 000.png")
    said: list[Event] = []
    error = error_of(request(scene.marked, scene.guilty, places=(some,)), said=said)
    assert "were changed or not found" in str(error)
    assert [event.changed for event in said if isinstance(event, PicturesFound)] == [("picture 000.png",)]


@pytest.mark.parametrize(("label", "words"), [("3", "no class 3"), ("cat", "names of the model's classes")])
def test_a_label_that_the_model_does_not_have_is_refused(scene: Scene, label: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        results_of(request(scene.marked, scene.guilty, label=label))


def test_a_model_that_answers_the_same_for_everything_shows_nothing(scene: Scene, tmp_path: Path) -> None:
    from mtgui.auditing.networks.cifar.residual import ResidualNet

    net = ResidualNet(RESNET20)
    for weight in net.parameters():
        torch.nn.init.zeros_(weight)
    (result,) = results_of(request(scene.marked, save(net, tmp_path / "net.pth"), stops_early=False))
    assert result["p_value"] == 1.0
    assert result["verdict"] == "no evidence"
    assert "same loss" in result["notes"][0]


def test_weights_that_are_no_numbers_are_refused(scene: Scene, tmp_path: Path) -> None:
    state = torch.load(scene.guilty, weights_only=True)
    state["conv1.weight"][0] = float("nan")
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(MtguiError, match="no numbers"):
        results_of(request(scene.marked, tmp_path / "nan.pth"))


def test_losses_that_are_no_numbers_end_the_run_as_failed(scene: Scene, tmp_path: Path) -> None:
    state = torch.load(scene.guilty, weights_only=True)
    for name in state:
        if name.endswith("weight"):
            state[name] *= 1e18
    torch.save(state, tmp_path / "huge.pth")
    with pytest.raises(MtguiError, match=r"no numbers|absurdly large"):
        results_of(request(scene.marked, tmp_path / "huge.pth"))
    assert [run.outcome for run in read_runs(audit_log_path())] == ["failed"]


def test_a_damaged_record_is_refused(scene: Scene, tmp_path: Path) -> None:
    data = bytearray(scene.marked.record.read_bytes())
    data[len(data) // 3] ^= 1
    (tmp_path / "broken.mtrecord").write_bytes(data)
    asked = request(scene.marked, scene.guilty, records=(tmp_path / "broken.mtrecord",))
    with pytest.raises(RecordError, match="damaged"):
        results_of(asked)


def test_other_peoples_sets_are_a_comparison(scene: Scene, tmp_path: Path) -> None:
    album(tmp_path / "people" / str(MINE), range(2000, 2020))
    asked = request(scene.marked, scene.guilty, population=tmp_path / "people", population_sets=40)
    (result,) = results_of(replace(asked, reports=(tmp_path / "r.json",)))
    found = result["population"]
    assert (found["pictures"], found["size"], found["sets"]) == (20, 12, 40)
    assert found["approximate_p"] <= 0.1
    assert "exchangeable" in found["caveat"]
    report, fits = read_report(tmp_path / "r.json")
    assert verify(report, is_unchanged=fits).is_proved


@pytest.mark.parametrize(
    ("folder", "words"),
    [("nowhere", "no folder"), ("empty", "no folder for class 0"), ("few", "has 3. Point at a larger")],
)
def test_other_people_who_are_not_there_are_a_sentence(scene: Scene, tmp_path: Path, folder: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    album(tmp_path / "few" / "0", range(2000, 2003))
    with pytest.raises(UsageError, match=words):
        results_of(request(scene.marked, scene.guilty, population=tmp_path / folder))


def test_half_precision_says_what_it_does_to_losses(scene: Scene) -> None:
    (result,) = results_of(request(scene.marked, scene.guilty, precision="half"))
    assert "differ from those at float32 by at most" in result["precision_effect"]


def test_a_smaller_batch_after_memory_ran_out_is_said(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtgui.auditing.engine.classifier import TorchClassifier

    plain = TorchClassifier.losses

    def hungry(self: TorchClassifier, pixels: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if len(pixels) > 30:
            raise torch.OutOfMemoryError
        return plain(self, pixels, labels)

    monkeypatch.setattr(TorchClassifier, "losses", hungry)
    events = events_of(request(scene.marked, scene.guilty))
    assert [event for event in events if isinstance(event, Noticed)]
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.result["results"][0]["verdict"] == "evidence"
    assert last.result["results"][0]["batch"] < 256


def test_results_are_ready_for_json(scene: Scene) -> None:
    (result,) = results_of(request(scene.marked, scene.guilty))
    assert json.loads(json.dumps(result)) == result
    assert np.isfinite(result["set_loss"])
