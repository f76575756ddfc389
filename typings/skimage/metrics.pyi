from typing import Any

def peak_signal_noise_ratio(image_true: Any, image_test: Any, *, data_range: float | None = ...) -> float: ...
def structural_similarity(
    im1: Any,
    im2: Any,
    *,
    gaussian_weights: bool = ...,
    sigma: float = ...,
    use_sample_covariance: bool = ...,
    data_range: float | None = ...,
) -> float: ...
