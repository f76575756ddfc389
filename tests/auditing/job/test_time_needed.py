"""How long an audit takes: the work that is counted is the work that is done, and seconds follow from it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.original_losses import original_losses
from mtgui.auditing.engine.task import Advanced, MatrixTask, plan_batches
from mtgui.auditing.job.audit_request import ModelChoice
from mtgui.auditing.job.time_needed import AuditSetting, AuditWork, Speed, measured_speed, work_of
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from tests.auditing.engine.engine_helpers import key_marks, prepared_pictures, shuffled_slots, small_model

PICTURES = 5


def task_of(columns: int) -> MatrixTask:
    model = small_model()
    return MatrixTask(
        model,
        prepared_pictures(PICTURES, model.preprocessing),
        [0] * PICTURES,
        key_marks(),
        columns,
        list(range(PICTURES)),
        lambda size: shuffled_slots(columns, size),
    )


@pytest.mark.parametrize(("keys", "batch"), [(0, 1), (0, 3), (0, 64), (6, 4), (6, 20), (6, 64), (3, 10)])
def test_the_work_that_is_counted_is_done(keys: int, batch: int) -> None:
    task = task_of(keys + 1)
    setting = AuditSetting(PICTURES, keys, batch, views=1, chooses_label=False)
    done = [event.passes for event in loss_columns(task, batch=batch) if isinstance(event, Advanced)]
    assert work_of(task.model, setting) == AuditWork(sum(done), sum(done))
    assert setting.shown_at_once == max(map(len, plan_batches(task, batch).units(0)))
    chosen = [event.passes for event in original_losses(task, batch=batch) if isinstance(event, Advanced)]
    choosing = work_of(task.model, replace(setting, chooses_label=True))
    assert choosing.passes == sum(done) + sum(chosen)


def test_seconds_follow_from_the_work() -> None:
    assert AuditWork(encodings=10, passes=240).seconds(Speed(encoding=3.0, forward_pass=0.5)) == 150.0


def test_a_denoiser_encodes_once_and_passes_often(tmp_path: Path) -> None:
    pytest.importorskip("diffusers")
    from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT, Prompt
    from mtgui.auditing.diffusion.networks import load_networks
    from tests.auditing.diffusion.tiny_pipelines import denoiser, tiny

    one, other = (tiny(tmp_path / str(seed), "sd1", seed=seed).file for seed in (0, 1))
    model = denoiser(load_networks(one, other, (EMPTY_PROMPT, Prompt("a cat", (320, 2368)))))
    assert (model.steps, model.loss_facts.passes) == (4, 8)
    plain = AuditSetting(PICTURES, 0, 8, views=1, chooses_label=False)
    assert work_of(model, plain) == AuditWork(5, 5 * 8)
    assert work_of(model, replace(plain, views=10)) == AuditWork(50, 50 * 8)
    assert work_of(model, replace(plain, chooses_label=True)) == AuditWork(10, 5 * 8 + 5 * 2 * 8)
    assert work_of(model, replace(plain, trial_passes=1)) == AuditWork(10, 5 * 8 + 5)
    assert work_of(model.at_precision("half"), plain) == AuditWork(15, 3 * 5 * 8)


def test_measuring_can_be_stopped() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        list(measured_speed(small_model(), 2, control))


def test_the_time_alone_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("diffusers")
    from mtgui.auditing.job.audit_events import AuditPlanned, KeyDone, LabelChosen, TimeStated
    from mtgui.cli.main import run
    from mtgui.common.events import Finished
    from tests.auditing.job.job_helpers import finish, of_kind
    from tests.auditing.job.prompted import PICTURES as MARKED
    from tests.auditing.job.prompted import make_prompted

    world = make_prompted(tmp_path)
    request = world.request("none", states_time_only=True)
    events = finish(request)
    (stated,) = of_kind(events, TimeStated)
    assert (stated.passes, stated.device) == (MARKED * 24, "CPU, 1 thread")
    assert stated.seconds > 0
    (last,) = of_kind(events, Finished)
    assert last.result == {"passes": stated.passes, "seconds": stated.seconds}
    assert not of_kind(events, LabelChosen) + of_kind(events, AuditPlanned) + of_kind(events, KeyDone)
    assert request.log is not None
    assert not list(request.log.parent.iterdir())
    two = finish(replace(request, prompt=None, models=(*request.models, *world.request(None, world.nameless).models)))
    assert [one.passes for one in of_kind(two, TimeStated)] == [MARKED * (24 + 2 * 24), MARKED * 24]
    done = finish(replace(request, states_time_only=False))
    kinds = [type(event) for event in done]
    assert kinds.index(TimeStated) < kinds.index(LabelChosen)
    files = ["--model", world.named, "--base", world.base, "--record", world.record, "--pictures", world.originals]
    assert run(["audit", *map(str, files), "--device", "cpu", "--threads", "1", "--time", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["passes"] == MARKED * 72
    assert "This audit takes about" in said.err


def test_the_time_is_said_before_originals_show_what_the_model_predicts(tmp_path: Path) -> None:
    pytest.importorskip("diffusers")
    from mtgui.auditing.job.audit_events import TimeStated
    from mtgui.common.events import Event, Started
    from tests.auditing.diffusion import library_models as library
    from tests.auditing.job.job_helpers import finish, of_kind
    from tests.auditing.job.prompted import PICTURES as MARKED
    from tests.auditing.job.prompted import SIDE, make_prompted, tiny_networks

    def what(event: Event) -> str:
        return event.what if isinstance(event, Started) else type(event).__name__

    world = make_prompted(tmp_path)
    base = library.save(tmp_path / "base.safetensors", library.as_ldm("sd1", tiny_networks()))
    small = PreprocessingHint("this test", crop=(SIDE, SIDE))
    request = world.request("none", models=(ModelChoice(world.named, base=base, input=small),))
    events = finish(request)
    (stated,) = of_kind(events, TimeStated)
    assert stated.passes == MARKED * (24 + 1)
    order = [what(event) for event in events]
    trial = order.index("trying what the model predicts")
    assert order.index("TimeStated") < trial < order.index("showing pictures to the model")
    alone = [what(event) for event in finish(replace(request, states_time_only=True))]
    assert "TimeStated" in alone
    assert "trying what the model predicts" not in alone
