"""How exactly a model computes: the names of the choices."""

from typing import Literal, get_args

Precision = Literal["float32", "tf32", "half"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
