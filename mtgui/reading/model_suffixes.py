"""File name suffixes of models. They only decide which files are offered; the content decides what a file is."""

_USUAL = (".safetensors", ".bin", ".pth", ".pt", ".ckpt", ".onnx")
IN_FOLDERS = (*_USUAL, ".pth.tar", ".pt.tar")
"""Files whose names end so may be the model in a folder."""
MODEL_SUFFIXES = (*_USUAL, ".th", ".pkl")
"""Files with these suffixes count as models where models and pictures can be dropped."""
OFFERED_SUFFIXES = (*MODEL_SUFFIXES, ".tar")
"""A file dialog offers files with these suffixes."""
