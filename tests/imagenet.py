"""How pictures come into a model of ImageNet, as the program tells it."""

PREPROCESSING = {
    "resize": 256,
    "crop": [224, 224],
    "interpolation": "bilinear",
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
    "channels": "RGB",
}
