"""The usual preprocessing of networks for small pictures, such as those of CIFAR-10."""

from dataclasses import replace
from typing import Literal

from mtgui.auditing.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing

SIZE = 32
Scale = Literal["pixels", "pictures", "half", "imagenet"]
"""The usual normalisation of the input: by mean and deviation of all training pixels; by their mean and the mean
deviation inside a picture; to −1…1; by those of ImageNet, with 224 × 224 pixels."""

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LOOK_IT_UP = (
    "Scripts that train on small pictures differ in mean and standard deviation; look into the model’s own if you can."
)

_HALF = (0.5, 0.5, 0.5)
_CIFAR10_MEAN = (0.4914, 0.4822, 0.4465)
_PICTURES_OWN_STD = (0.2023, 0.1994, 0.2010)
"""The mean, over the training pictures of CIFAR-10, of the standard deviation inside each picture. Many collections of
networks take this one."""
_SCALES = {
    # Mean and standard deviation of the training pictures of CIFAR-10 and CIFAR-100.
    10: ("CIFAR-10", _CIFAR10_MEAN, (0.2470, 0.2435, 0.2616)),
    100: ("CIFAR-100", (0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
}


def preprocessing(classes: int, scale: Scale = "pixels") -> Preprocessing:
    """Return the usual preprocessing of a network with this number of ``classes``."""
    if scale == "imagenet":
        return Preprocessing()
    _, mean, std = _SCALES.get(classes, _SCALES[10])
    if scale == "half":
        mean = std = _HALF
    elif scale == "pictures" and mean == _CIFAR10_MEAN:
        std = _PICTURES_OWN_STD
    return Preprocessing(resize=SIZE, crop=(SIZE, SIZE), mean=mean, std=std)


def other_inputs(classes: int, scale: Scale = "pixels") -> tuple[tuple[Preprocessing, str], ...]:
    """Return the other preprocessings that scripts for such networks have, each with words for its source."""
    usual = preprocessing(classes, scale)
    if scale == "imagenet":
        return ()
    data, mean, std = _SCALES.get(classes, _SCALES[10])
    others = [
        (mean, std, f"mean and deviation of all pixels of {data}"),
        (_CIFAR10_MEAN, _PICTURES_OWN_STD, "mean and deviation inside a picture of CIFAR-10"),
        (IMAGENET_MEAN, IMAGENET_STD, "mean and deviation of ImageNet"),
        (_HALF, _HALF, "input from −1 to 1"),
        ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "input from 0 to 1"),
    ]
    return tuple(
        (replace(usual, mean=mean, std=std), words)
        for mean, std, words in others
        if (mean, std) != (usual.mean, usual.std)
    )


def origin(classes: int, scale: Scale = "pixels") -> str:
    """Return words for the source of `preprocessing`."""
    if scale == "imagenet":
        return "what is usual for ImageNet"
    return "input from −1 to 1" if scale == "half" else f"what is usual for {_SCALES.get(classes, _SCALES[10])[0]}"
