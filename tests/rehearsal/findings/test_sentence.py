"""The sentence that a rehearsal ends with."""

import numpy as np

from mtgui.rehearsal.findings.sentence import sentence_of
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.pictures.users import User, UserPlan, draw_users
from mtgui.rehearsal.rehearsal_result import ModelResult, UserResult
from tests.rehearsal.rehearsal_helpers import tiny_data

DATA = tiny_data()


def model(kind: str, p_values: list[float], design: str = "both") -> ModelResult:
    everything = {"keys only": None, "withheld only": None, "both": None}
    users = tuple(UserResult(number, {**everything, design: p}, {}, 0.0) for number, p in enumerate(p_values))
    return ModelResult(kind, 10, 1, 1.0, 0.5, users, None)


def people(users: int, published: int, withheld: int, own: int | None = None) -> tuple[User, ...]:
    pixels = np.random.default_rng(1).integers(0, 256, (own or 0, 3, 16, 16), dtype=np.uint8)
    mine = None if own is None else OwnPictures(pixels, (None,) * own)
    return draw_users(DATA, UserPlan(users, published, withheld), 0, mine)


def test_it_counts_users_and_cases() -> None:
    said = sentence_of([model("marked", [0.01, 0.02]), model("absent", [0.5, 0.3])], people(2, 3, 3), 0.01)
    assert said == (
        "3 pictures were published and 3 stayed private. A model trained on the copies was found out for 1 of 2 "
        "artists. A "
        "model that never saw them was accused in 0 of 2 cases."
    )


def test_one_of_each_is_said_in_the_singular() -> None:
    users = people(1, 1, 0)
    said = sentence_of([model("unmarked", [0.9], "keys only"), model("absent", [0.001], "keys only")], users, 0.01)
    assert said == (
        "1 picture was published and none stayed private. A model trained on the unmarked pictures was found out "
        "for 0 of 1 "
        "artist. A model that never saw them was accused in 1 of 1 case."
    )


def test_it_speaks_of_ones_own_pictures() -> None:
    users = people(2, 25, 25, own=6)
    said = sentence_of([model("marked", [0.001, 0.9])], users, 0.01)
    assert said.startswith("3 pictures were published and 3 stayed private. ")
    assert said.endswith("for 1 of 2 artists, you among them.")
    assert sentence_of([model("marked", [0.9, 0.001])], users, 0.01).endswith("for 1 of 2 artists, but not for you.")
    assert sentence_of([model("absent", [0.001, 0.9])], users, 0.01).endswith("cases, wrongly on your pictures too.")


def test_other_counts_of_others_are_named() -> None:
    said = sentence_of([model("marked", [0.5, 0.5])], people(2, 2, 1, own=8), 0.01)
    assert said.startswith(
        "Pictures published: 4, by each of the others 2; private: 4, by each of the others 1. A model"
    )
