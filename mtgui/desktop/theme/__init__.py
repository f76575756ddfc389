"""Colours, spaces, icons and the style sheet."""
