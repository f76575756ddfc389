"""The errors of computing losses with a model; each message is one sentence for a person."""

from mtgui.common.errors import MtguiError


class DeviceError(MtguiError):
    """The chosen device does not exist, or has too little memory for a single picture."""


class ModelRunError(MtguiError):
    """The model does not work as a classifier: it fails, or answers in an unknown shape."""


class NonFiniteLossError(ModelRunError):
    """The model gave a loss that is no number, or one too large to count; nothing can be concluded from it."""


class StateError(MtguiError):
    """An audit's state file belongs to another audit, or is in use."""


class TeamError(MtguiError):
    """The processes that share an audit cannot go on together."""
