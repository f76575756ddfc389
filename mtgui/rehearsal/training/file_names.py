"""Names of the files that a training keeps."""

MODEL_SUFFIX = ".safetensors"
CHECKPOINT_SUFFIX = ".checkpoint.safetensors"
"""Suffix of checkpoints, from which a stopped training goes on."""
