"""Tables that a network has beside what files of weights hold, such as those of relative positions."""

import torch
from torch import nn


def own_bytes(network: nn.Module) -> int:
    """Return the size, in bytes, of the tables that the network has beside those that files of weights hold."""
    kept = network.state_dict()
    tables = [buffer for name, buffer in network.named_buffers() if name not in kept]
    tables += [
        value for module in network.modules() for value in vars(module).values() if isinstance(value, torch.Tensor)
    ]
    return sum(table.numel() * table.element_size() for table in tables)
