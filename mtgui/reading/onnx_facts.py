"""The facts about an ONNX model that are known without running it."""

from dataclasses import dataclass
from typing import Literal, get_args

from mtgui.reading.answers import as_count, as_list, as_name, as_text

Ending = Literal["logits", "probabilities"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass(frozen=True)
class OnnxFacts:
    """A classifier of pictures as an ONNX graph: its one input and the output that is used.

    ``input_dtype``: F32 or F16. ``input_shape``: four lengths, None for a length that is open. ``classes``: None if the
    graph does not state it. ``ending``: what the output holds. ``operators``: number of steps, nested graphs included.
    ``constants``: size of all numbers in the file, in bytes.
    """

    opset: int
    producer: str
    input: str
    input_dtype: str
    input_shape: tuple[int | None, ...]
    output: str
    classes: int | None
    ending: Ending
    operators: int
    constants: int

    @property
    def is_channels_last(self) -> bool:
        """True when the input is (batch, height, width, 3) instead of (batch, 3, height, width)."""
        return self.input_shape[3] == 3 and self.input_shape[1] != 3

    @property
    def batch(self) -> int | None:
        """How many pictures the graph takes at a time; None for any number."""
        return self.input_shape[0]

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Height and width of its input, None where they are open."""
        first = 1 if self.is_channels_last else 2
        return self.input_shape[first], self.input_shape[first + 1]


def onnx_to_values(facts: OnnxFacts) -> dict[str, object]:
    """Return ``facts`` ready for JSON."""
    return {**vars(facts), "input_shape": list(facts.input_shape)}


def onnx_from(values: object) -> OnnxFacts:
    """Return the facts in ``values``, parsed JSON of a child. Raises ValueError if they are impossible."""
    if not isinstance(values, dict):
        raise ValueError("no facts of a graph")
    shape = tuple(None if length is None else as_count(length) for length in as_list(values.get("input_shape"), 4))
    classes = values.get("classes")
    ending = values.get("ending")
    if len(shape) != 4 or values.get("input_dtype") not in ("F32", "F16") or ending not in ENDINGS:
        raise ValueError("no input or output")
    return OnnxFacts(
        opset=as_count(values.get("opset")),
        producer=as_text(values.get("producer")),
        input=as_name(values.get("input")),
        input_dtype=str(values["input_dtype"]),
        input_shape=shape,
        output=as_name(values.get("output")),
        classes=None if classes is None else as_count(classes),
        ending=ending,
        operators=as_count(values.get("operators")),
        constants=as_count(values.get("constants")),
    )
