"""Builds a network with a person's own Python file; this is the only place that runs foreign code."""

import contextlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from mtgui.auditing.architectures.match import Candidate, Match, ModelHints, Recognition
from mtgui.auditing.architectures.network_loading import load_weights
from mtgui.auditing.architectures.preprocessing_choice import resolve
from mtgui.auditing.architectures.recognise import RecognitionError, class_names, faults_in_words
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE
from mtgui.auditing.architectures.tensor_layouts import Leaf, by_name, compare
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError, printable, readable_name
from mtgui.common.hashing import sha256_file
from mtgui.reading.errors import ONE_NUMBER, TWO_NUMBERS, quoted
from mtgui.reading.facts import ModelFacts
from mtgui.reading.tensors import TensorFile

_CLASSES = ("num_classes", "classes", "n_classes", "num_labels")
_DEFAULT_ORIGIN = "mtgui’s default, for want of a better one"
_LONGEST = 300


def build_from_file(
    place: str, facts: ModelFacts, hints: ModelHints, tensors: TensorFile, path: Path, *, is_trusted: bool
) -> tuple[Recognition, nn.Module]:
    """Run the function at ``place``, FILE.py:FUNCTION, and return its network with the weights of the file at ``path``.

    The network is in the state that `build_model` returns. Raises UsageError unless ``is_trusted``, and if the function
    fails; RecognitionError if the weights do not fit.
    """
    if not is_trusted:
        raise UsageError(
            "Building a network from a Python file runs that file, and it can do everything that you can. Add "
            "--trust-code if you trust its author."
        )
    file, function = _load_function(place)
    guess = facts.guessed_classes
    network = _call(function, file, 0 if guess is None else guess[0])
    title = f"the network that {readable_name(file)} builds"
    fit = compare(
        by_name(facts.tensors),
        {name: Leaf(tuple(t.shape), not t.is_floating_point()) for name, t in network.state_dict().items()},
    )
    match = Match(
        architecture=f"file/{printable(file.name)}:{function.__name__}",
        title=title,
        options={"file_sha256": sha256_file(file)},
        classes=0,
        preprocessing=Preprocessing(),
        preprocessing_origin=_DEFAULT_ORIGIN,
        sureness=f"All {len(facts.tensors):,} names and shapes fit {title}. {SHAPES_PROVE_LITTLE}",
        missing=fit.missing,
        unexpected=fit.unexpected,
        misshapen=fit.misshapen,
    )
    if not match.is_exact:
        raise RecognitionError(
            path, f"its {len(facts.tensors):,} tensors are not those of {title}: {faults_in_words(match)}"
        )
    network = load_weights(network.float(), match, tensors, path)
    preprocessing, origins = resolve(match.preprocessing, match.preprocessing_origin, hints.preprocessing)
    classes = _count_classes(network, preprocessing, file)
    names, names_origin, notes = class_names([match.family], classes, hints)
    match = Match(**{**vars(match), "classes": classes})
    recognition = Recognition(
        candidates=(Candidate(match, preprocessing, origins),),
        class_names=names,
        class_names_origin=names_origin,
        file_notes=(*hints.notes, *notes),
    )
    return recognition, network


def _load_function(place: str) -> tuple[Path, Callable[..., object]]:
    """Run the file that ``place`` names and return it with its function. Raises UsageError."""
    name, _, wanted = place.rpartition(":")
    file = Path(name)
    if not name or not wanted.isidentifier():
        raise UsageError(f"{quoted(place)} names no function in a Python file; write it as net.py:function.")
    if not file.is_file():
        raise UsageError(f"There is no file {quoted(file)}; check the path before the colon.")
    module = _run_file(file)
    function = getattr(module, wanted, None)
    if not callable(function):
        raise UsageError(f"“{readable_name(file)}” has no function or class {quoted(wanted)}; check its name.")
    return file, function


def _run_file(file: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("mtgui_own_network", file)
    if specification is None or specification.loader is None:
        raise UsageError(f"“{readable_name(file)}” is no Python file; its name ends in “.py”.")
    module = importlib.util.module_from_spec(specification)
    # Such files import modules beside them, and look themselves up in sys.modules.
    sys.modules[specification.name] = module
    sys.path.insert(0, str(file.resolve().parent))
    try:
        with _blamed_on(file, "running it"):
            specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.resolve().parent))
    return module


def _call(function: Callable[..., object], file: Path, classes: int) -> nn.Module:
    """Return the network that ``function`` builds; it gets the number of classes if it has a parameter for it."""
    with _blamed_on(file, "building the network"):
        asked = [name for name in _CLASSES if name in inspect.signature(function).parameters]
        network = function(**{asked[0]: classes}) if asked and classes else function()
    if not isinstance(network, nn.Module):
        raise UsageError(
            f"The function in “{readable_name(file)}” returned {type(network).__name__}, not a torch.nn.Module; let it "
            "return the network."
        )
    return network


def _count_classes(network: nn.Module, preprocessing: Preprocessing, file: Path) -> int:
    """Return the number of logits that the network gives for a grey picture. Raises UsageError if it gives none."""
    height, width = preprocessing.crop
    with _blamed_on(file, f"running its network on a picture of {height} × {width} pixels"), torch.inference_mode():
        logits = network(torch.zeros(1, 3, height, width))
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2 or logits.shape[0] != 1 or logits.shape[1] < 1:
        raise UsageError(
            f"The network of “{readable_name(file)}” does not return logits of the shape (pictures, classes); let the "
            "function return one that does, in evaluation mode."
        )
    if logits.shape[1] == 1:
        raise UsageError(f"The network of “{readable_name(file)}” {ONE_NUMBER}. Let it answer with {TWO_NUMBERS}.")
    return logits.shape[1]


@contextlib.contextmanager
def _blamed_on(file: Path, what: str) -> Iterator[None]:
    """Turn any error inside the block, even SystemExit, into a UsageError about ``file``; print to stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except (Exception, SystemExit) as error:
        said = printable(f"{type(error).__name__}: {error}"[:_LONGEST])
        raise UsageError(f"“{readable_name(file)}”: {what} failed ({said}); mend the file and try again.") from error
