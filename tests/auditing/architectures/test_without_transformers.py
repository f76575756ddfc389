"""What mtgui says of transformers' networks where that library is not installed."""

import importlib.util
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from mtgui.auditing.architectures.match import ModelHints
from mtgui.auditing.architectures.recognise import RecognitionError, architectures, recognise
from mtgui.common.errors import UsageError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.hints import Settings
from tests.auditing.tiny_networks import facts_of_shapes

SWIN = ("swin.embeddings.norm.weight", "swin.layernorm.weight", "classifier.weight")
CONFIG = Settings("config.json", {"model_type": "swin", "architectures": ("SwinForImageClassification",)})


@pytest.fixture(autouse=True)
def no_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def found(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "transformers" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", found)


@pytest.fixture
def facts() -> ModelFacts:
    return facts_of_shapes(dict.fromkeys(SWIN, ((8, 8), False)))


def test_the_sentence_names_the_kind_and_how_to_read_it(facts: ModelFacts) -> None:
    with pytest.raises(
        RecognitionError, match="it is Swin of the transformers library, which is not installed"
    ) as said:
        recognise(facts, ModelHints(config=CONFIG))
    assert 'pip install "mtgui[transformers]"' in str(said.value)


def test_without_settings_the_sentence_asks_for_them(facts: ModelFacts) -> None:
    with pytest.raises(RecognitionError, match="names of Swin in the transformers library, whose settings"):
        recognise(facts)


def test_by_hand(facts: ModelFacts) -> None:
    assert "transformers/swin" in architectures()
    with pytest.raises(UsageError, match=r"Swin is built by transformers, which is not installed: pip install"):
        recognise(facts, architecture="swin")


def test_the_library_is_imported_only_when_asked_for(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path[:0] = {[path for path in sys.path if path]!r}; "
        "import mtgui.auditing.architectures.recognise as r; r.architectures(); "
        "print([m for m in ('transformers', 'torch', 'huggingface_hub') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=True).stdout == "[]\n"
