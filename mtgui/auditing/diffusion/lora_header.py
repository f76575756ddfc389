"""What the header of a LoRA says about its training, parsed strictly and within bounds; none of it is proved."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.diffusion.plans import LoraSays
from mtgui.auditing.diffusion.settings_from_config import as_prediction
from mtgui.reading.errors import RefusalError
from mtgui.reading.strict_json import parse_object

MOST_TAGS = 20
_LONGEST_NAME, _LONGEST_TAG, _MOST_FOLDERS = 200, 100, 1000
_MOST = 1 << 40
_SHA256 = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_WHOLE = re.compile(r"\d{1,12}")
_RESOLUTION = re.compile(r"\(?\s*(\d{2,5})\s*(?:[x×,]\s*(\d{2,5}))?\s*\)?")


def says(metadata: Mapping[str, str]) -> tuple[LoraSays, tuple[str, ...]]:
    """Return what ``metadata`` says of a training, and sentences about what cannot be understood."""
    folders, is_unread = _folders(metadata)
    notes: tuple[str, ...] = (
        ("What its header says about the pictures of its training cannot be read.",) if is_unread else ()
    )
    counts, is_odd = _tags(metadata.get("ss_tag_frequency"))
    if is_odd:
        notes += ("What its header says about the tags of its training cannot be read.",)
    pictures = _whole(metadata.get("ss_num_train_images"))
    listed = sum(count for count, _ in folders) or None
    repeats = _repeats(folders, pictures)
    if listed is None and pictures is not None and repeats is None:
        listed = pictures
    name = _first(metadata, "ss_sd_model_name", "modelspec.base_model", "ss_base_model", "sd_merge_models")
    is_v = metadata.get("ss_v_parameterization", "").strip().lower() == "true"
    prediction = as_prediction(metadata.get("modelspec.prediction_type"))
    said = LoraSays(
        base_name=name,
        base_sha256=_sha256(metadata),
        pictures=listed,
        repeats=repeats,
        epochs=_whole(metadata.get("ss_epoch")) or _whole(metadata.get("ss_num_epochs")),
        resolution=_resolution(metadata),
        tags=tuple(counts)[:MOST_TAGS],
        trigger=next((tag for tag in counts if counts[tag] == sum(count for count, _ in folders)), None),
        prediction=prediction or ("v_prediction" if is_v else None),
        shown=_shown(metadata),
    )
    return said, notes


def _shown(metadata: Mapping[str, str]) -> int | None:
    """Return steps × pictures in a batch × batches in a step; None where steps or batch are not said."""
    steps = _whole(metadata.get("ss_steps"))
    batch = _whole(metadata.get("ss_total_batch_size")) or _whole(metadata.get("ss_batch_size_per_device"))
    if steps is None or batch is None:
        return None
    return min(_MOST, steps * batch * (_whole(metadata.get("ss_gradient_accumulation_steps")) or 1))


def _first(metadata: Mapping[str, str], *names: str) -> str | None:
    for name in names:
        text = metadata.get(name, "").strip()
        if text and text != "None":
            # Whole paths of somebody's computer stand here, too.
            return re.split(r"[\\/]", text)[-1][:_LONGEST_NAME] or None
    return None


def _sha256(metadata: Mapping[str, str]) -> str | None:
    for name in ("ss_new_sd_model_hash", "modelspec.base_model_hash", "ss_sd_model_hash"):
        if found := _SHA256.fullmatch(metadata.get(name, "").strip()):
            return found[1].lower()
    return None


def _whole(value: object) -> int | None:
    """Return a whole number of at least 1, from a text or from JSON; None for anything else."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()) and value.strip().isascii():
        value = int(value)
    return value if type(value) is int and 1 <= value <= _MOST else None


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return parse_object(text.encode(), "it")
    except RefusalError:
        return None


def _folders(metadata: Mapping[str, str]) -> tuple[list[tuple[int, int]], bool]:
    """Return pictures and repeats of each folder of the training, and True if what is said cannot be read."""
    text = metadata.get("ss_datasets")
    found: list[tuple[int, int]] = []
    if text is not None:
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            return [], True
        if not isinstance(listed, list) or len(listed) > _MOST_FOLDERS:
            return [], True
        for dataset in listed:
            subsets = dataset.get("subsets") if isinstance(dataset, dict) else None
            if isinstance(subsets, list) and len(subsets) <= _MOST_FOLDERS:
                found += [one for subset in subsets if (one := _folder(subset, "img_count"))]
        return found, not found
    text = metadata.get("ss_dataset_dirs")
    if text is None:
        return [], False
    folders = _parsed(text)
    if folders is None or len(folders) > _MOST_FOLDERS:
        return [], True
    found = [one for value in folders.values() if (one := _folder(value, "img_count"))]
    return found, bool(folders) and not found


def _folder(value: object, count: str) -> tuple[int, int] | None:
    if not isinstance(value, dict) or value.get("is_reg") is True:
        return None
    pictures = _whole(value.get(count))
    repeats = _whole(value.get("num_repeats")) or _whole(value.get("n_repeats"))
    return None if pictures is None else (pictures, repeats or 1)


def _repeats(folders: list[tuple[int, int]], shown: int | None) -> int | None:
    """Return how often an epoch shows a picture: on average where folders differ, rounded.

    shown: how many pictures an epoch shows, repeats included.
    """
    pictures = sum(count for count, _ in folders)
    if not pictures:
        return None
    total = sum(count * repeats for count, repeats in folders)
    if len({repeats for _, repeats in folders}) > 1 or shown is None or shown % pictures:
        return max(1, round(total / pictures))
    return max(1, shown // pictures)


def _resolution(metadata: Mapping[str, str]) -> str | None:
    for name in ("ss_resolution", "modelspec.resolution"):
        if found := _RESOLUTION.fullmatch(metadata.get(name, "").strip()):
            return f"{int(found[1])} × {int(found[2] or found[1])}"
    return None


def _tags(text: str | None) -> tuple[dict[str, int], bool]:
    """Return how many captions have each tag, the most frequent first, and True if that cannot be read."""
    if text is None:
        return {}, False
    folders = _parsed(text)
    if folders is None:
        return {}, True
    counts: Counter[str] = Counter()
    for tags in folders.values():
        if not isinstance(tags, dict):
            return {}, True
        for tag, count in tags.items():
            number = _whole(count)
            if number is not None and tag.strip() and len(tag) <= _LONGEST_TAG:
                counts[tag.strip()] += number
    return {tag: counts[tag] for tag in sorted(counts, key=lambda tag: (-counts[tag], tag))}, False
