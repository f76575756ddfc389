"""ONNX graphs: a graph is its own network, so only its input and its preprocessing are determined."""

from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.reading.onnx_facts import OnnxFacts

ARCHITECTURE = "onnx/graph"
_USUAL_SIZE = 224
_LARGER = 256 / 224
_SMALL = 128
"""Up to this side, pictures are usually resized to the model's size and not cropped."""


def match(facts: OnnxFacts, hints: ModelHints) -> Match:
    """Return the only match of a graph; ``classes`` is 0 if neither the graph nor ``hints`` state the number."""
    height, width = (side or _USUAL_SIZE for side in facts.size)
    is_square = height == width
    return Match(
        architecture=ARCHITECTURE,
        title=f"ONNX graph of {facts.operators:,} operators",
        options={},
        classes=facts.classes or len(hints.class_names),
        preprocessing=Preprocessing(
            resize=round(height * (_LARGER if height > _SMALL else 1)) if is_square else (height, width),
            crop=(height, width),
        ),
        preprocessing_origin="usual for ImageNet"
        if facts.size == (None, None)
        else "size from the graph, all else as usual for ImageNet",
        sureness="The graph is run as it is, so nothing about the network is assumed, but the scaling of its input is.",
        has_fixed_size=None not in facts.size,
        notes=("Its last step is a softmax: losses are logarithms of probabilities.",)
        if facts.ending == "probabilities"
        else (),
    )
