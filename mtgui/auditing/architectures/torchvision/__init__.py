"""torchvision's classifiers."""
