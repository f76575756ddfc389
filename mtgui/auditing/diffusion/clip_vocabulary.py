"""Finds out whether the text encoders of a model know the words that mtgui writes for them; no torch."""

from pathlib import Path

from mtgui.auditing.diffusion.clip_tokens import VOCABULARY, merge_lines
from mtgui.auditing.diffusion.plans import DiffusionPlan
from mtgui.common.files import open_ordinary
from mtgui.common.words import whole

_TABLES = ("tokenizer/merges.txt", "tokenizer_2/merges.txt")
_MOST_BYTES = 4 << 20


def takes_text(plan: DiffusionPlan) -> bool:
    """True if a prompt changes what the model answers."""
    return any(role.startswith("text_encoder") for role in plan.networks)


def foreign_vocabulary(plan: DiffusionPlan, path: Path) -> str:
    """Return why mtgui cannot write a prompt for the model at ``path``, in words for “because”; empty if it can.

    path: its file, or its folder, which may hold a table of tokens of its own.
    """
    for role, network in plan.networks.items():
        known = network.settings.get("vocab_size") if role.startswith("text_encoder") else VOCABULARY
        if known != VOCABULARY:
            return f"its text encoder knows {whole(int(known or 0))} tokens, and CLIP has {whole(VOCABULARY)}"
    for table in _TABLES if path.is_dir() else ():
        if not _is_ours(path / table):
            return f"its folder holds another table of tokens than CLIP's ({table})"
    return ""


def _is_ours(path: Path) -> bool:
    """True if the table at ``path`` is CLIP's, or there is none."""
    try:
        with open_ordinary(path) as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    lines = [line.rstrip("\r") for line in data.decode("utf-8", "replace").split("\n")]
    return tuple(line for line in lines if line and not line.startswith("#version")) == merge_lines()
