"""What ships besides code: demo pictures, guide, desktop entry and metainfo."""

import configparser
import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from defusedxml import ElementTree
from PIL import Image

from mtgui.common.resources import resource_path
from mtgui.records.record_suffix import RECORD_SUFFIX
from mtgui.version import __version__

ROOT = Path(__file__).parent.parent.parent


def drawing_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_demo", ROOT / "packaging" / "draw_demo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_demo_picture_is_drawn_by_the_script() -> None:
    assert {path.name for path in resource_path("demo").iterdir()} == set(drawing_script().PICTURES)


@pytest.mark.parametrize("name", ["discs.png", "blue hills.jpg", "firs in snow.jpg"])
def test_shipped_demo_pictures_are_those_the_script_draws(name: str) -> None:
    drawn = np.asarray(drawing_script().draw_picture(name)).astype(float)
    with Image.open(resource_path("demo") / name) as picture:
        shipped = np.asarray(picture).astype(float)
    assert drawn.shape == shipped.shape
    assert np.abs(drawn - shipped).mean() < 3


def test_the_release_in_the_metainfo_is_this_version() -> None:
    root = ElementTree.parse(ROOT / "packaging" / "org.mtgui.mtgui.metainfo.xml").getroot()
    assert root is not None
    releases = root.findall("./releases/release")
    assert releases[0].get("version") == __version__
    assert root.findtext("id") == "org.mtgui.mtgui"


def test_the_desktop_entry_starts_a_script_that_is_installed() -> None:
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.read(ROOT / "packaging" / "org.mtgui.mtgui.desktop", encoding="utf-8")
    command = entry["Desktop Entry"]["exec"].split()[0]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert command in project["gui-scripts"]


def test_mark_records_have_a_kind_of_their_own_that_the_window_opens() -> None:
    root = ElementTree.parse(ROOT / "packaging" / "org.mtgui.mtgui.xml").getroot()
    assert root is not None
    spaces = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    kind, glob = root.find("m:mime-type", spaces), root.find("m:mime-type/m:glob", spaces)
    assert kind is not None
    assert glob is not None
    assert glob.get("pattern") == f"*{RECORD_SUFFIX}"
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.read(ROOT / "packaging" / "org.mtgui.mtgui.desktop", encoding="utf-8")
    assert str(kind.get("type")) in entry["Desktop Entry"]["mimetype"].split(";")


def test_the_readme_opens_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first = text.split("```")[1]
    assert "packaging/run.sh" in first
    assert "packaging/test.sh" in first


def test_the_guide_names_its_version() -> None:
    assert "{version}" in resource_path("guide/guide.md").read_text(encoding="utf-8")
