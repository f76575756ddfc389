"""Training a model, the same weights for the same plan."""
