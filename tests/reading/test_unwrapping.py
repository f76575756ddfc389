"""Which dictionary is taken for the weights, what it is called, and that nothing is left out silently."""

import itertools

import pytest

from mtgui.reading.errors import RefusalError
from mtgui.reading.unwrap import USUAL_KEYS, strip_prefixes, unwrap
from mtgui.reading.values import Global, Inert, NumpyArray, Storage, Tensor, Unsupported


def tensor(*shape: int) -> Tensor:
    return Tensor(Storage("0", "F32", 1000), "F32", shape, tuple([0] * len(shape)), 0)


def test_a_flat_dictionary_is_taken_as_it_is() -> None:
    found = unwrap({"a": tensor(2), "b": tensor(3)})
    assert (list(found.tensors), found.taken, found.reason) == (["a", "b"], "the file itself", "it is the only one")


@pytest.mark.parametrize("key", USUAL_KEYS)
def test_the_usual_keys_are_found(key: str) -> None:
    found = unwrap({"epoch": 3, key: {"a": tensor(2)}, "note": "x"})
    assert (found.taken, found.ignored) == (f"“{key}”", ("“epoch”: a number", "“note”: a text"))


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(USUAL_KEYS, 2)))
def test_of_two_usual_keys_the_more_usual_is_taken_whatever_the_order(first: str, second: str) -> None:
    for keys in ((first, second), (second, first)):
        found = unwrap({key: {"a": tensor(2)} for key in keys})
        assert (found.taken, found.others) == (f"“{first}”", (f"“{second}”",))
        assert found.reason == "its key is the most usual one for weights"


def test_among_unusual_keys_the_largest_is_taken() -> None:
    found = unwrap({"generator": {"a": tensor(2)}, "critic": {"a": tensor(30)}})
    assert (found.taken, found.others, found.reason) == ("“critic”", ("“generator”",), "it holds the most numbers")
    assert found.ignored == ("“generator”: a dictionary of 1 entry",)


def test_a_stray_tensor_beside_the_state_dict_does_not_mislead() -> None:
    found = unwrap({"rng": tensor(900), "model": {"a": tensor(2)}})
    assert (found.taken, found.ignored) == ("“model”", ("“rng”: a tensor of 900",))


def test_deeper_wrappings_are_followed() -> None:
    holder = Inert(Global("my.training", "State"))
    holder.states.append({"net": {"state_dict": {"a": tensor(2)}, "step": 1}})
    found = unwrap([holder, 7])
    assert found.taken == "“0 → net → state_dict”"
    assert found.ignored == ("“1”: a number", "“0 → net → step”: a number")


def test_moments_of_an_optimizer_are_never_weights() -> None:
    moments = {"state": {0: {"exp_avg": tensor(500)}}, "param_groups": []}
    assert unwrap({"mine": moments, "weights": {"a": tensor(2)}}).taken == "“weights”"
    assert unwrap({"optimizer_G": {"exp_avg": tensor(500)}, "weights": {"a": tensor(2)}}).taken == "“weights”"
    with pytest.raises(RefusalError, match="optimizer and no weights"):
        unwrap(moments)


def test_entries_that_are_no_tensors_are_listed() -> None:
    odd = Inert(Global("my", "Thing"))
    found = unwrap({"a": tensor(2), "_extra": odd, 7: tensor(1), "\ud800": tensor(1), "n": NumpyArray(tensor(4))})
    assert list(found.tensors) == ["a", "n"]
    assert found.ignored == (
        "“_extra”: an object of the class “my.Thing”",
        "“7”: a tensor of 1",
        "“\\ud800”: a tensor of 1",
    )


def test_a_tensor_of_a_rare_kind_among_the_weights_is_no_detail() -> None:
    with pytest.raises(RefusalError, match="its tensor “b” is of a kind"):
        unwrap({"a": tensor(2), "b": Unsupported("sparse")})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["module.a", "module.b"], ["a", "b"]),
        (["_orig_mod.module.a"], ["a"]),
        (["module._orig_mod.model.a"], ["a"]),
        (["module.module.a", "module.module.b"], ["a", "b"]),
        (["model.a", "b"], ["model.a", "b"]),
        (["model."], ["model."]),
        (["module", "module.a"], ["module", "module.a"]),
        ([], []),
    ],
)
def test_prefixes_that_all_share_are_taken_off(names: list[str], expected: list[str]) -> None:
    tensors, renamed = strip_prefixes({name: tensor(1) for name in names})
    assert list(tensors) == expected
    assert renamed == (tuple(zip(names, expected, strict=True)) if names != expected else ())
