"""Users of a rehearsal: whose pictures are trained on, and in which form."""

import numpy as np
import pytest

from mtgui.common.errors import UsageError
from mtgui.marking.mark import mark_picture
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import (
    FURTHER,
    UserPlan,
    absent_training,
    draw_further,
    draw_users,
    marked_training,
    unmarked_training,
)
from mtgui.rehearsal.rehearsal_settings import Classes
from tests.rehearsal.rehearsal_helpers import tiny_data

PLAN = UserPlan(users=3, published=4, withheld=3)


def contents(data: TrainingData) -> set[bytes]:
    return {picture.tobytes() for picture in data.pixels}


def test_no_picture_belongs_to_two_users_and_users_repeat_by_their_seed() -> None:
    users = draw_users(tiny_data(), PLAN, 1)
    rows = np.concatenate([user.rows for user in users])
    assert len(set(rows.tolist())) == 3 * 7
    again, others = draw_users(tiny_data(), PLAN, 1), draw_users(tiny_data(), PLAN, 2)
    assert [user.block for user in again] == [user.block for user in users]
    assert others[0].block.key != users[0].block.key
    assert len({user.block.key for user in users}) == 3


def test_published_copies_are_trained_on_and_withheld_pictures_never() -> None:
    data = tiny_data()
    users = draw_users(data, PLAN, 1)
    marked, unmarked, absent = (f(data, users) for f in (marked_training, unmarked_training, absent_training))
    assert (len(marked), len(unmarked), len(absent)) == (39, 39, 27)
    for user in users:
        originals = {picture.tobytes() for picture in user.pixels}
        published = {picture.tobytes() for picture in user.pixels[user.published]}
        assert contents(marked) & originals == set()
        assert contents(unmarked) & originals == published
        assert contents(absent) & originals == set()
        assert {copy.tobytes() for copy in user.copies} <= contents(marked)


def test_copies_carry_the_mark_of_the_users_own_record() -> None:
    user = draw_users(tiny_data(), PLAN, 1)[2]
    for place, index in enumerate(user.published):
        wanted = mark_picture(user.pixels[index], user.block.mark, user.block.pool[index].design)
        assert np.array_equal(user.copies[place], wanted)
    invisible = draw_users(tiny_data(), UserPlan(1, 4, 3, MarkSettings(1.0, 0)), 1)[0]
    assert np.array_equal(invisible.copies, invisible.pixels[invisible.published])


@pytest.mark.parametrize(
    ("classes", "labels"), [("one each", [{0}, {1}, {2}]), ("all the same", [{0}] * 2), ("mixed", None)]
)
def test_users_have_pictures_of_the_classes_asked_for(classes: Classes, labels: list[set[int]] | None) -> None:
    count = 2 if classes == "all the same" else 3
    plan = UserPlan(users=count, published=4, withheld=3, classes=classes)
    users = draw_users(tiny_data(), plan, 1)
    found = [set(user.labels.tolist()) for user in users]
    assert found == labels if labels else all(len(some) > 1 for some in found)


def test_too_few_pictures_are_said_so() -> None:
    with pytest.raises(UsageError, match="Artist 1 needs 20 pictures"):
        draw_users(tiny_data(), UserPlan(1, 10, 10), 0)


def test_further_artists_have_more_pictures_and_no_one_else_s() -> None:
    data = tiny_data(per_class=40)
    users = draw_users(data, PLAN, 1)
    further = draw_further(data, PLAN, 1, users, 10)
    assert [user.number for user in further] == [3, 4, 5], "each class has room for one"
    assert [(len(user.published), len(user.block.pool)) for user in further] == [(10, 20)] * 3
    rows = np.concatenate([user.rows for user in (*users, *further)])
    assert len(set(rows.tolist())) == len(rows)
    assert len({user.block.key for user in (*users, *further)}) == 6
    assert [user.block for user in draw_further(data, PLAN, 1, users, 10)] == [user.block for user in further]
    assert len(draw_further(tiny_data(per_class=100), PLAN, 1, users, 10)) == FURTHER


def test_there_are_no_further_artists_without_need_or_without_pictures() -> None:
    data = tiny_data(per_class=40)
    users = draw_users(data, PLAN, 1)
    assert draw_further(data, PLAN, 1, users, 3) == ()
    assert draw_further(tiny_data(), PLAN, 1, draw_users(tiny_data(), PLAN, 1), 10) == ()
    plan = UserPlan(users=3, published=4, withheld=0)
    published_only = draw_further(data, plan, 1, draw_users(data, plan, 1), 10)
    assert {(len(user.published), len(user.block.pool)) for user in published_only} == {(10, 10)}
