"""Who decides about a picture of a pool: chance, or the person."""

from typing import Literal, get_args

Choice = Literal["drawn", "always publish", "always withhold"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
