"""How names of model files end. What a file is, its content says; its name decides only where it is offered."""

IN_FOLDERS = (".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".onnx")
"""Of files that may be the model in a folder of files."""
MODEL_SUFFIXES = (*IN_FOLDERS, ".th", ".pkl")
"""Of files that are taken for models where pictures are dropped, too."""
OFFERED_SUFFIXES = (*MODEL_SUFFIXES, ".tar")
"""Of files that a dialog offers."""
