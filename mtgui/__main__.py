"""Where mtgui starts: the command line, or the window when no command is given."""

import os
import sys


def main() -> int:
    """Run the command line and return its exit status."""
    _prepare_threads()
    try:
        from mtgui.cli.main import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        print("mtgui: Stopped.", file=sys.stderr)
        return 130


def window_main() -> int:
    """Open the window, whatever the arguments: the entry for desktops."""
    _prepare_threads()
    from mtgui.cli.window import open_window

    return open_window(sys.argv[1:])


def _prepare_threads() -> None:
    """Keep matrix products on one thread each: pictures are marked side by side, and products are small.

    Models have large ones: what PyTorch computes with keeps all its threads where a model is run. These sleep while
    they wait for each other: by default they spin, and on a busy processor take the very core that the one they wait
    for needs. OpenMP reads that when it is loaded, so it is said before.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    runs_models = sys.argv[1:2] and sys.argv[1] in ("audit", "demo", "rehearse")
    for name in ("OPENBLAS_NUM_THREADS",) if runs_models else ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


if __name__ == "__main__":
    sys.exit(main())
