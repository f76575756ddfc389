"""The sources of the tests, looked through for what no test should do."""

from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).parent


def found_in_tests(look: Callable[[str], list[int]], *, has_benchmarks: bool = True) -> list[str]:
    """Return file and line of all that ``look`` finds in the source of a test, or of a benchmark too."""
    return [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        if has_benchmarks or not path.is_relative_to(TESTS / "benchmarks")
        for line in look(path.read_text("utf-8"))
    ]
