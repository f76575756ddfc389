"""The views of a picture that the model sees: crops, some of them mirrored."""

from dataclasses import dataclass

from mtgui.common.errors import UsageError


@dataclass(frozen=True)
class Corner:
    """The place of a crop in the resized picture, per axis: top or left edge (0), middle (1), opposite edge (2)."""

    row: int
    column: int

    def at(self, size: tuple[int, int], crop: tuple[int, int]) -> tuple[int, int]:
        """Return (top, left) of this crop in a picture of ``size`` (height, width), which must be at least as large.

        The middle is rounded to even, as in torchvision's centre crop.
        """
        return _edge(self.row, size[0] - crop[0]), _edge(self.column, size[1] - crop[1])


@dataclass(frozen=True)
class Views:
    """A fixed list of views: every crop and, if ``is_mirrored``, every crop mirrored left to right as well.

    A loss is the mean over all views.
    """

    crops: tuple[Corner, ...]
    is_mirrored: bool

    @property
    def count(self) -> int:
        """Forward passes for each picture and key."""
        return len(self.crops) * (2 if self.is_mirrored else 1)

    def window(self, size: tuple[int, int], crop: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return (top, bottom, left, right) of the smallest part of a picture of ``size`` that holds every crop."""
        places = [corner.at(size, crop) for corner in self.crops]
        rows, columns = [row for row, _ in places], [column for _, column in places]
        return min(rows), max(rows) + crop[0], min(columns), max(columns) + crop[1]


_CENTRE = Corner(1, 1)
ONE_VIEW = Views((_CENTRE,), is_mirrored=False)
TEN_VIEWS = Views((Corner(0, 0), Corner(0, 2), Corner(2, 0), Corner(2, 2), _CENTRE), is_mirrored=True)


def query_views(count: int) -> Views:
    """Return ``count`` views. Raises UsageError unless it is 1 or 10.

    1: the middle. 10: top left, top right, bottom left, bottom right and the middle, each also mirrored.
    """
    for views in (ONE_VIEW, TEN_VIEWS):
        if views.count == count:
            return views
    raise UsageError(f"A picture is shown to the model in 1 or 10 views, not {count}.")


def _edge(place: int, room: int) -> int:
    return (0, round(room / 2.0), room)[place]
