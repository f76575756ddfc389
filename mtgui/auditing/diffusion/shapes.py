"""Names and shapes of the weights of layers: what the descriptions of whole networks are made of."""

from collections.abc import Iterator

Shape = tuple[int, ...]
Shapes = dict[str, Shape]
"""Shape by name, in the library's names."""


def with_bias(name: str, *shape: int) -> Shapes:
    """Return weight and bias of the layer ``name``: a norm, a linear layer or a convolution with outputs first."""
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def conv(name: str, inputs: int, outputs: int, side: int = 3) -> Shapes:
    """Return the weights of a convolution with square kernels of ``side`` pixels."""
    return with_bias(name, outputs, inputs, side, side)


def resnet(name: str, inputs: int, outputs: int, time: int | None = None) -> Shapes:
    """Return the weights of a residual block; ``time``: width of the embedding of the timestep, None without."""
    shapes = with_bias(f"{name}.norm1", inputs) | conv(f"{name}.conv1", inputs, outputs)
    if time is not None:
        shapes |= with_bias(f"{name}.time_emb_proj", outputs, time)
    shapes |= with_bias(f"{name}.norm2", outputs) | conv(f"{name}.conv2", outputs, outputs)
    if inputs != outputs:
        shapes |= conv(f"{name}.conv_shortcut", inputs, outputs, 1)
    return shapes


def pixel_attention(name: str, width: int) -> Shapes:
    """Return the weights of attention among all pixels, as VAEs and pixel models have it."""
    shapes = with_bias(f"{name}.group_norm", width)
    for layer in ("to_q", "to_k", "to_v", "to_out.0"):
        shapes |= with_bias(f"{name}.{layer}", width, width)
    return shapes


def up_widths(widths: tuple[int, ...], layers: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield block, layer, inputs (with those of the skip) and outputs of each residual block on a UNet's way up."""
    upwards = widths[::-1]
    for block, outputs in enumerate(upwards):
        below = upwards[max(block - 1, 0)]
        above = upwards[min(block + 1, len(upwards) - 1)]
        for layer in range(layers + 1):
            skipped = above if layer == layers else outputs
            yield block, layer, (below if layer == 0 else outputs) + skipped, outputs
