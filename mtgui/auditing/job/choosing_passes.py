"""How many forward passes decide before an audit how pictures are shown."""


def choosing_passes(pictures: int, passes: int, classes: int, trial_passes: int) -> int:
    """Return the forward passes by which ``pictures`` choose their label or prompt and what a model predicts.

    passes: for one picture with one label. classes: among how many labels or prompts the model chooses, 0 if it does
    not. trial_passes: for one picture, to learn what the model predicts, 0 if that is known.
    """
    return pictures * (classes * passes + trial_passes)
