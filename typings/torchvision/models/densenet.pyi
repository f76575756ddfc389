from torch import nn

class DenseNet(nn.Module):
    features: nn.Sequential
    def __init__(
        self, growth_rate: int, block_config: tuple[int, ...], num_init_features: int, *, num_classes: int
    ) -> None: ...
