"""Plots in the colours of the window, and how they are saved."""
