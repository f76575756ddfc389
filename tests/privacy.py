"""Finds where a test reaches for what is another object's own, in the source of a test."""

import ast
from collections.abc import Iterator
from textwrap import dedent

OWNERS = frozenset({"self", "cls"})
BY_NAME = frozenset({"getattr", "setattr", "hasattr", "delattr"})


def private_uses(source: str) -> list[int]:
    """Return the lines of ``source`` that use a private name of another object or module, also by its name as a text,
    and also in a program that is written there as a text.
    """
    return sorted({node.lineno for node in _nodes(ast.parse(source)) if _is_private_use(node)})


def _nodes(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom | ast.Attribute | ast.Call]:
    """Yield what can use a name, with the lines of ``tree``; in a program within a text, with the line of the text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Attribute | ast.Call):
            yield node
        elif isinstance(node, ast.JoinedStr | ast.Constant):
            for inner in _nodes(_program(node)):
                inner.lineno = node.lineno
                yield inner


def _program(node: ast.JoinedStr | ast.Constant) -> ast.Module:
    """Return the program that a text is, empty where it is none."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [part.value if isinstance(part, ast.Constant) else "'x'" for part in parts]
    written = "".join(text for text in texts if isinstance(text, str))
    if "import " not in written:
        return ast.Module([], [])
    try:
        return ast.parse(dedent(written))
    except SyntaxError:
        return ast.Module([], [])


def _is_private_use(node: ast.Import | ast.ImportFrom | ast.Attribute | ast.Call) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_private(node.attr) and not (isinstance(node.value, ast.Name) and node.value.id in OWNERS)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return name in BY_NAME and any(_is_private(part) for text in texts for part in text.split("."))
    module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
    return any(_is_private(part) for alias in node.names for part in f"{module}.{alias.name}".split("."))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")
