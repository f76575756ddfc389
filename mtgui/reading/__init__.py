"""Model files of strangers, read in a process of its own that runs nothing from them."""
