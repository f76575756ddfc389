"""The picture of a rehearsal: every p at its place, readable on light and dark."""

import re
from typing import Any

import pytest
from defusedxml import ElementTree

from mtgui.rehearsal.findings.findings_plot import results_plot

SVG = "{http://www.w3.org/2000/svg}"


def values(users: int = 3) -> dict[str, Any]:
    one_model = [
        {
            "kind": kind,
            "users": [
                {
                    "user": number,
                    "p_values": {"keys only": p, "withheld only": None, "both": p / 10},
                    "stopped_early": {"both": p == 1.0},
                }
                for number in range(users)
            ],
        }
        for kind, p in (("marked", 0.01), ("absent", 1.0))
    ]
    curve = [
        {"published": n, "withheld": n, "share": n / 25, "low": 0.0, "high": 1.0, "found": n, "of": 25}
        for n in (2, 10, 25)
    ]
    return {"sentence": "Found <all> & more.", "curve": curve, "models": one_model}


def drawn(shown: dict[str, Any]) -> Any:
    return ElementTree.fromstring(results_plot(shown, 0.01))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_p_has_a_symbol_that_says_it() -> None:
    said = [title.text or "" for title in drawn(values()).iter(f"{SVG}title")]
    assert said[0] == "Found <all> & more."
    assert [text for text in said if text.startswith("artist 2, both")] == [
        "artist 2, both: p = 0.001",
        "artist 2, both: p = 0.1",
    ]
    assert not any("withheld only: p" in text for text in said)
    assert "10 published, 10 withheld: found in 40 %" in said


def test_p_is_drawn_on_a_logarithmic_axis() -> None:
    height = {}
    for circle in drawn(values()).iter(f"{SVG}circle"):
        title = circle.find(f"{SVG}title")
        if title is not None and (title.text or "").startswith("artist 1, keys only"):
            height[title.text] = float(circle.get("cy", ""))
    assert height["artist 1, keys only: p = 0.01"] == pytest.approx(62 + (270 - 52 - 62) * 2 / 3, abs=0.1)
    assert height["artist 1, keys only: p = 1"] == pytest.approx(62, abs=0.1)


def test_words_are_text_and_colours_are_seen_on_white_and_on_black() -> None:
    svg = results_plot(values(), 0.01)
    assert "<text" in svg
    assert "<path" not in svg
    for colour in set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg)) - {"#9a9a9a"}:
        light = luminance(colour)
        assert 1.05 / (light + 0.05) >= 3
        assert (light + 0.05) / 0.05 >= 3


@pytest.mark.parametrize("users", [1, 60])
def test_few_and_many_users_fit(users: int) -> None:
    tree = drawn(values(users))
    assert all(0 <= float(text.get("x", "")) <= 760 for text in tree.iter(f"{SVG}text"))
    without = drawn({**values(users), "curve": []})
    assert float(without.get("height", "")) < float(tree.get("height", ""))
