"""Audits a model with a mark record: from both to a verdict with its error probability."""
