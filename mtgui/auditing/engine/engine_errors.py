"""What can go wrong while a model is asked for losses; each message is one sentence for a person."""

from mtgui.common.errors import MtguiError


class DeviceError(MtguiError):
    """The device asked for is not there, or has too little memory for a single picture."""


class ModelRunError(MtguiError):
    """The model does not do what a classifier does: it fails, or answers in an unknown shape."""


class NonFiniteLossError(ModelRunError):
    """The model gave a loss that is no number, or one too large to count; nothing can be concluded from it."""


class StateError(MtguiError):
    """An audit's state file belongs to another audit, or is in use."""


class TeamError(MtguiError):
    """The processes that share an audit cannot go on together."""
