"""Networks are built from settings and tensors alone, offline, and refused if anything is missing."""

import dataclasses
import importlib.util
import os
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import torch

from mtgui.auditing.diffusion.network_building import build_network
from mtgui.auditing.diffusion.networks import ModelFile
from mtgui.auditing.diffusion.plans import NetworkPlan, Role, WeightPart
from mtgui.reading.errors import ModelError
from tests.auditing.diffusion.tiny_pipelines import tiny
from tests.auditing.tiny_networks import tensor_file

pytest.importorskip("diffusers")
pytest.importorskip("transformers")


def built(file: ModelFile, plan: NetworkPlan) -> torch.nn.Module:
    return build_network(plan, "a tiny model", file.tensors, file.path)


def changed(file: ModelFile, role: Role, name: str, part: WeightPart | None) -> NetworkPlan:
    plan = file.plan.networks[role]
    weights = {key: value for key, value in plan.weights.items() if key != name}
    return dataclasses.replace(plan, weights=weights if part is None else {**weights, name: part})


def test_weights_are_those_of_the_file(tmp_path: Path) -> None:
    model = tiny(tmp_path, "sdxl")
    for role, plan in model.file.plan.networks.items():
        network, theirs = built(model.file, plan), model.modules[role].state_dict()
        assert not network.training
        for name, weight in network.state_dict().items():
            assert torch.equal(weight, theirs[name])
            assert weight.dtype == torch.float32
            assert not weight.requires_grad


def test_of_an_autoencoder_only_the_encoding_half_is_kept(tmp_path: Path) -> None:
    model = tiny(tmp_path, "sd1")
    names = built(model.file, model.file.plan.networks["vae"]).state_dict()
    assert {name.partition(".")[0] for name in names} == {"encoder", "quant_conv"}


def test_weights_may_be_stretches_transposed_and_half_as_long(tmp_path: Path) -> None:
    """A file may hold the matrices of an attention as one, transposed, in float16, as original files do."""
    model = tiny(tmp_path, "sd1")
    plan, state = model.file.plan.networks["unet"], model.modules["unet"].state_dict()
    stem = "down_blocks.1.attentions.0.transformer_blocks.0.attn1"
    queries, keys = state[f"{stem}.to_q.weight"], state[f"{stem}.to_k.weight"]
    kernel = state["conv_in.weight"]
    rest = {f"unet.{name}": weight for name, weight in state.items()}
    extra = {"qk": torch.cat((queries.T, keys.T)).half(), "flat": kernel.flatten(1).clone()}
    (tmp_path / "other").mkdir()
    file = dataclasses.replace(model.file, tensors=tensor_file(tmp_path / "other", {**rest, **extra}))
    rows = len(queries)
    weights = {
        **plan.weights,
        f"{stem}.to_q.weight": WeightPart("qk", (rows, rows), 0, rows, is_transposed=True),
        f"{stem}.to_k.weight": WeightPart("qk", (rows, rows), rows, rows, is_transposed=True),
        "conv_in.weight": WeightPart("flat", tuple(kernel.shape)),
    }
    network = built(file, dataclasses.replace(plan, weights=weights)).state_dict()
    assert torch.equal(network[f"{stem}.to_q.weight"], queries.half().float())
    assert torch.equal(network[f"{stem}.to_k.weight"], keys.half().float())
    assert torch.equal(network["conv_in.weight"], kernel)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    model = tiny(tmp_path, "sd1")
    shape = model.modules["unet"].conv_in.weight.shape
    for part, reason in (
        (None, "lacks the weight “conv_in.weight”"),
        (WeightPart("nowhere", tuple(shape)), "lacks the tensor “nowhere”"),
        (WeightPart("unet.conv_in.bias", tuple(shape)), "has the shape"),
        (WeightPart("unet.conv_in.weight", (shape[1], shape[0], *shape[2:])), "has the shape"),
        (WeightPart("unet.conv_in.weight", tuple(shape), 1, None), "has the shape"),
    ):
        with pytest.raises(ModelError, match=reason):
            built(model.file, changed(model.file, "unet", "conv_in.weight", part))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = tiny(tmp_path, "pixel")
    state = {f"unet.{name}": weight.clone() for name, weight in model.modules["unet"].state_dict().items()}
    state["unet.conv_in.bias"][0] = float("nan")
    (tmp_path / "other").mkdir()
    file = dataclasses.replace(model.file, tensors=tensor_file(tmp_path / "other", state))
    with pytest.raises(ModelError, match=r"no numbers \(NaN\)"):
        built(file, file.plan.networks["unet"])


def test_a_class_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    model = tiny(tmp_path, "pixel")
    with pytest.raises(ModelError, match="knows no network “StableDiffusionPipeline”"):
        built(model.file, dataclasses.replace(model.file.plan.networks["unet"], kind="StableDiffusionPipeline"))


def test_settings_that_the_library_refuses_become_one_sentence(tmp_path: Path) -> None:
    model = tiny(tmp_path, "pixel")
    plan = model.file.plan.networks["unet"]
    for settings in ({"up_block_types": ("UpBlock2D",)}, {"nonsense": 1}):
        with pytest.raises(ModelError, match="the library cannot build its unet"):
            built(model.file, dataclasses.replace(plan, settings={**plan.settings, **settings}))


def test_the_environment_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    model = tiny(tmp_path, "pixel")
    built(model.file, model.file.plan.networks["unet"])
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    assert "HF_HUB_DISABLE_TELEMETRY" not in os.environ


def test_without_the_library_the_sentence_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny(tmp_path, "pixel")
    real = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "diffusers" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)
    with pytest.raises(ModelError, match="it is a tiny model, which diffusers must build") as said:
        built(model.file, model.file.plan.networks["unet"])
    assert 'pip install "mtgui[diffusion]"' in str(said.value)
