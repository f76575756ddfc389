"""Of several networks that fit, the one is taken that unmarked originals fit best, and the words say how well."""

import pytest

from mtgui.auditing.architectures.trials import Trial, doubt_in_words, ranking, reason_in_words


def trial(
    name: str, divergence: float | None, loss: float | None, parts: tuple[tuple[float | None, float], ...] = ()
) -> Trial:
    return Trial(f"cifar/{name}", name.upper(), divergence, loss, parts)


@pytest.mark.parametrize(
    ("numbers", "order"),
    [
        # The divergence decides, whatever the losses say.
        ([(0.4, 0.1), (0.1, 0.9), (0.2, 0.5)], [1, 2, 0]),
        # Equal divergences: the loss decides.
        ([(0.1, 0.9), (0.10001, 0.2), (0.5, 0.1)], [1, 0, 2]),
        # No stored statistics: the loss decides.
        ([(None, 0.9), (None, 0.2)], [1, 0]),
        # Equal in everything: the first is the most usual.
        ([(None, 0.2), (None, 0.2)], [0, 1]),
        ([(0.3, 0.2), (0.3, 0.2)], [0, 1]),
        # A network that cannot compute the originals is not the trained one, and one without statistics is unlikely.
        ([(None, None), (0.5, 3.0), (None, 0.1)], [1, 2]),
        ([(None, None)], []),
    ],
)
def test_the_best_comes_first(numbers: list[tuple[float | None, float | None]], order: list[int]) -> None:
    assert ranking([trial(str(place), *one) for place, one in enumerate(numbers)]) == order


CLEAR = ((0.03, 0.2), (0.04, 0.2), (0.02, 0.3), (0.05, 0.1))
WORSE = ((0.04, 0.1), (0.05, 0.1), (0.03, 0.1), (0.04, 0.1))
MIXED = ((0.04, 0.1), (0.03, 0.1), (0.03, 0.1), (0.04, 0.1))
BY_LOSS = ((None, 0.5), (None, 0.6), (None, 0.4), (None, 0.5))
BY_HIGHER_LOSS = ((None, 0.6), (None, 0.5), (None, 0.5), (None, 0.6))
BY_MIXED_LOSS = ((None, 0.6), (None, 0.5), (None, 0.3), (None, 0.6))
BEGINNING = "Chosen among 2 networks that fit, by 40 unmarked originals. "


def test_the_reason_in_words() -> None:
    assert reason_in_words([trial("a", 0.4, 0.65), trial("b", 0.03, 0.18)], 40) == (
        f"{BEGINNING}The values in it differ by 0.0300 nats from the statistics that its batch normalisation stored in "
        "training, those in A by 0.400. Its mean loss is 0.180 nats, that of A 0.650."
    )


@pytest.mark.parametrize(
    ("trials", "words"),
    [
        ([trial("a", None, 0.65), trial("b", None, 0.18)], "Its mean loss is 0.180 nats, that of A 0.650."),
        ([trial("a", 0.1, 0.65), trial("b", 0.1, 0.65)], "It answers like B, and is the more usual one."),
        ([trial("a", None, None), trial("b", 0.1, 0.65)], "The others cannot compute them."),
    ],
)
def test_other_reasons(trials: list[Trial], words: str) -> None:
    assert reason_in_words(trials, 40) == BEGINNING + words


@pytest.mark.parametrize(
    ("trials", "chance", "doubts"),
    [
        ([trial("a", 0.4, 0.65), trial("b", 0.03, 0.18)], 2.3, []),
        ([trial("a", 0.1, 0.65), trial("b", 0.1, 0.65)], 2.3, []),
        # Where the divergence decides, the losses of the parts say nothing.
        ([trial("a", 0.03, 0.2, CLEAR), trial("b", 0.04, 0.18, WORSE)], 2.3, []),
        ([trial("a", 0.03, 0.2, CLEAR), trial("b", 0.04, 0.18, MIXED)], 2.3, ["may as well be B"]),
        # Without stored statistics they decide.
        ([trial("a", None, 0.5, BY_LOSS), trial("b", None, 0.6, BY_HIGHER_LOSS)], None, []),
        ([trial("a", None, 0.5, BY_LOSS), trial("b", None, 0.55, BY_MIXED_LOSS)], None, ["may as well be B"]),
        ([trial("a", None, 2.4), trial("b", None, 4.0)], 2.3, ["no better than chance, 2.30 nats"]),
        ([trial("a", None, 2.4), trial("b", None, 4.0)], None, []),
        ([trial("a", 0.03, 2.4), trial("b", 0.4, 4.0)], 2.3, []),
        (
            [trial("a", None, 2.4, BY_LOSS), trial("b", None, 2.5, BY_MIXED_LOSS)],
            2.3,
            ["may as well be B", "no better than chance"],
        ),
    ],
)
def test_doubts_are_said(trials: list[Trial], chance: float | None, doubts: list[str]) -> None:
    words = doubt_in_words(trials, chance)
    assert bool(words) == bool(doubts)
    assert all(doubt in words for doubt in doubts)
