"""File name suffixes of models. They only decide which files are offered; the content decides what a file is."""

IN_FOLDERS = (".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".onnx")
"""Files with these suffixes may be the model in a folder."""
MODEL_SUFFIXES = (*IN_FOLDERS, ".th", ".pkl")
"""Files with these suffixes count as models where models and pictures can be dropped."""
OFFERED_SUFFIXES = (*MODEL_SUFFIXES, ".tar")
"""A file dialog offers files with these suffixes."""
