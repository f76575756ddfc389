"""Maps names of activations in configurations to the functions that mtgui knows."""

from typing import Literal, get_args

from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings

Activation = Literal["relu", "gelu", "tanh-gelu", "quick-gelu", "silu"]
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
_NAMES: dict[str, Activation] = {
    "relu": "relu",
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "tanh-gelu",
    "gelu_fast": "tanh-gelu",
    "gelu_pytorch_tanh": "tanh-gelu",
    "quick_gelu": "quick-gelu",
    "silu": "silu",
    "swish": "silu",
}


def activation(config: Settings, default: Activation) -> Activation:
    """Return the activation ``hidden_act`` in ``config``. Raises SettingError if mtgui does not know it."""
    name = config.text("hidden_act")
    if name is None:
        return default
    if name not in _NAMES:
        raise SettingError(
            f"{config.place} names the activation {quoted(name)}, which mtgui does not know (it "
            f"knows {', '.join(_NAMES)}); give the Python file that builds the network: --architecture-file "
            "net.py:factory --trust-code."
        )
    return _NAMES[name]
