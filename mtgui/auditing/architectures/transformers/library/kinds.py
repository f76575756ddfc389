"""All kinds of networks that transformers builds here.

Each kind is a classifier of transformers 5; its settings are the arguments of its configuration class that change what
a trained network answers. How pictures are prepared by default is what the files of its authors say.
"""

from collections.abc import Mapping

from mtgui.auditing.architectures.transformers.library.attention_kinds import ATTENTION_KINDS
from mtgui.auditing.architectures.transformers.library.convolution_kinds import CONVOLUTION_KINDS
from mtgui.auditing.architectures.transformers.library.kind import Kind

KINDS: Mapping[str, Kind] = {**ATTENTION_KINDS, **CONVOLUTION_KINDS}
"""The kinds, by ``model_type`` in config.json."""
