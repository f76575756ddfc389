"""The mark as pure arrays: keys, patterns, noise, blending. NumPy and torch alike; no files."""
