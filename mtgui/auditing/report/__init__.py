"""Audit reports: their contents, how they are stored and shown, and how they are verified."""
