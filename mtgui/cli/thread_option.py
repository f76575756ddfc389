"""What ``--threads`` of rehearsals means."""

THREADS_HELP = (
    "threads of the processor, at most what it offers (default 0: tries at the start how many are fastest; what was "
    "begun goes on with as many as it had)"
)
