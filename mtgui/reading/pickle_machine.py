"""A pickle machine that makes plain data and placeholders only: it imports nothing and calls nothing.

It knows every opcode of protocols 0 to 5 except those that need a registry of the running program (extension
codes, out-of-band buffers, textual persistent ids), which it refuses. It uses no recursion, so nesting costs
no stack, and hashes only plain keys, so shared tuples cost no time.
"""

import ast
import struct
from collections.abc import Callable
from typing import Any

from mtgui.reading import rebuild
from mtgui.reading.bounds import LONGEST_NAME, MOST_OPCODES
from mtgui.reading.errors import damaged
from mtgui.reading.pickle_source import PickleSource
from mtgui.reading.values import Global, Inert, Table, as_key

PersistentLoad = Callable[[object], object]


class PickleMachine:
    """Runs one pickle. Afterwards ``globals`` holds the full names of all classes and functions in the pickle."""

    def __init__(self, source: PickleSource, persistent_load: PersistentLoad | None = None) -> None:
        """Read from ``source``; ``persistent_load`` turns a persistent id into data or refuses it."""
        self._source = source
        self._persistent_load = persistent_load
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self.globals: set[str] = set()

    def load(self) -> Any:
        """Return the object that the pickle describes. Raises RefusalError."""
        read, actions = self._source.read, _ACTIONS
        for _ in range(MOST_OPCODES):
            code = read(1)
            if code == b".":
                return self._pop()
            action = actions.get(code)
            if action is None:
                raise damaged(f"its list of contents holds the unknown or forbidden command 0x{code.hex()}")
            try:
                action(self)
            except (ValueError, SyntaxError, IndexError, KeyError, struct.error) as error:
                raise damaged(f"its list of contents cannot be followed ({type(error).__name__})") from error
        raise damaged("its list of contents has more steps than any model needs")

    def _protocol(self) -> None:
        if self._source.number("B") > 5:
            raise damaged("its list of contents is of a kind that does not exist yet")

    def _frame(self) -> None:
        self._source.number("Q")

    # The stack.

    def _pop(self) -> Any:
        if not self._stack:
            raise damaged("its list of contents takes what it never gave")
        return self._stack.pop()

    def _top(self) -> Any:
        if not self._stack:
            raise damaged("its list of contents takes what it never gave")
        return self._stack[-1]

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _mark(self) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _pop_mark(self) -> list[Any]:
        if not self._marks:
            raise damaged("its list of contents takes what it never gave")
        items, self._stack = self._stack, self._marks.pop()
        return items

    def _pop_one(self) -> None:
        """Follow POP, which removes a mark if the mark is on top of the stack."""
        if self._stack:
            self._stack.pop()
        else:
            self._pop_mark()

    def _forget_marked(self) -> None:
        self._pop_mark()

    def _get(self, place: int) -> None:
        self._push(self._memo[place])

    def _put(self, place: int) -> None:
        self._memo[place] = self._top()

    # Texts and numbers.

    def _text(self, data: bytes) -> None:
        self._push(data.decode("utf-8", "surrogatepass"))

    def _old_text(self, data: bytes) -> None:
        """Push a text of Python 2, which may be bytes as well."""
        try:
            self._push(data.decode("utf-8"))
        except UnicodeDecodeError:
            self._push(data.decode("latin-1"))

    def _quoted_text(self) -> None:
        value = ast.literal_eval(f"b{self._source.line().decode('ascii')}")
        if not isinstance(value, bytes):
            raise damaged("its list of contents holds a text without quotation marks")
        self._old_text(value)

    def _int_line(self) -> None:
        line = self._source.line()
        self._push(line == b"01" if line in (b"00", b"01") else int(line))

    def _long(self, size: int) -> None:
        self._push(int.from_bytes(self._source.read(size), "little", signed=True))

    # Containers.

    def _append_all(self, items: list[Any]) -> None:
        target = self._top()
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, Inert):
            target.items.extend(items)
        else:
            raise damaged("it appends to something that is no list")

    def _append(self) -> None:
        value = self._pop()
        self._append_all([value])

    def _set_items(self, items: list[Any]) -> None:
        target = self._top()
        table = target.entries if isinstance(target, Inert) else target
        if not isinstance(table, dict) or len(items) % 2:
            raise damaged("it puts entries into something that is no dictionary")
        for place in range(0, len(items), 2):
            table[as_key(items[place])] = items[place + 1]

    def _set_item(self) -> None:
        value = self._pop()
        key = self._pop()
        self._set_items([key, value])

    def _dict(self) -> None:
        items = self._pop_mark()
        self._push(Table())
        self._set_items(items)

    def _tuple_of(self, count: int) -> None:
        if len(self._stack) < count:
            raise damaged("its list of contents takes what it never gave")
        self._stack[-count:] = [tuple(self._stack[-count:])]

    # Opcodes that would run code in other programs.

    def _find(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str) or len(module) + len(name) > LONGEST_NAME:
            raise damaged("it asks for a class without a proper name")
        found = Global(module, name)
        self.globals.add(found.full_name)
        self._push(found)

    def _find_by_lines(self) -> None:
        module, name = (self._source.line().decode("utf-8") for _ in range(2))
        self._find(module, name)

    def _find_on_stack(self) -> None:
        name, module = self._pop(), self._pop()
        self._find(module, name)

    def _call(self) -> None:
        arguments, function = self._pop(), self._pop()
        self._push(rebuild.call(function, arguments))

    def _call_with_names(self) -> None:
        names, arguments, kind = self._pop(), self._pop(), self._pop()
        made = Inert(kind if isinstance(kind, Global) else None, (arguments, names))
        self._push(made)

    def _call_marked(self) -> None:
        kind, *arguments = self._pop_mark()
        self._push(rebuild.call(kind, tuple(arguments)))

    def _call_named(self) -> None:
        arguments = tuple(self._pop_mark())
        self._find_by_lines()
        self._push(rebuild.call(self._pop(), arguments))

    def _build(self) -> None:
        state = self._pop()
        rebuild.build(self._top(), state)

    def _persistent(self) -> None:
        if self._persistent_load is None:
            raise damaged("it refers to something outside of its list of contents")
        self._push(self._persistent_load(self._pop()))


def load_pickle(source: PickleSource, persistent_load: PersistentLoad | None = None) -> tuple[Any, set[str]]:
    """Return the object that the pickle at ``source`` describes, and the names in it. Raises RefusalError."""
    machine = PickleMachine(source, persistent_load)
    try:
        return machine.load(), machine.globals
    except RecursionError as error:
        raise damaged("its list of contents is nested too deeply") from error


def _sized(code: str, take: Callable[[PickleMachine, bytes], None]) -> Callable[[PickleMachine], None]:
    """Return an action for a length of kind ``code`` followed by that many bytes."""

    def action(machine: PickleMachine) -> None:
        source = machine._source
        take(machine, source.read(source.number(code)))

    return action


def _constant(value: object) -> Callable[[PickleMachine], None]:
    return lambda machine: machine._push(value)


def _memo_line(machine: PickleMachine) -> int:
    return int(machine._source.line())


_ACTIONS: dict[bytes, Callable[[PickleMachine], None]] = {
    b"\x80": PickleMachine._protocol,
    b"\x95": PickleMachine._frame,
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b")": _constant(()),
    b"]": lambda m: m._push([]),
    b"}": lambda m: m._push(Table()),
    b"\x8f": lambda m: m._push([]),
    # Integers and floats.
    b"I": PickleMachine._int_line,
    b"L": lambda m: m._push(int(m._source.line().rstrip(b"L"))),
    b"J": lambda m: m._push(m._source.number("i")),
    b"K": lambda m: m._push(m._source.number("B")),
    b"M": lambda m: m._push(m._source.number("H")),
    b"\x8a": lambda m: m._long(m._source.number("B")),
    b"\x8b": lambda m: m._long(m._source.number("i")),
    b"F": lambda m: m._push(float(m._source.line())),
    b"G": lambda m: m._push(struct.unpack(">d", m._source.read(8))[0]),
    # Texts and bytes.
    b"S": PickleMachine._quoted_text,
    b"T": _sized("i", PickleMachine._old_text),
    b"U": _sized("B", PickleMachine._old_text),
    b"V": lambda m: m._push(m._source.line().decode("raw-unicode-escape")),
    b"X": _sized("I", PickleMachine._text),
    b"\x8c": _sized("B", PickleMachine._text),
    b"\x8d": _sized("Q", PickleMachine._text),
    b"B": _sized("I", PickleMachine._push),
    b"C": _sized("B", PickleMachine._push),
    b"\x8e": _sized("Q", PickleMachine._push),
    b"\x96": _sized("Q", PickleMachine._push),
    # Stack and memo.
    b"(": PickleMachine._mark,
    b"0": PickleMachine._pop_one,
    b"1": PickleMachine._forget_marked,
    b"2": lambda m: m._push(m._top()),
    b"p": lambda m: m._put(_memo_line(m)),
    b"q": lambda m: m._put(m._source.number("B")),
    b"r": lambda m: m._put(m._source.number("I")),
    b"\x94": lambda m: m._put(len(m._memo)),
    b"g": lambda m: m._get(_memo_line(m)),
    b"h": lambda m: m._get(m._source.number("B")),
    b"j": lambda m: m._get(m._source.number("I")),
    # Containers.
    b"l": lambda m: m._push(m._pop_mark()),
    b"t": lambda m: m._push(tuple(m._pop_mark())),
    b"\x85": lambda m: m._tuple_of(1),
    b"\x86": lambda m: m._tuple_of(2),
    b"\x87": lambda m: m._tuple_of(3),
    b"\x91": lambda m: m._push(m._pop_mark()),
    b"d": PickleMachine._dict,
    b"a": PickleMachine._append,
    b"e": lambda m: m._append_all(m._pop_mark()),
    b"s": PickleMachine._set_item,
    b"u": lambda m: m._set_items(m._pop_mark()),
    b"\x90": lambda m: m._append_all(m._pop_mark()),
    # Opcodes that would import and call.
    b"c": PickleMachine._find_by_lines,
    b"\x93": PickleMachine._find_on_stack,
    b"R": PickleMachine._call,
    b"\x81": PickleMachine._call,
    b"\x92": PickleMachine._call_with_names,
    b"o": PickleMachine._call_marked,
    b"i": PickleMachine._call_named,
    b"b": PickleMachine._build,
    b"Q": PickleMachine._persistent,
}
