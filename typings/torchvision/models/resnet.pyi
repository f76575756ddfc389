from collections.abc import Sequence
from typing import Any

from torch import nn

class BasicBlock(nn.Module): ...
class Bottleneck(nn.Module): ...

class ResNet(nn.Module):
    layer2: Any
    layer3: Any
    layer4: Any
    def __init__(
        self, block: type[BasicBlock | Bottleneck], layers: Sequence[int], num_classes: int = ...
    ) -> None: ...
