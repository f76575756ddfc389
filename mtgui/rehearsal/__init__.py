"""Rehearsals: train small models with and without the marks, and audit them."""
