from collections.abc import Sequence

from torch import nn

class CNBlockConfig:
    def __init__(self, input_channels: int, out_channels: int | None, num_layers: int) -> None: ...

class ConvNeXt(nn.Module):
    def __init__(self, block_setting: Sequence[CNBlockConfig], *, num_classes: int = ...) -> None: ...
