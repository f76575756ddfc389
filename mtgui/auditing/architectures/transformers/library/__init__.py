"""Classifiers that the transformers library itself builds, where it is installed."""
