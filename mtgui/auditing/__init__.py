"""From a model and a record to a verdict with its error probability."""
