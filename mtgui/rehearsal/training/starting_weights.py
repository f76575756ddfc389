"""Loads a network for further training from any classifier file, as the audit does, without running its code."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.network_loading import build_model, load_weights
from mtgui.auditing.architectures.recognise import recognise
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name
from mtgui.common.hashing import sha256_file
from mtgui.common.private_folders import private_folder
from mtgui.reading.errors import ModelError
from mtgui.reading.reader import read_model
from mtgui.reading.tensors import TensorFile
from mtgui.rehearsal.training.small_networks import MEAN, STD, Network, logits_in, make_network

_UNRECOGNISED = ("fast",)


def network_from(
    path: Path, classes: int, side: int, seed: int, *, network: str | None = None, control: Control | None = None
) -> Network:
    """Return the classifier in the file at ``path``, ready to be trained on ``classes`` of ``side``-pixel pictures.

    network: name of a rehearsal's own network that the file must hold; None allows all networks that the audit
    recognises, and a rehearsal's own. The last layer is kept if it has the right number of classes, else replaced by a
    random one from ``seed``. Raises UsageError if the file does not hold ``network``, or the network does not take
    pictures of that size; ModelError, RecognitionError, StorageError, CancelledError.
    """
    with private_folder("model") as folder:
        facts, tensors = read_model(path, folder, control=control)
        found = _own_network(tensors, path, (network,) if network else _UNRECOGNISED)
        if found is None and network is not None:
            raise UsageError(
                f"{readable_name(path)} does not hold the network “{network}”. Leave --network out, and the file says "
                "which one it holds."
            )
        if found is None:
            hints = collect_hints(path, "" if path.is_dir() else sha256_file(path), None, facts.hints)
            recognition = recognise(facts, hints)
            preprocessing = recognition.preprocessing
            if preprocessing.channels != "RGB":
                raise ModelError(path, "it wants blue before red, which a rehearsal does not give; choose another")
            module = build_model(recognition.best, tensors, path)
            found = Network(module, preprocessing.mean, preprocessing.std), recognition.best.classes
    own, before = found
    if before != classes:
        _draw_last_layer(own.module, before, classes, seed, path)
    own.module.requires_grad_(True)
    _check_size(own.module, side, path)
    return own


def _own_network(tensors: TensorFile, path: Path, names: tuple[str, ...]) -> tuple[Network, int] | None:
    """Return the rehearsal's own network among ``names`` to which ``tensors`` belong, and its number of classes."""
    for name in names:
        blank = make_network(name, 1, 0)
        last = f"{list(_last_layers(blank, 1))[-1][0]}.weight"
        if set(blank.state_dict()) != set(tensors.places) or len(tensors.places[last].shape) != 2:
            continue
        classes = tensors.places[last].shape[0]
        match = Match(
            architecture=f"rehearsal/{name}",
            title=f"the network “{name}”",
            options={},
            classes=classes,
            preprocessing=Preprocessing(resize=None, crop=(32, 32), mean=MEAN, std=STD),
            preprocessing_origin="default of a rehearsal",
            sureness="its tensors have the names of that network",
        )
        return Network(load_weights(make_network(name, classes, 0), match, tensors, path)), classes
    return None


def _last_layers(module: nn.Module, classes: int) -> Iterator[tuple[str, nn.Linear | nn.Conv2d]]:
    """Yield the layers that may give the logits, in order, without auxiliary ones."""
    for name, layer in module.named_modules():
        if not isinstance(layer, nn.Linear | nn.Conv2d) or name.lower().startswith("aux"):
            continue
        if classes == (layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels):
            yield name, layer


def _draw_last_layer(module: nn.Module, before: int, classes: int, seed: int, path: Path) -> None:
    found = list(_last_layers(module, before))
    if not found:
        raise ModelError(path, "its last layer was not found, so it cannot learn other classes; choose another")
    name, layer = found[-1]
    parent, _, own = name.rpartition(".")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh: nn.Module
        if isinstance(layer, nn.Linear):
            fresh = nn.Linear(layer.in_features, classes, bias=layer.bias is not None)
        else:
            fresh = nn.Conv2d(layer.in_channels, classes, 1, bias=layer.bias is not None)
    setattr(module.get_submodule(parent), own, fresh)


def _check_size(module: nn.Module, side: int, path: Path) -> None:
    try:
        with torch.inference_mode():
            logits_in(module.eval()(torch.zeros(2, 3, side, side)))
    except Exception as error:
        raise UsageError(
            f"The model in {readable_name(path)} does not take pictures of {side} × {side} pixels. Try the size it was "
            "made for, with --side 224."
        ) from error
