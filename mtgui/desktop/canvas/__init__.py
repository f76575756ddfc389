"""The comparison canvas: original and marked under one zoom."""
