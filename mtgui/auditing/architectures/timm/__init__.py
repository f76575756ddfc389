"""timm's classifiers, where the timm library is installed."""
