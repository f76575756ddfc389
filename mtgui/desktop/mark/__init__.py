"""The Mark page."""
