"""Refuses models that do something else than to choose one class for each picture, where their settings say so."""

from mtgui.reading.hints import SettingError, Settings

_REASONS = {
    "multi_label_classification": "judges every class by itself, not that it chooses among them",
    "regression": "estimates numbers (regression), not that it chooses among classes",
}
"""What a model does, by ``problem_type`` as transformers names it."""


def refuse_other_problems(config: Settings) -> None:
    """Raise SettingError if the model does something else than to choose one of its classes."""
    reason = _REASONS.get(config.text("problem_type") or "")
    if reason is not None:
        raise SettingError(
            f"{config.place} says that the model {reason}; mtgui audits the latter. Choose another model."
        )
