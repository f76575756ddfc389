"""A histogram whose range grows with its values; its memory and time do not depend on the number of draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mtgui.desktop.widgets.wording import SMALLEST_LOSS

BINS = 4096
SHOWN = 60


@dataclass(frozen=True)
class Bars:
    """A histogram for drawing: ``edges`` (bars + 1,), ascending, and ``counts`` (bars,)."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


class GrowingHistogram:
    """Counts numbers in 4,096 equal bins. If one lies outside, bins are merged in pairs until the range covers it."""

    def __init__(self) -> None:
        self._counts = np.zeros(BINS, dtype=np.int64)
        self._low, self._width = 0.0, 0.0
        self.total = 0
        self.least, self.most = float("inf"), float("-inf")

    def add(self, values: NDArray[np.float64]) -> None:
        """Count ``values`` (n,), for any n ≥ 0; values that are not finite are ignored."""
        values = values[np.isfinite(values)]
        if not values.size:
            return
        least, most = float(values.min()), float(values.max())
        if not self.total:
            span = max(most - least, abs(most) * 1e-3, 1e-9)
            self._low, self._width = least - span / 8, span * 1.25 / BINS
        self._reach(least, most)
        places = np.clip(((values - self._low) / self._width).astype(np.int64), 0, BINS - 1)
        self._counts += np.bincount(places, minlength=BINS)
        self.total += values.size
        self.least, self.most = min(self.least, least), max(self.most, most)

    def bars(self, low: float, high: float, shown: int = SHOWN) -> Bars:
        """Return about ``shown`` bars from ``low`` to ``high``; each bar is a whole number of bins."""
        if not self.total:
            return Bars(np.zeros(1), np.zeros(0, dtype=np.int64))
        first, last = self._place(low), self._place(high) + 1
        stride = max(1, -(-(last - first) // shown))
        first = max(0, first - first % stride)
        count = -(-(last - first) // stride)
        padded = np.zeros(count * stride, dtype=np.int64)
        inner = self._counts[first : first + count * stride]
        padded[: inner.size] = inner
        edges = self._low + self._width * (first + stride * np.arange(count + 1, dtype=np.float64))
        return Bars(edges, padded.reshape(count, stride).sum(axis=1))

    def quantile(self, share: float) -> float:
        """Return the quantile ``share`` (0 to 1) with an error of at most one bin; NaN without numbers."""
        if not self.total:
            return float("nan")
        place = int(np.searchsorted(np.cumsum(self._counts), share * self.total))
        return min(max(self._low + self._width * (place + 1), self.least), self.most)

    def to_values(self) -> dict[str, Any]:
        """Return the histogram as values for JSON, without empty bins."""
        filled = np.flatnonzero(self._counts)
        return {
            "low": self._low,
            "width": self._width,
            "least": self.least,
            "most": self.most,
            "places": filled.tolist(),
            "counts": self._counts[filled].tolist(),
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "GrowingHistogram":
        """Return the histogram that `to_values` wrote. Raises KeyError, TypeError, ValueError, IndexError."""
        made = cls()
        if values["counts"]:
            made._counts[np.asarray(values["places"], dtype=np.int64)] = values["counts"]
            made._low, made._width = float(values["low"]), float(values["width"])
            made.least, made.most = float(values["least"]), float(values["most"])
            made.total = int(made._counts.sum())
        return made

    def _place(self, value: float) -> int:
        return min(max(int((value - self._low) / self._width), 0), BINS - 1)

    def _reach(self, least: float, most: float) -> None:
        while least < self._low:
            self._low -= self._width * BINS
            self._merge(into=slice(BINS // 2, None))
        while most >= self._low + self._width * BINS:
            self._merge(into=slice(0, BINS // 2))

    def _merge(self, into: slice) -> None:
        merged = self._counts.reshape(-1, 2).sum(axis=1)
        self._counts = np.zeros(BINS, dtype=np.int64)
        self._counts[into] = merged
        self._width *= 2


class DrawHistograms:
    """Two histograms of the set losses of all draws of one audit: the losses themselves, and their logarithm."""

    def __init__(self) -> None:
        self.plain = GrowingHistogram()
        self.logarithmic = GrowingHistogram()

    @property
    def total(self) -> int:
        """How many draws were counted."""
        return self.plain.total

    def add(self, values: NDArray[np.float64]) -> None:
        """Count ``values``; on a logarithmic axis, those of at most 0 are the smallest that is shown."""
        self.plain.add(values)
        self.logarithmic.add(np.log10(np.maximum(values, SMALLEST_LOSS)))

    def to_json(self) -> dict[str, Any]:
        """Return both histograms as values for JSON."""
        return {"plain": self.plain.to_values(), "logarithmic": self.logarithmic.to_values()}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the histograms that `to_json` wrote. Raises ValueError."""
        made = cls()
        try:
            made.plain = GrowingHistogram.from_values(value["plain"])
            made.logarithmic = GrowingHistogram.from_values(value["logarithmic"])
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("these are no counted draws") from error
        return made
