"""timm's models from a hub folder and by hand; names from a file never send it to the network or the disk."""

import argparse
import importlib
import importlib.util
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from mtgui.auditing.architectures.recognise import RecognitionError, recognise, resolve_names
from mtgui.common.errors import UsageError
from mtgui.reading.hints import SettingError
from mtgui.reading.reader import inspect_model
from tests.auditing.hub_helpers import difference, loaded, recognised, scrambled, write_folder

pytestmark = pytest.mark.skipif(importlib.util.find_spec("timm") is None, reason="timm is not installed")

TORCHVISION = [f"torchvision/resnet18{ending}" for ending in ("", "-unpooled", "-32")]
"""What torchvision has with the names and shapes of ResNet-18."""
CONFIG = {
    "architecture": "vit_tiny_patch16_224",
    "num_classes": 7,
    "pretrained_cfg": {"input_size": [3, 32, 32], "crop_pct": 0.8, "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5]},
    "model_args": {"img_size": 32, "depth": 1},
}


def made(name: str, **arguments: Any) -> Any:
    import timm

    return scrambled(timm.create_model(name, pretrained=False, num_classes=7, **arguments))


def test_a_hub_folder(tmp_path: Path) -> None:
    reference = made("vit_tiny_patch16_224", img_size=32, depth=1)
    found, network = loaded(write_folder(tmp_path / "m", reference.state_dict(), CONFIG), tmp_path / "out")
    assert (found.best.architecture, found.best.classes) == ("timm/vit_tiny_patch16_224", 7)
    assert (found.preprocessing.resize, found.preprocessing.crop) == (40, (32, 32))
    assert (found.preprocessing.interpolation, found.origins.crop) == ("bicubic", "config.json")
    assert difference(reference, network, 32) < 1e-6


def test_a_network_with_tables_of_its_own(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"img_size": 64, "embed_dim": 12, "depths": (1, 1, 2, 1), "window_size": 2}
    reference = made("swin_tiny_patch4_window7_224", **arguments)
    config = {"architecture": "swin_tiny_patch4_window7_224", "model_args": arguments}
    found, network = loaded(write_folder(tmp_path / "m", reference.state_dict(), config), tmp_path / "out")
    assert found.preprocessing.std == (0.229, 0.224, 0.225)
    assert difference(reference, network, 64) < 1e-6


def test_by_hand(tmp_path: Path) -> None:
    write_folder(tmp_path / "m", made("mobilenetv3_small_050").state_dict())
    with pytest.raises(RecognitionError):
        recognised(tmp_path / "m")
    found = recognised(tmp_path / "m", "timm/mobilenetv3_small_050")
    assert (found.best.title, found.best.classes) == ("mobilenetv3_small_050 (timm)", 7)
    assert found.origins.normalisation == "timm’s description of mobilenetv3_small_050"


def test_the_file_is_believed_where_torchvision_fits_too(tmp_path: Path) -> None:
    found = recognised(write_folder(tmp_path, made("resnet18").state_dict(), {"architecture": "resnet18"}))
    assert [candidate.match.architecture for candidate in found.candidates] == ["timm/resnet18"]
    assert [match.architecture for match in found.others] == TORCHVISION


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("timm/resnet1", "timm has no model called “resnet1”; did you mean timm/resnet"),
        ("timm/hf-hub:evil/model", "timm has no model called"),
        ("timm/local-dir:/etc", "timm has no model called"),
        ("timm/../x", "timm has no model called"),
        ("timm/", "timm has no model called"),
    ],
)
def test_names_that_timm_does_not_have(tmp_path: Path, name: str, message: str) -> None:
    write_folder(tmp_path, made("resnet18").state_dict())
    with pytest.raises(UsageError, match=message):
        recognised(tmp_path, name)


@pytest.mark.parametrize("name", ["hf-hub:evil/model", "hf_hub:evil/model", "local-dir:/etc", "", "../x", "x" * 300])
def test_names_in_a_file_that_would_lead_elsewhere_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        place = f"http://127.0.0.1:{server.getsockname()[1]}"
        for variable in ("HF_ENDPOINT", "http_proxy", "https_proxy"):
            monkeypatch.setenv(variable, place)
        write_folder(tmp_path, made("vit_tiny_patch16_224", depth=1).state_dict(), {"architecture": name})
        with pytest.raises(RecognitionError):
            recognised(tmp_path)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"in_chans": 1}, "“in_chans” = “1”, which mtgui does not allow a file to say"),
        ({"act_layer": "os.system"}, "“act_layer” = “os.system”, which mtgui does not allow a file to say"),
        ({"norm_layer": "groupnorm"}, "“norm_layer” = “groupnorm”, which mtgui does not allow a file to say"),
        ({"depth": [[1]]}, "“depth” = “…”, which mtgui does not allow a file to say"),
        ({"checkpoint_path": "/etc/passwd"}, "does not allow a file to say"),
        ({"pretrained_cfg": "resnet50"}, "does not allow a file to say"),
        ({"img_size": 1 << 30}, "does not allow a file to say"),
        ({"img_size": "large"}, "timm cannot build “vit_tiny_patch16_224”"),
        ({"img_size": -4}, "timm cannot build|are not those|fit no architecture"),
    ],
)
def test_arguments_in_a_file(tmp_path: Path, arguments: Any, message: str) -> None:
    state = made("vit_tiny_patch16_224", img_size=32, depth=1).state_dict()
    write_folder(tmp_path, state, {**CONFIG, "model_args": {"depth": 1, **arguments}})
    with pytest.raises((SettingError, RecognitionError), match=message) as caught:
        recognised(tmp_path)
    assert str(caught.value).isprintable()


def test_arguments_that_change_nothing_are_taken(tmp_path: Path) -> None:
    reference = made("vit_tiny_patch16_224", img_size=32, depth=1)
    training = {"drop_rate": 0.3, "drop_path_rate": 0.2, "attn_drop_rate": 0.1, "patch_drop_rate": 0.5}
    more = {
        "drop_path": 0.1,
        "scriptable": False,
        "exportable": True,
        "in_chans": 3,
        "num_classes": 7,
        "pretrained": True,
        "weight_init": "jax",
        **training,
    }
    config = {**CONFIG, "model_args": {"img_size": 32, "depth": 1, **more}}
    found, network = loaded(write_folder(tmp_path / "m", reference.state_dict(), config), tmp_path / "out")
    assert dict(found.best.options["arguments"]) == {"img_size": 32, "depth": 1}
    assert difference(reference, network, 32) < 1e-6


def test_the_choice_by_hand_has_precedence_over_the_settings(tmp_path: Path) -> None:
    reference = made("mobilenetv3_small_050")
    config = {**CONFIG, "model_args": {"img_size": 32, "depth": 1, "norm_layer": "x"}}
    write_folder(tmp_path / "m", reference.state_dict(), config)
    found, network = loaded(tmp_path / "m", tmp_path / "out", "timm/mobilenetv3_small_050")
    assert [note for note in found.notes if "“norm_layer” = “x”, which was not followed" in note]
    assert difference(reference, network, 32) < 1e-6


@pytest.mark.parametrize("chosen", [None, "timm/resnet18.a1_in1k", "resnet18", "torchvision/resnet18"])
@pytest.mark.parametrize("argument", [("norm_layer", "groupnorm"), ("bn_eps", 0.1), ("output_stride", 16)])
def test_what_changes_the_answers_is_never_left_out(
    tmp_path: Path, chosen: str | None, argument: tuple[str, object]
) -> None:
    config = {"architecture": "resnet18", "model_args": dict([argument])}
    write_folder(tmp_path, made("resnet18").state_dict(), config)
    with pytest.raises(SettingError, match=f"“{argument[0]}” = .*--architecture-file net.py:factory"):
        recognised(tmp_path, chosen)


def test_the_activation_is_followed(tmp_path: Path) -> None:
    reference = made("resnet18", act_layer="gelu")
    folder = write_folder(
        tmp_path / "m",
        reference.state_dict(),
        {"architecture": "resnet18", "model_args": {"act_layer": "gelu", "global_pool": "avg"}},
    )
    found, network = loaded(folder, tmp_path / "out")
    assert found.best.architecture == "timm/resnet18"
    assert difference(reference, network, 32) < 1e-6
    with pytest.raises(SettingError, match="activation “gelu”, which torchvision/resnet18 may not have; choose timm/"):
        recognised(folder, "torchvision/resnet18")


def checkpoint(network: Any, folder: Path, **arguments: Any) -> Path:
    """Write what timm's training script writes, by timm's own saver, and return the file."""
    given: dict[str, Any] = {
        "in_chans": None,
        "gp": None,
        "bn_eps": None,
        "bn_tf": False,
        "model_kwargs": {},
        "img_size": None,
    }
    given |= {"interpolation": "", "mean": None, "std": None, "crop_pct": None, "drop": 0.1, "class_map": ""}
    folder.mkdir()
    saver = importlib.import_module("timm.utils").CheckpointSaver(
        model=network,
        optimizer=torch.optim.SGD(network.parameters(), 0.1, momentum=0.9),
        args=argparse.Namespace(num_classes=7, **{**given, **arguments}),
        checkpoint_dir=str(folder),
        recovery_dir=str(folder),
    )
    saver.save_checkpoint(3, 0.5)
    return folder / "model_best.pth.tar"


def test_the_arguments_in_a_checkpoint_of_timms_script(tmp_path: Path) -> None:
    reference = made("vit_tiny_patch16_224", img_size=32, depth=1, act_layer="relu")
    more = {"img_size": 32, "mean": [0.4, 0.5, 0.6], "std": [0.2], "crop_pct": 0.8, "interpolation": "bilinear"}
    kwargs = {"img_size": 32, "depth": 1, "act_layer": "relu"}
    file = checkpoint(reference, tmp_path / "m", model="vit_tiny_patch16_224", model_kwargs=kwargs, gp="token", **more)
    found, network = loaded(file, tmp_path / "out")
    assert (found.best.architecture, found.best.classes) == ("timm/vit_tiny_patch16_224", 7)
    assert found.best.sureness.endswith("The checkpoint itself names the architecture.")
    assert (found.preprocessing.resize, found.preprocessing.crop) == (40, (32, 32))
    assert (found.preprocessing.interpolation, found.preprocessing.mean) == ("bilinear", (0.4, 0.5, 0.6))
    assert found.origins.crop == "args in the checkpoint"
    assert difference(reference, network, 32) < 1e-6
    assert recognised(tmp_path / "m" / "checkpoint-3.pth.tar", "vit_tiny_patch16_224").best.is_exact


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"bn_eps": 0.1}, "“args” in the checkpoint builds the network with “bn_eps” = “0.1”"),
        ({"bn_tf": True}, "“bn_tf” = “True”"),
        ({"model_kwargs": {"norm_layer": "x"}}, "“norm_layer” = “x”"),
        ({"model_kwargs": {"depth": object()}}, "“depth” = “…”"),
        ({"in_chans": 1}, "“in_chans” = “1”"),
        ({"crop_pct": "much"}, "“args” in the checkpoint says “pretrained_cfg.crop_pct” is “much”, which is no number"),
    ],
)
def test_arguments_in_a_checkpoint_that_are_not_followed(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    file = checkpoint(made("resnet18"), tmp_path / "m", model="resnet18", **more)
    with pytest.raises(SettingError, match=said):
        recognised(file)


def test_pooling_named_in_a_checkpoint(tmp_path: Path) -> None:
    reference = made("resnet18", global_pool="max")
    file = checkpoint(reference, tmp_path / "m", model="resnet18", gp="max")
    _, network = loaded(file, tmp_path / "out")
    assert difference(reference, network, 32) < 1e-6


def test_a_network_without_classes(tmp_path: Path) -> None:
    config = {"architecture": "mobilenetv3_small_050", "num_classes": 0}
    import timm

    network = timm.create_model("mobilenetv3_small_050", num_classes=0)
    with pytest.raises(SettingError, match="the model has no classes: it describes pictures by features"):
        recognised(write_folder(tmp_path, network.state_dict(), config))


def test_another_network_is_chosen_by_hand(tmp_path: Path) -> None:
    config = {**CONFIG, "model_args": {"img_size": 32, "norm_layer": "x"}}
    write_folder(tmp_path, made("mobilenetv3_small_050").state_dict(), config)
    found = recognised(tmp_path, "timm/mobilenetv3_small_050")
    assert (found.best.architecture, dict(found.best.options["arguments"])) == ("timm/mobilenetv3_small_050", {})
    write_folder(tmp_path, made("resnet18").state_dict(), config)
    assert recognised(tmp_path, "torchvision/resnet18").best.architecture == "torchvision/resnet18"


@pytest.mark.parametrize("more", [{"version": 2}, {}])
def test_the_name_in_a_training_checkpoint(tmp_path: Path, more: dict[str, int]) -> None:
    state = made("mobilenetv3_small_050").state_dict()
    torch.save({"epoch": 3, "arch": "mobilenetv3_small_050", "state_dict": state, **more}, tmp_path / "m.pth.tar")
    found = recognised(tmp_path / "m.pth.tar")
    assert (found.best.architecture, found.best.classes) == ("timm/mobilenetv3_small_050", 7)
    assert "The checkpoint itself names the architecture." in found.best.sureness


@pytest.mark.parametrize(
    ("more", "fitting"),
    [({"version": 2}, ["timm/resnet18", *TORCHVISION]), ({}, TORCHVISION)],
)
def test_a_checkpoint_is_timms_where_timms_own_script_wrote_it(
    tmp_path: Path, more: dict[str, int], fitting: list[str]
) -> None:
    torch.save(
        {"epoch": 3, "arch": "resnet18", "state_dict": made("resnet18").state_dict(), **more}, tmp_path / "m.pth"
    )
    assert [match.architecture for match in recognised(tmp_path / "m.pth").matches] == fitting


@pytest.mark.parametrize("name", ["hf-hub:evil/model", "local-dir:/etc", "../x", "visiontransformer", "", "x" * 300, 7])
def test_a_name_in_a_checkpoint_that_is_no_model_is_not_followed(tmp_path: Path, name: object) -> None:
    state = made("mobilenetv3_small_050").state_dict()
    torch.save({"epoch": 3, "arch": name, "state_dict": state, "version": 2}, tmp_path / "m.pth")
    with pytest.raises(RecognitionError, match="no architecture that mtgui knows"):
        recognised(tmp_path / "m.pth")


@pytest.mark.parametrize(("name", "fitting"), [("resnetaa50", "timm"), ("resnet50", "torchvision")])
def test_of_two_networks_with_the_same_tensors_the_named_one_is_taken(tmp_path: Path, name: str, fitting: str) -> None:
    torch.save({"epoch": 3, "arch": name, "state_dict": made(name).state_dict()}, tmp_path / "m.pth")
    found = recognised(tmp_path / "m.pth")
    assert found.best.architecture == f"{fitting}/{name}"
    assert not [note for note in found.notes if "calls its network" in note]


@pytest.mark.parametrize(
    ("name", "said"),
    [("resnet18_of_tomorrow", "does not know that name; update it"), ("resnet34", "its tensors are not those of that")],
)
def test_no_other_network_is_taken_for_one_that_timm_cannot_build(tmp_path: Path, name: str, said: str) -> None:
    write_folder(tmp_path, made("resnet18").state_dict(), {"architecture": name})
    with pytest.raises(RecognitionError, match=f"“{name}” of the timm library, but .*{said}.*--architecture torchvis"):
        recognised(tmp_path)
    assert recognised(tmp_path, "torchvision/resnet18").best.architecture == "torchvision/resnet18"


def test_many_parts_are_compared_with_one_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import timm

    built, create = [], timm.create_model

    def counted(name: str, **arguments: Any) -> Any:
        built.append(name)
        return create(name, **arguments)

    state = {f"part{number}.layer{n}.weight": torch.zeros(3) for number in range(15) for n in range(4)}
    torch.save({"epoch": 3, "arch": "resnet26t", "version": 2, "state_dict": state}, tmp_path / "m.pth")
    monkeypatch.setattr(timm, "create_model", counted)
    with pytest.raises(RecognitionError, match=r"fit no architecture|the names of no architecture"):
        recognised(tmp_path / "m.pth")
    assert built == ["resnet26t"]


def test_a_name_without_its_family_is_timms_where_no_other_has_it(tmp_path: Path) -> None:
    write_folder(tmp_path, made("mobilenetv3_small_050").state_dict())
    assert recognised(tmp_path, "MobileNetV3_small_050").best.architecture == "timm/mobilenetv3_small_050"
    assert resolve_names("resnet18") == ("torchvision/resnet18", "cifar/resnet18")


def test_without_timm_the_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    write_folder(tmp_path, made("mobilenetv3_small_050").state_dict(), {"architecture": "mobilenetv3_small_050"})
    code = (
        f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}\n"
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'timm' else real(name, *rest)\n"
        "from mtgui.cli.main import run; print(run(['inspect', sys.argv[1], '--json']));"
        "print(run(['inspect', sys.argv[1], '--architecture', 'timm/resnet18'])); print('timm' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, encoding="utf-8", cwd=tmp_path, check=True
    )
    first, *rest = ended.stdout.splitlines()
    assert 'not installed; to read it: pip install "mtgui[timm]"' in json.loads(first)["not_recognised"]
    assert rest == ["0", "2", "False"]
    assert 'built by timm, which is not installed: pip install "mtgui[timm]"' in ended.stderr


def test_timm_and_torch_are_imported_only_when_asked_for(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}; "
        "import mtgui.auditing.architectures.recognise; "
        "print([m for m in ('timm', 'torch', 'huggingface_hub') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=True).stdout == "[]\n"


def test_without_hints_nothing_is_asked_of_timm(tmp_path: Path) -> None:
    write_folder(tmp_path, made("resnet18").state_dict(), {"architecture": "resnet18"})
    assert recognise(inspect_model(tmp_path)).best.architecture == "torchvision/resnet18"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depths": [16_384] * 4}, "there are only 69 tensors"),
        ({"img_size": 1024, "window_size": 256, "embed_dim": 12, "depths": [1, 1, 1, 1]}, "asks for tables of"),
    ],
)
def test_settings_that_would_take_too_much_are_refused_before_anything_is_built(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    reference = made("swin_tiny_patch4_window7_224", img_size=64, embed_dim=12, depths=(1, 1, 1, 1), window_size=2)
    config = {"architecture": "swin_tiny_patch4_window7_224", "model_args": arguments}
    folder = write_folder(tmp_path / "m", reference.state_dict(), config)
    with pytest.raises(SettingError, match=message):
        recognised(folder)


@pytest.mark.parametrize(("side", "resize"), [(160, 168), (384, 404)])
def test_the_share_of_the_crop_is_timms_where_only_a_size_is_stated(tmp_path: Path, side: int, resize: int) -> None:
    import timm

    network = timm.create_model("resnet50", pretrained=False, num_classes=7)
    config = {"architecture": "resnet50", "pretrained_cfg": {"input_size": [3, side, side]}}
    found = recognised(write_folder(tmp_path / "m", network.state_dict(), config))
    assert (found.preprocessing.resize, found.preprocessing.crop) == (resize, (side, side))
