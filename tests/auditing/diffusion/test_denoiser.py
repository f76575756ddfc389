"""Losses of diffusion models equal those by the library's own pipelines."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT, Prompt
from mtgui.auditing.diffusion.denoiser import Denoiser, PredictionTrial, likelier_prediction
from mtgui.auditing.diffusion.networks import load_networks
from mtgui.auditing.diffusion.noise import noise
from mtgui.auditing.diffusion.plans import Family, Prediction
from mtgui.auditing.diffusion.schedule import DenoisingStep, signal_shares
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.loss_kinds import loss_scale
from mtgui.common.errors import UsageError
from tests.auditing.diffusion.tiny_pipelines import FEW, SCHEDULE, SIDE, Tiny, denoiser, random_lora, some_pixels, tiny

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
CAT = Prompt("a cat", (320, 2368))
PROMPTS = (EMPTY_PROMPT, CAT)
STEP = DenoisingStep(300, 0, -1)
ATTENTION = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"


def tokens(prompt: Prompt, padding: int) -> Tensor:
    row = [49406, *prompt.ids, 49407]
    return torch.tensor([row + [padding] * (77 - len(row))])


def library_conditions(model: Tiny, prompt: Prompt) -> tuple[Tensor, dict[str, Tensor]]:
    """What the library's own pipelines give the UNet for ``prompt``."""
    with torch.no_grad():
        if model.file.plan.family == "sd1":
            return model.modules["text_encoder"](tokens(prompt, 49407))[0], {}
        one = model.modules["text_encoder"](tokens(prompt, 49407), output_hidden_states=True)
        two = model.modules["text_encoder_2"](tokens(prompt, 0), output_hidden_states=True)
    hidden = torch.cat((one.hidden_states[-2], two.hidden_states[-2]), dim=-1)
    sizes = torch.tensor([[SIDE, SIDE, 0, 0, SIDE, SIDE]], dtype=torch.float32)
    return hidden, {"text_embeds": two.text_embeds, "time_ids": sizes}


def library_loss(model: Tiny, pixels: Tensor, prompt: Prompt, prediction: Prediction = "epsilon") -> float:
    """The loss of one picture in `STEP`, by the library's own networks and scheduler."""
    import diffusers

    scheduler = diffusers.DDPMScheduler(
        beta_start=SCHEDULE.first, beta_end=SCHEDULE.last, beta_schedule=SCHEDULE.kind, prediction_type=prediction
    )
    timestep = torch.tensor([STEP.timestep])
    colours = pixels[None].float() / 127.5 - 1
    with torch.no_grad():
        if model.file.plan.family == "pixel":
            latents, arguments = colours, {}
        else:
            latents = 0.18215 * model.modules["vae"].encode(colours).latent_dist.mean
            hidden, added = library_conditions(model, prompt)
            arguments = {"encoder_hidden_states": hidden, **({"added_cond_kwargs": added} if added else {})}
        made = -torch.from_numpy(noise(latents.shape[1:], STEP.timestep, STEP.number))[None]
        noisy = scheduler.add_noise(latents, made, timestep)
        target = made if prediction == "epsilon" else scheduler.get_velocity(latents, made, timestep)
        answer = model.modules["unet"](noisy, timestep, **arguments).sample
    return float((answer - target).double().square().mean())


@pytest.mark.parametrize("family", ["sd1", "sdxl", "pixel"])
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_losses_are_those_of_the_library(tmp_path: Path, family: Family, prediction: Prediction) -> None:
    model, pixels = tiny(tmp_path, family), some_pixels(3)
    prompts = PROMPTS if family != "pixel" else (EMPTY_PROMPT,)
    networks = load_networks(model.file, None, prompts)
    ours = Denoiser(networks, [STEP], choose_device("cpu"), prediction=prediction)
    found = ours.class_losses(ours.encoded(pixels), 0)
    theirs = [[library_loss(model, one, prompt, prediction) for prompt in prompts] for one in pixels]
    assert found.dtype == torch.float64
    assert found.tolist() == [pytest.approx(row, rel=1e-5) for row in theirs]
    if len(prompts) == 2:
        assert (found[:, 0] - found[:, 1]).abs().min() > 1e-4, "a prompt must have a say"


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_conditions_and_latents_are_those_of_the_library(tmp_path: Path, family: Family) -> None:
    model, pixels = tiny(tmp_path, family), some_pixels(2)
    networks = load_networks(model.file, None, PROMPTS)
    for number, prompt in enumerate(PROMPTS):
        hidden, added = library_conditions(model, prompt)
        given = networks.audited.conditions.arguments(torch.tensor([number]))
        assert torch.allclose(given["encoder_hidden_states"], hidden, atol=1e-5)
        for name, value in added.items():
            assert torch.allclose(given["added_cond_kwargs"][name], value, atol=1e-5)
    with torch.no_grad():
        latents = model.modules["vae"].encode(pixels.float() / 127.5 - 1).latent_dist.mean * 0.18215
    assert torch.allclose(denoiser(networks).encoded(pixels), latents, atol=1e-5)


def test_a_batch_may_be_cut_anywhere(tmp_path: Path) -> None:
    model = tiny(tmp_path, "sd1")
    ours = denoiser(load_networks(model.file, None, PROMPTS))
    pixels, labels = some_pixels(5), torch.tensor([0, 1, 1, 0, 1])
    whole = ours.losses(ours.encoded(pixels), labels, 1)
    for cut in (1, 2, 3):
        parts = zip(torch.split(pixels, cut), torch.split(labels, cut), strict=True)
        again = torch.cat([ours.losses(ours.encoded(part), some, 1) for part, some in parts])
        assert (again - whole).abs().max() < 1e-6


def test_a_difference_is_the_models_error_less_that_of_its_base(tmp_path: Path) -> None:
    audited, base = tiny(tmp_path / "a", "pixel", 1), tiny(tmp_path / "b", "pixel", 2)
    pixels, labels = some_pixels(3), torch.zeros(3, dtype=torch.int64)
    alone = [denoiser(load_networks(one.file, None, [EMPTY_PROMPT])) for one in (audited, base)]
    errors = [one.losses(one.encoded(pixels), labels, 0) for one in alone]
    both = denoiser(load_networks(audited.file, base.file, [EMPTY_PROMPT]))
    assert torch.equal(both.losses(both.encoded(pixels), labels, 0), errors[0] - errors[1])
    assert {one.loss_facts.kind for one in alone} == {"denoising error"}
    assert both.loss_facts.kind == "denoising difference"
    assert (alone[0].loss_facts.passes, both.loss_facts.passes, both.steps) == (4, 8, 4)


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_a_lora_without_effect_makes_no_difference(tmp_path: Path, family: Family) -> None:
    base = tiny(tmp_path / "b", family)
    lora = random_lora(tmp_path / "l", base, {"unet": [ATTENTION, "conv_in"]})
    same = denoiser(load_networks(base.file, base.file, PROMPTS))
    pixels, labels = some_pixels(3), torch.tensor([0, 1, 0])
    assert same.losses(same.encoded(pixels), labels, 2).tolist() == [0.0, 0.0, 0.0]
    networks = load_networks(lora, base.file, PROMPTS)
    changed = denoiser(networks)
    assert changed.losses(changed.encoded(pixels), labels, 2).abs().min() > 1e-6
    for name, buffer in networks.audited.unet.named_buffers():
        if name.endswith("up"):
            buffer.zero_()
    assert changed.losses(changed.encoded(pixels), labels, 2).tolist() == [0.0, 0.0, 0.0]


def test_all_steps_have_their_timestep_and_noise(tmp_path: Path) -> None:
    ours = denoiser(load_networks(tiny(tmp_path, "pixel").file, None, [EMPTY_PROMPT]))
    latents, labels = ours.encoded(some_pixels(2)), torch.zeros(2, dtype=torch.int64)
    losses = [ours.losses(latents, labels, step)[0].item() for step in range(ours.steps)]
    assert len(set(losses)) == ours.steps == len(FEW.timesteps) * 2


def test_what_the_engine_asks(tmp_path: Path) -> None:
    ours = denoiser(load_networks(tiny(tmp_path, "sd1").file, None, PROMPTS))
    assert (ours.classes, ours.class_passes) == (2, 8)
    assert ours.preprocessing.crop == (SIDE, SIDE)
    assert ours.preprocessing.mean == ours.preprocessing.std == (0.5, 0.5, 0.5)
    assert ours.device == torch.device("cpu")
    assert ours.threads == torch.get_num_threads()
    assert ours.can_try_threads
    ours.try_step(2)
    assert loss_scale(ours.loss_facts.kind, ours.classes).lowest == 0
    half = ours.at_precision("half")
    pixels, labels = some_pixels(2), torch.tensor([0, 1])
    assert half.precision == "half"
    assert torch.equal(half.encoded(pixels), ours.encoded(pixels)), "the autoencoder is always float32"
    near = half.losses(half.encoded(pixels), labels, 0), ours.losses(ours.encoded(pixels), labels, 0)
    assert 0 < (near[0] - near[1]).abs().max() < 0.05


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_errors_tell_the_prediction(tmp_path: Path, prediction: Prediction) -> None:
    """A network that answers well with one prediction has a smaller error with it."""
    model, pixels = tiny(tmp_path, "pixel"), some_pixels(4)
    networks = load_networks(model.file, None, [EMPTY_PROMPT])
    trial = PredictionTrial(networks, FEW.steps_of(SCHEDULE)[-1:], choose_device("cpu"))
    latents = trial.encoded(pixels)
    share = float(signal_shares(SCHEDULE)[500])
    added = -torch.from_numpy(noise((3, SIDE, SIDE), 500, 0))
    velocity = share**0.5 * added - (1 - share) ** 0.5 * latents
    right = added.expand_as(latents) if prediction == "epsilon" else velocity

    def answer(*_: object) -> object:
        return type("Answer", (), {"sample": 0.9 * right})()

    networks.audited.unet.forward = answer
    losses = trial.class_losses(latents, 0)
    assert losses.shape == (4, 2)
    assert likelier_prediction(losses.numpy()) == prediction
    assert torch.equal(trial.losses(latents, torch.tensor([1, 0, 1, 0]), 0), losses[range(4), [1, 0, 1, 0]])
    assert (trial.steps, trial.loss_facts.passes, trial.classes) == (1, 1, 2)


def test_batches_fit_into_a_gigabyte(tmp_path: Path) -> None:
    networks = load_networks(tiny(tmp_path, "sd1").file, None, PROMPTS)
    assert denoiser(networks).first_batch == 256


def test_impossible_requests(tmp_path: Path) -> None:
    pixel, latent = tiny(tmp_path / "p", "pixel"), tiny(tmp_path / "s", "sd1")
    with pytest.raises(UsageError, match="takes no text"):
        load_networks(pixel.file, None, [CAT])
    with pytest.raises(UsageError, match="one prompt at least"):
        load_networks(pixel.file, None, [])
    with pytest.raises(UsageError, match="another family"):
        load_networks(latent.file, pixel.file, [EMPTY_PROMPT])
    with pytest.raises(UsageError, match="multiple of 4 pixels"):
        load_networks(latent.file, None, [EMPTY_PROMPT], side=30)
    with pytest.raises(UsageError, match="knows 49,408 tokens"):
        load_networks(latent.file, None, [Prompt("?", (50000,))])
    with pytest.raises(UsageError, match="tried once at least"):
        Denoiser(load_networks(pixel.file, None, [EMPTY_PROMPT]), [], choose_device("cpu"))
    lora = random_lora(tmp_path / "l", latent, {"unet": [ATTENTION]})
    with pytest.raises(UsageError, match="name the file of its base"):
        load_networks(lora, None, [EMPTY_PROMPT])


def test_a_model_is_tried_with_pictures_of_another_size(tmp_path: Path) -> None:
    ours = denoiser(load_networks(tiny(tmp_path, "sd1").file, None, [EMPTY_PROMPT], side=48))
    latents = ours.encoded(some_pixels(2, 48))
    assert latents.shape == (2, 4, 24, 24)
    assert np.isfinite(ours.losses(latents, torch.zeros(2, dtype=torch.int64), 0).numpy()).all()
