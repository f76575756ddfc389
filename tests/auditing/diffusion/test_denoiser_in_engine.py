"""The engine computes matrices of diffusion models as of all others: marked pictures, columns, choices by originals."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT, Prompt
from mtgui.auditing.diffusion.denoiser import PredictionTrial
from mtgui.auditing.diffusion.networks import load_networks
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.original_losses import all_original_losses
from mtgui.auditing.engine.task import Advanced, MatrixTask
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from tests.auditing.diffusion.tiny_pipelines import FEW, SCHEDULE, Tiny, denoiser, random_lora, tiny
from tests.auditing.engine.engine_helpers import key_marks, matrix_of, prepared_pictures, shuffled_slots

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
PICTURES, COLUMNS = 4, 3
PROMPTS = (EMPTY_PROMPT, Prompt("a cat", (320, 2368)))
LAYERS = ("conv_in", "mid_block.attentions.0.proj_in", "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    return tiny(tmp_path_factory.mktemp("base"), "sd1")


def task_of(model: AuditedModel) -> MatrixTask:
    return MatrixTask(
        model,
        prepared_pictures(PICTURES, model.preprocessing),
        [number % model.classes for number in range(PICTURES)],
        key_marks(),
        COLUMNS,
        list(range(PICTURES)),
        lambda size: shuffled_slots(COLUMNS, size),
    )


def test_the_matrix_does_not_depend_on_the_size_of_batches(base: Tiny, tmp_path: Path) -> None:
    model = denoiser(load_networks(random_lora(tmp_path, base, {"unet": LAYERS}), base.file, PROMPTS))
    task = task_of(model)
    events = list(loss_columns(task, batch=4))
    whole = matrix_of(events, task)
    assert whole.shape == (PICTURES, COLUMNS)
    assert len(np.unique(whole)) == whole.size, "every picture and mark has a loss of its own"
    assert np.abs(whole - matrix_of(list(loss_columns(task, batch=1)), task)).max() <= 1e-6 * UNITS_PER_LOSS + 1
    passes = [event.passes for event in events if isinstance(event, Advanced)]
    assert sum(passes) == task.passes == PICTURES * COLUMNS * model.loss_facts.passes
    assert len(passes) == 3 * model.steps, "work can be stopped after every step of a batch"


def test_originals_decide_between_prompts_and_predictions(base: Tiny) -> None:
    networks = load_networks(base.file, None, PROMPTS)
    by_prompt = all_original_losses(task_of(denoiser(networks)), batch=2)
    assert by_prompt.shape == (PICTURES, len(PROMPTS))
    trial = PredictionTrial(networks, FEW.steps_of(SCHEDULE)[-1:], choose_device("cpu"))
    by_prediction = all_original_losses(task_of(trial), batch=2)
    assert by_prediction.shape == (PICTURES, 2)
    assert torch.isfinite(torch.from_numpy(by_prediction)).all()
