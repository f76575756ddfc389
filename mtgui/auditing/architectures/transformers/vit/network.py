"""Vision transformer (arXiv 2010.11929) and DeiT (arXiv 2012.12877), with separate queries, keys and values."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from mtgui.auditing.architectures.transformers.activations import make_activation


class _Layer(nn.Module):
    """Attention, then two linear layers with an activation between them; both parts have a norm and a shortcut."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__()
        width, mlp, epsilon, has_bias = (options[name] for name in ("width", "mlp", "epsilon", "has_bias"))
        self._heads: int = options["heads"]
        self.before, self.after = nn.LayerNorm(width, epsilon), nn.LayerNorm(width, epsilon)
        self.query, self.key, self.value = (nn.Linear(width, width, has_bias) for _ in range(3))
        self.mix = nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, mlp), nn.Linear(mlp, width)
        self._activation = make_activation(options["activation"])

    def forward(self, tokens: Tensor) -> Tensor:
        """Return new tokens, (B, count, width)."""
        normed = self.before(tokens)
        query, key, value = (self._split(part(normed)) for part in (self.query, self.key, self.value))
        tokens = tokens + self.mix(scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))
        answer: Tensor = tokens + self.narrow(self._activation(self.widen(self.after(tokens))))
        return answer

    def _split(self, tokens: Tensor) -> Tensor:
        return tokens.view(*tokens.shape[:2], self._heads, -1).transpose(1, 2)


class VisionTransformer(nn.Module):
    """Maps pictures (B, 3, image_size, image_size) to logits (B, classes); see the `recognition` module for options.

    With a teacher's head, the logits are the mean of both heads, as in DeiT after training.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Build the network; ``options`` include ``classes``."""
        super().__init__()
        width, patch, classes = options["width"], options["patch_size"], options["classes"]
        count = (options["image_size"] // patch) ** 2 + 1 + options["has_distillation"]
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.distillation_token = nn.Parameter(torch.empty(1, 1, width)) if options["has_distillation"] else None
        self.positions = nn.Parameter(torch.empty(1, count, width))
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.layers = nn.ModuleList(_Layer(options) for _ in range(options["depth"]))
        self.norm = nn.LayerNorm(width, options["epsilon"])
        self.head = nn.Linear(width, classes)
        self.teacher = nn.Linear(width, classes) if options["has_teacher"] else None

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits."""
        found = self.patches(pictures).flatten(2).transpose(1, 2)
        own = [token for token in (self.cls_token, self.distillation_token) if token is not None]
        tokens = torch.cat([*(token.expand(len(found), -1, -1) for token in own), found], 1) + self.positions
        for layer in self.layers:
            tokens = layer(tokens)
        tokens = self.norm(tokens)
        logits: Tensor = self.head(tokens[:, 0])
        return logits if self.teacher is None else (logits + self.teacher(tokens[:, 1])) / 2
