"""Computes p from a loss matrix: draws, set losses, corrections."""
