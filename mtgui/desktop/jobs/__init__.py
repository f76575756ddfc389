"""Work beside the window: the engine as a process, threads, the history of what ran."""
