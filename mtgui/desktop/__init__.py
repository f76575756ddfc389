"""The window. It never imports torch: the engine is a process beside it."""
