"""The loss matrix: batches of marked pictures through the model, on any device."""
