"""Names of the files that a training keeps."""

MODEL_SUFFIX = ".safetensors"
CHECKPOINT_SUFFIX = ".checkpoint.safetensors"
"""Of what a training that was stopped goes on from."""
