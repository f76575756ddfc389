"""Reads foreign model files in a process of its own, which runs no code from them."""
