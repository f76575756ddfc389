"""The divergence from stored statistics is that of two normal distributions, over all batches together."""

import numpy as np
import pytest
import torch
from torch import nn

from mtgui.auditing.engine.stored_statistics import StoredStatistics


def network() -> nn.Sequential:
    torch.manual_seed(3)
    built = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(), nn.Conv2d(5, 4, 3), nn.BatchNorm2d(4))
    for layer in (built[1], built[4]):
        assert isinstance(layer, nn.BatchNorm2d)
        layer.running_mean = torch.randn(layer.num_features)
        layer.running_var = torch.rand(layer.num_features) + 0.5
    return built.eval()


def pictures(count: int) -> torch.Tensor:
    return torch.rand(count, 3, 12, 12, generator=torch.Generator().manual_seed(4))


def watched(built: nn.Module, *batches: torch.Tensor) -> float | None:
    statistics = StoredStatistics(built.modules())
    with statistics.watching(), torch.inference_mode():
        for batch in batches:
            built(batch)
    return statistics.divergence()


def by_hand(built: nn.Sequential, batch: torch.Tensor) -> float:
    found = []
    with torch.inference_mode():
        for place in (1, 4):
            layer = built[place]
            assert isinstance(layer, nn.BatchNorm2d)
            assert layer.running_mean is not None
            assert layer.running_var is not None
            seen = built[:place](batch).double().transpose(0, 1).flatten(1).numpy()
            mean, variance = seen.mean(axis=1), seen.var(axis=1) + layer.eps
            stored, wanted = layer.running_mean.double().numpy(), layer.running_var.double().numpy() + layer.eps
            found.append(
                np.mean(np.log(np.sqrt(wanted / variance)) + (variance + (mean - stored) ** 2) / (2 * wanted) - 0.5)
            )
    return float(np.mean(found))


def test_it_is_the_divergence_of_normal_distributions() -> None:
    built, batch = network(), pictures(8)
    assert watched(built, batch) == pytest.approx(by_hand(built, batch), rel=1e-5)


def test_batches_of_any_size_are_added_up() -> None:
    built, batch = network(), pictures(9)
    assert watched(built, batch[:1], batch[1:6], batch[6:]) == pytest.approx(by_hand(built, batch), rel=1e-5)


def test_what_was_forgotten_does_not_count() -> None:
    built, batch = network(), pictures(8)
    statistics = StoredStatistics(built.modules())
    with statistics.watching(), torch.inference_mode():
        built(batch * 7)
        statistics.forget()
        built(batch)
    built(batch * 7)
    assert statistics.divergence() == pytest.approx(by_hand(built, batch), rel=1e-5)


def test_nothing_is_compared_where_nothing_was_stored() -> None:
    fresh = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.BatchNorm2d(5, track_running_stats=False)).eval()
    assert watched(fresh, pictures(4)) is None
    assert watched(network()) is None


def test_values_that_are_no_numbers_cannot_be_compared() -> None:
    assert watched(network(), torch.full((1, 3, 12, 12), torch.inf)) is None
