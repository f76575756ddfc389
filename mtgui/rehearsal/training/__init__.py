"""Trains models; the same plan gives the same weights."""
