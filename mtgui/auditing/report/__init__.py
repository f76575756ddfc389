"""Reports: what they say, how they are stored, shown and proved again."""
