"""One kind of network that transformers builds here, and what several kinds have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtgui.auditing.architectures.transformers.library.checks import DEPTHS, SIDE, SMALL, WIDTHS, Check
from mtgui.auditing.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing

HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Kind:
    """One kind of network.

    name: the beginning of its classes' names in transformers. title: for people. settings: by their names in
    config.json. unused: settings that change no answer of the trained classifier. inside: the inner object that holds
    the settings; empty where they stand at the top. most_across: most patches along one side of a picture; 0 where
    there is no such limit. has_fixed_size: True if it takes no pictures of another size than ``image_size``.
    is_shown_that_size: True if it is usually shown pictures of that size, where it takes others too. required: settings
    that mtgui builds in one way only. prefix: the beginning of its tensors' names; empty where that is its own name.
    """

    name: str
    title: str
    settings: Mapping[str, Check]
    preprocessing: Preprocessing
    unused: frozenset[str] = frozenset()
    inside: str = ""
    most_across: int = 0
    has_fixed_size: bool = False
    is_shown_that_size: bool = True
    required: Mapping[str, object] = field(default_factory=dict)
    prefix: str = ""


def square(
    mean: tuple[float, float, float] = HALF, std: tuple[float, float, float] = HALF, side: int = 224
) -> Preprocessing:
    """Return the preprocessing that stretches each picture to a square of ``side`` pixels."""
    return Preprocessing((side, side), (side, side), "bicubic", mean, std)


IMAGENET = Preprocessing(256, (224, 224), "bicubic", IMAGENET_MEAN, IMAGENET_STD)
SIZE = {"image_size": SIDE}
PYRAMID = {
    "num_encoder_blocks": SMALL,
    "depths": DEPTHS,
    "hidden_sizes": WIDTHS,
    "patch_sizes": WIDTHS,
    "strides": WIDTHS,
}
SEGMENTING = frozenset(
    {"vocab_size", "pool_scales", "use_auxiliary_head", "auxiliary_loss_weight", "auxiliary_channels", "add_fpn"}
    | {"auxiliary_num_convs", "auxiliary_concat_input", "semantic_loss_ignore_index", "reshape_hidden_states"}
    | {"segmentation_indices", "aspp_out_channels", "atrous_rates", "aspp_dropout_prob", "decoder_hidden_size"}
)
"""Settings of heads that find regions, which classifiers do not have."""
