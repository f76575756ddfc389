"""The choices for a picture of a pool: drawn by chance, or decided by the person."""

from typing import Literal, get_args

Choice = Literal["drawn", "always publish", "always withhold"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
