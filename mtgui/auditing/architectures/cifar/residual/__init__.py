"""Residual networks for small pictures."""
