"""What a model maker might do, in plain words: one switch each, with its option and the one value that it takes."""

from dataclasses import dataclass

Group = str


@dataclass(frozen=True)
class Measure:
    """A switch: what it is called, what it means, and its value between ``least`` and ``most`` in the window.

    option: of ``mtgui rehearse``. factor: turns the window's value into the option's, as percent into shares. more:
    further words of the command line that belong to it.
    """

    name: str
    option: str
    group: Group
    title: str
    meaning: str
    usual: float
    least: float
    most: float
    step: float = 1
    decimals: int = 0
    prefix: str = ""
    suffix: str = ""
    factor: float = 1
    more: tuple[str, ...] = ()

    def words(self, value: float) -> list[str]:
        """Return what the command line says for ``value``."""
        return [self.option, f"{value * self.factor:g}", *self.more]


PICTURES, TRAINING, AFTERWARDS = "With the pictures", "While training", "Afterwards"
GROUPS = (PICTURES, TRAINING, AFTERWARDS)
MEASURES: tuple[Measure, ...] = (
    Measure(
        "jpeg", "--jpeg", PICTURES, "Save as JPEG again",
        "Compression smooths fine grain, and with it some of the mark’s noise.",
        50, 1, 100, 5, prefix="quality ",
    ),
    Measure(
        "resize", "--resize", PICTURES, "Shrink and enlarge",
        "Detail finer than the small size is lost for good.",
        16, 4, 256, 4, prefix="to ", suffix=" px",
    ),
    Measure(
        "blur", "--blur", PICTURES, "Blur",
        "A soft focus takes the noise first, the stripes last.",
        1, 0.1, 8, 0.1, 1, suffix=" px",
    ),
    Measure(
        "crop", "--crop", PICTURES, "Crop",
        "A part of every picture, cut at a place of chance and enlarged: the mark no longer lies where it was.",
        80, 10, 99, 5, prefix="keep ", suffix=" %", factor=0.01,
    ),
    Measure(
        "colours", "--colour-shift", PICTURES, "Shift colours",
        "Red, green and blue of every picture are moved up or down by chance.",
        20, 1, 255, 5, prefix="by ", suffix=" /255",
    ),
    Measure(
        "filter", "--filter", PICTURES, "Throw out odd ones",
        "Pictures that look least like the others, as marked ones may, are not trained on.",
        5, 1, 90, 1, suffix=" %", factor=0.01,
    ),
    Measure(
        "mixup", "--mixup", TRAINING, "Mix pictures",
        "The model sees blends of two pictures at a time, and learns single ones less by heart.",
        1, 0.1, 8, 0.1, 1, prefix="α ",
    ),
    Measure(
        "early", "--early-stop", TRAINING, "Stop early",
        "Training ends once the model gets no better on pictures it never saw, before it learns them by heart.",
        3, 1, 99, 1, suffix=" rounds",
    ),
    Measure(
        "private", "--private-noise", TRAINING, "Train privately",
        "Noise in every step bounds what any one picture can do (DP-SGD). Needs the extra “dp”; costs time and "
        "accuracy.",
        1, 0.1, 8, 0.1, 1, prefix="noise ", more=("--private-clip", "1"),
    ),
    Measure(
        "digits", "--output-digits", AFTERWARDS, "Round answers",
        "The model tells its probabilities with few decimal places, so that small differences vanish.",
        2, 0, 12, 1, suffix=" places",
    ),
    Measure(
        "tune", "--fine-tune-afterwards", AFTERWARDS, "Fine-tune",
        "Trained on with other people’s pictures, it may forget some of yours.",
        5, 1, 99, 1, suffix=" rounds",
    ),
    Measure(
        "distil", "--distil", AFTERWARDS, "Distil",
        "A fresh model learns the answers of the first one, and never sees your pictures’ labels.",
        10, 1, 200, 1, suffix=" rounds",
    ),
)  # fmt: skip


def measure_named(name: str) -> Measure | None:
    """Return the switch called ``name``, None where there is none."""
    return next((one for one in MEASURES if one.name == name), None)
