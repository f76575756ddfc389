from collections.abc import Callable
from typing import Any

from torch import nn

class VisionTransformer(nn.Module):
    encoder: Any
    def __init__(
        self,
        image_size: int,
        patch_size: int,
        num_layers: int,
        num_heads: int,
        hidden_dim: int,
        mlp_dim: int,
        *,
        num_classes: int = ...,
        norm_layer: Callable[..., nn.Module] = ...,
    ) -> None: ...
