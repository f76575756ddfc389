"""Pieces of descriptions that many networks for small pictures share."""

from mtgui.auditing.architectures.cifar.plan import (
    CLASSES,
    Activation,
    Convolution,
    Flatten,
    Gate,
    Kind,
    Linear,
    Mean,
    Normalisation,
    Size,
    Steps,
)


def normalised(
    convolution: Convolution, normalisation: str, activation: Kind | None = "relu", *, epsilon: float = 1e-5
) -> Steps:
    """Return ``convolution``, a batch normalisation of that name, and an activation unless it is None."""
    steps: Steps = (convolution, Normalisation(normalisation, int(convolution.outputs), epsilon))
    return steps if activation is None else (*steps, Activation(activation))


def depthwise(name: str, width: int, size: Size = 3, stride: int = 1, *, has_bias: bool = False) -> Convolution:
    """Return a convolution of each channel by itself."""
    return Convolution(name, width, width, size, stride, groups=width, has_bias=has_bias)


def pointwise(name: str, inputs: int, outputs: int, *, groups: int = 1, has_bias: bool = False) -> Convolution:
    """Return a convolution of single pixels."""
    return Convolution(name, inputs, outputs, 1, groups=groups, has_bias=has_bias)


def gate(first: str, second: str, width: int, inner: int, activation: Kind = "relu") -> Gate:
    """Return the gate of squeeze-and-excitation whose two layers are convolutions of single pixels."""
    return Gate(
        (
            Mean(),
            pointwise(first, width, inner, has_bias=True),
            Activation(activation),
            pointwise(second, inner, width, has_bias=True),
            Activation("sigmoid"),
        )
    )


def linear_gate(first: str, second: str, width: int, inner: int) -> Gate:
    """Return the gate of squeeze-and-excitation whose two layers are linear."""
    return Gate(
        (
            Mean(),
            Flatten(),
            Linear(first, width, inner),
            Activation(),
            Linear(second, inner, width),
            Activation("sigmoid"),
        )
    )


def head(name: str, inputs: int) -> Steps:
    """Return the mean of each channel and a linear layer ``name``, one output for each class."""
    return (Mean(), Flatten(), Linear(name, inputs, CLASSES))
