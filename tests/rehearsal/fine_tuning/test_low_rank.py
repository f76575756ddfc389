"""Low-rank changes that learn, and the files of LoRAs that are made of them."""

from pathlib import Path

import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

import torch
from torch import nn

from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT
from mtgui.auditing.diffusion.network_building import new_pixel_network
from mtgui.auditing.diffusion.networks import load_networks
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.low_rank import add_changes, layers_in, learning_weights, read_lora, save_lora
from mtgui.rehearsal.fine_tuning.pixel_network import network_settings, read_model, save_model, trainable

SETTINGS = network_settings(16, 8)


def answer(network: nn.Module) -> torch.Tensor:
    noisy = torch.randn((2, 3, 16, 16), generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        found: torch.Tensor = network.eval()(noisy, torch.tensor(300)).sample
    return found


def test_a_new_change_changes_nothing_and_its_layers_learn_no_more() -> None:
    network = new_pixel_network(SETTINGS, 1)
    before = answer(network)
    changes = add_changes(network, 2, torch.Generator().manual_seed(0))
    assert torch.equal(answer(network), before)
    assert [one for one in network.parameters() if one.requires_grad] == learning_weights(changes)


def test_networks_of_one_seed_are_equal_and_of_another_are_not() -> None:
    torch.manual_seed(9)
    before = torch.random.get_rng_state()
    first = answer(new_pixel_network(SETTINGS, 1))
    assert torch.equal(first, answer(new_pixel_network(SETTINGS, 1)))
    assert not torch.equal(first, answer(new_pixel_network(SETTINGS, 2)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_an_audit_sees_the_network_as_it_was_trained(tmp_path: Path) -> None:
    base = tmp_path / "base" / "base.safetensors"
    save_model(base, new_pixel_network(SETTINGS, 1), SETTINGS, {})
    network = trainable(base, SETTINGS)
    plain = answer(network)
    changes = add_changes(network, 2, torch.Generator().manual_seed(0))
    learner = DenoisingSteps(network, learning_weights(changes), 1e-2, 3)
    pixels = torch.randint(0, 256, (4, 3, 16, 16), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    for _ in range(3):
        learner.learn(pixels)
    learned = answer(network)
    assert float((learned - plain).abs().max()) > 0.01
    path = tmp_path / "lora.safetensors"
    save_lora(path, changes, {"ss_epoch": "3"})
    assert layers_in(path) == list(changes)
    networks = load_networks(read_lora(path, changes, 2), read_model(base, SETTINGS), [EMPTY_PROMPT])
    switch = networks.audited.switch
    assert switch is not None
    assert torch.allclose(answer(networks.audited.unet), plain, atol=1e-6)
    switch.is_on = True
    assert torch.allclose(answer(networks.audited.unet), learned, atol=1e-5)


def test_only_the_chance_of_the_seed_decides_what_is_learned() -> None:
    pixels = torch.randint(0, 256, (4, 3, 16, 16), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    losses = []
    for seed in (3, 3, 4):
        network = new_pixel_network(SETTINGS, 1)
        losses.append(float(DenoisingSteps(network, network.parameters(), 1e-3, seed).learn(pixels)))
    assert losses[0] == losses[1] != losses[2]
