"""Settings beside the weights: read where they are harmless, left out with a note where they are not."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from mtgui.reading.hints import SettingError, Settings, hints_from
from mtgui.reading.reader import inspect_model
from tests.reading.reading_helpers import described, numbers, safetensors

CONFIG = {
    "model_type": "vit",
    "hidden_size": 768,
    "layer_norm_eps": 1e-12,
    "architectures": ["ViTForImageClassification"],
    "nothing": None,
    "pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "deep": {"deeper": {"deepest": 1}}},
    "id2label": {"0": "tench", "1": "goldfish"},
    "label2id": {"tench": 0, "goldfish": 1},
}


def folder(tmp_path: Path, config: Any = None, processor: Any = None) -> Path:
    (tmp_path / "model.safetensors").write_bytes(safetensors({"w": described()}, numbers()))
    for name, value in (("config.json", config), ("preprocessor_config.json", processor)):
        if value is not None:
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("name", [".", "model.safetensors"])
def test_settings_beside_a_file_and_in_a_folder_are_read(tmp_path: Path, name: str) -> None:
    folder(tmp_path, CONFIG, {"size": {"shortest_edge": 224}, "do_resize": True})
    facts = inspect_model(tmp_path / name)
    hints = facts.hints
    assert hints.files == ("config.json", "preprocessor_config.json")
    assert (hints.config.text("model_type"), hints.config.whole("hidden_size")) == ("vit", 768)
    assert hints.config.number("layer_norm_eps") == 1e-12
    assert hints.config.numbers("pretrained_cfg.mean") == (0.5, 0.5, 0.5)
    assert hints.config.texts("architectures") == ("ViTForImageClassification",)
    assert hints.processor.whole("size.shortest_edge") == 224
    assert hints.processor.flag("do_resize") is True
    assert hints.class_names == ("tench", "goldfish")
    assert [note for note in facts.notes if "unusual kind" in note and "“pretrained_cfg.deep.deeper”" in note]


def test_without_settings_there_are_no_hints(tmp_path: Path) -> None:
    facts = inspect_model(folder(tmp_path))
    assert (facts.hints.files, facts.hints.class_names, facts.notes) == ((), None, ())


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}, None),
        ({"id2label": {"0": "a", "2": "b"}}, None),
        ({"id2label": {"0": "a", "1": 7}}, None),
        ({"id2label": ["a", "b"]}, None),
        ({"id2label": {"1": "b", "0": "a\x1b[31m"}}, ("a\\x1b[31m", "b")),
        ({"label_names": ["n01", "n02"], "label_descriptions": {"n01": "tench"}}, ("tench", "n02")),
        ({"label_names": ["n01", ["n02"]]}, None),
        ({"label_names": ["n01", "n02"], "label_descriptions": 7}, ("n01", "n02")),
    ],
)
def test_names_of_classes(tmp_path: Path, config: Any, expected: tuple[str, ...] | None) -> None:
    assert inspect_model(folder(tmp_path, config)).hints.class_names == expected


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not proper JSON"),
        (b"novel", "not proper JSON"),
        (b"[]", "not a JSON object"),
        (b'{"a": NaN}', "not proper JSON"),
        (b'{"a": Infinity}', "not proper JSON"),
        (b'{"a": 1, "a": 2}', "not proper JSON"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not proper JSON"),
        (b'{"a": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001, "not proper JSON"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "not proper JSON"),
        (b'{"a": "' + b"x" * (9 << 20) + b'"}', "larger than any file of settings"),
        (b'\xff\xfe{"a": 1}', "not proper JSON"),
    ],
)
def test_hostile_settings_are_left_out_with_a_note(tmp_path: Path, data: bytes, reason: str) -> None:
    facts = inspect_model(folder(tmp_path, data))
    assert facts.hints.files == ()
    assert [
        note
        for note in facts.notes
        if note.startswith("“config.json” beside the weights was left out") and reason in note
    ]
    assert len(facts.tensors) == 1


@pytest.mark.parametrize(
    "value",
    [1e300, -(1 << 60), 1 << 70, "x" * 5000, [1] * 1000, [[1]], [None], {"a": {"b": {"c": 1}}}, "\ud800" * 2000],
)
def test_settings_of_an_unusual_kind_are_left_out_alone(tmp_path: Path, value: Any) -> None:
    facts = inspect_model(folder(tmp_path, {"odd": value, "kept": 1}))
    assert dict(facts.hints.config.values) == {"kept": 1}
    assert [note for note in facts.notes if "“odd" in note]


def test_a_flood_of_settings_is_cut(tmp_path: Path) -> None:
    facts = inspect_model(folder(tmp_path, {f"k{n}": n for n in range(100_000)}))
    assert len(facts.hints.config.values) == 500
    assert [note for note in facts.notes if "and 99,495 more" in note]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"model_type": "secret"}', encoding="utf-8")
    os.utime(secret, (1, 1))
    (tmp_path / "model").mkdir()
    model = folder(tmp_path / "model")
    for name, target in (("config.json", secret), ("preprocessor_config.json", "../secret.json")):
        (model / name).symlink_to(target)
    facts = inspect_model(model)
    assert facts.hints.files == ()
    assert sum("a link out of its folder" in note for note in facts.notes) == 2
    assert secret.stat().st_atime == 1


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "/proc/self/environ", "nowhere", "config.json"])
def test_links_to_odd_places(tmp_path: Path, target: str) -> None:
    (folder(tmp_path) / "config.json").symlink_to(target)
    facts = inspect_model(tmp_path)
    assert facts.hints.files == ()
    assert [note for note in facts.notes if "“config.json” beside the weights was left out" in note]


def test_links_within_the_folder_and_of_the_hub_cache_are_followed(tmp_path: Path) -> None:
    snapshot = tmp_path / "models--a--b" / "snapshots" / "123"
    blobs = tmp_path / "models--a--b" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "abc").write_bytes(safetensors({"w": described()}, numbers()))
    (blobs / "def").write_text('{"model_type": "vit"}', encoding="utf-8")
    (snapshot / "model.safetensors").symlink_to("../../blobs/abc")
    (snapshot / "config.json").symlink_to("../../blobs/def")
    assert inspect_model(snapshot).hints.config.text("model_type") == "vit"
    (tmp_path / "plain").mkdir()
    plain = folder(tmp_path / "plain")
    (plain / "real.json").write_text('{"model_type": "resnet"}', encoding="utf-8")
    (plain / "config.json").symlink_to("real.json")
    assert inspect_model(plain).hints.config.text("model_type") == "resnet"


def test_a_pipe_a_folder_and_a_socket_are_left_out_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(folder(tmp_path) / "config.json")
    (tmp_path / "preprocessor_config.json").mkdir()
    facts = inspect_model(tmp_path)
    assert facts.hints.files == ()
    assert sum("was left out" in note for note in facts.notes) == 2
    (tmp_path / "config.json").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "config.json"))
        server.listen()
        server.settimeout(0)
        assert inspect_model(tmp_path).hints.files == ()
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_gigabyte_of_nothing_is_left_out(tmp_path: Path) -> None:
    with (folder(tmp_path) / "config.json").open("wb") as file:
        file.truncate(1 << 30)
    facts = inspect_model(tmp_path)
    assert [note for note in facts.notes if "larger than any file of settings" in note]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("whole", "12"), ("whole", 0), ("whole", -1), ("whole", 1.0), ("whole", True), ("whole", 1 << 40),
        ("whole", (1,)), ("number", "1"), ("number", True), ("number", (1.0,)), ("text", 1), ("text", ("a",)),
        ("flag", 1), ("flag", "true"), ("wholes", 7), ("wholes", (1, -1)), ("wholes", (1, "1")), ("numbers", "1"),
        ("numbers", (1, True)), ("texts", "a"), ("texts", (1,)),
    ],
)  # fmt: skip
def test_a_setting_of_the_wrong_kind_is_one_sentence(question: str, value: Any) -> None:
    with pytest.raises(SettingError, match=r"“config\.json” beside the weights says “x” is") as caught:
        getattr(Settings(values={"x": value}), question)("x")
    assert str(caught.value).isprintable()
    assert getattr(Settings(), question)("x") is None


@pytest.mark.parametrize(
    "values",
    [
        7,
        {},
        {"files": [], "config": []},
        {"files": [], "config": {"a": None}, "processor": {}},
        {"files": [], "config": {"a": [[1]]}, "processor": {}},
        {"files": [], "config": {"a": float("nan")}, "processor": {}},
        {"files": [], "config": {"a": [1] * 65}, "processor": {}},
        {"files": [], "config": {str(n): n for n in range(501)}, "processor": {}},
        {"files": [], "config": {}, "processor": {}, "class_names": [1]},
        {"files": [], "config": {}, "processor": {}, "class_names": "ab"},
        {"files": [7], "config": {}, "processor": {}},
    ],
)
def test_a_lying_child_is_not_believed(values: Any) -> None:
    with pytest.raises(ValueError, match="no "):
        hints_from(values)
