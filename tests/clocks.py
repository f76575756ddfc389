"""Finds assertions that depend on a clock, in the source of a test."""

import ast
from collections.abc import Iterator

CLOCKS = frozenset(
    f"{name}{ending}"
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime")
    for ending in ("", "_ns")
)
STOPWATCHES = frozenset({"elapsed", "nsecsElapsed", "hasExpired"})
KEEPERS = frozenset({"append", "add", "extend", "update", "insert"})
"""Methods by which a list or a set takes something in."""
BENCHMARKS = "tests.benchmarks"


def clock_assertions(source: str) -> list[int]:
    """Return the lines of ``source`` that assert something about time, or borrow a measure of the benchmarks.

    A value is about time where a clock of `time`, or a stopwatch of Qt, had a say in it: through names, attributes,
    lists that it was appended to, and functions of the same file that return it.
    """
    tree = ast.parse(source)
    finder = _Finder(tree)
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) and _borrows(node)]
    lines += [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert) and finder.is_about_time(node.test)
    ]
    return sorted(lines)


def _borrows(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [f"{node.module}.{name}" for name in names]
    return any(name == BENCHMARKS or name.startswith(f"{BENCHMARKS}.") for name in names)


class _Finder:
    """Knows the names of a file that are about time: taken together, for names of tests are rarely used twice."""

    def __init__(self, tree: ast.Module) -> None:
        self._modules, self._clocks = _imported_clocks(tree)
        self._timed: set[str] = set()
        before = -1
        while len(self._timed) > before:
            before = len(self._timed)
            for scope in ast.walk(tree):
                self._follow(scope)

    def is_about_time(self, node: ast.AST) -> bool:
        """True when a clock has a say in ``node``."""
        return any(self._is_timed(part) for part in ast.walk(node))

    def _is_timed(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base, name = node.func.value, node.func.attr
            is_clock = isinstance(base, ast.Name) and base.id in self._modules and name in CLOCKS
            if is_clock or name in STOPWATCHES:
                return True
        if isinstance(node, ast.Name | ast.Attribute):
            name = _name_of(node)
            return name in self._timed or (isinstance(node, ast.Name) and name in self._clocks)
        return False

    def _follow(self, node: ast.AST) -> None:
        """Learn the names that ``node`` gives to something about time."""
        for target, value in _flows(node):
            if self.is_about_time(value):
                self._timed |= set(_names_in(target))


def _imported_clocks(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names that stand for the module `time`, and those that stand for one of its clocks."""
    modules, clocks = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "time"}
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            clocks |= {alias.asname or alias.name for alias in node.names if alias.name in CLOCKS}
    return modules, clocks


def _flows(node: ast.AST) -> Iterator[tuple[ast.AST | str, ast.AST]]:
    """Yield the pairs of a target and what comes into it through ``node``."""
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from ((node.name, value) for value in _answers(node))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in KEEPERS:
        yield from ((node.func.value, argument) for argument in node.args)


def _answers(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value


def _names_in(target: ast.AST | str) -> Iterator[str]:
    if isinstance(target, str):
        yield target
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _names_in(part)
    elif isinstance(target, ast.Starred | ast.Subscript):
        yield from _names_in(target.value)
    elif isinstance(target, ast.Name | ast.Attribute):
        yield _name_of(target)


def _name_of(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else f".{node.attr}"
