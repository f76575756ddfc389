"""Answers a few calls in a pickle with plain data; every other call becomes a placeholder."""

import struct
from collections.abc import Callable
from typing import Any

from mtgui.reading.dtypes import FROM_NUMPY, FROM_TORCH_DTYPE
from mtgui.reading.errors import damaged
from mtgui.reading.values import (
    Global,
    Inert,
    NumpyArray,
    NumpyKind,
    Storage,
    Table,
    Tensor,
    Unsupported,
    as_key,
    contiguous,
    make_tensor,
    whole_numbers,
)

PARAMETER = Global("torch.nn.parameter", "Parameter")
Answer = Callable[..., Any]
_SCALARS = {"b1": "?", "f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b"}
_SCALARS |= {"u8": "Q", "u4": "I", "u2": "H", "u1": "B"}


def call(function: object, arguments: object) -> Any:
    """Return the result of a call as plain data, or a placeholder for it. Raises RefusalError."""
    given = arguments if type(arguments) is tuple else (arguments,)
    if not isinstance(function, Global):
        return Inert(None, given)
    if function.module == "torch._tensor" and function.name == "_rebuild_from_type_v2":
        return _subclass(*given) if len(given) == 4 else Inert(function, given)
    answer = _ANSWERS.get((function.module, function.name))
    if answer is None:
        return Inert(function, given)
    try:
        return answer(*given)
    except TypeError as error:
        raise damaged(f"it calls {function.full_name} with other arguments than torch does") from error


def build(target: object, state: object) -> None:
    """Set ``state`` on ``target`` as its class would do, if mtgui knows the class; else only keep it."""
    if isinstance(target, Inert):
        target.states.append(state)
    elif isinstance(target, Table):
        target.attributes.append(state)
    elif isinstance(target, NumpyArray):
        _fill_array(target, state)
    elif isinstance(target, NumpyKind) and type(state) is tuple and len(state) > 1:
        target.is_big_endian = state[1] in (">", b">")


def torch_dtype(value: object) -> str | None:
    """Return the safetensors name of torch's dtype ``value``, or None."""
    if isinstance(value, Global) and value.module == "torch":
        return FROM_TORCH_DTYPE.get(value.name)
    return None


def _subclass(function: object, _kind: object, arguments: object, _state: object) -> Any:
    if isinstance(function, Global) and function.name == "_rebuild_from_type_v2":
        raise damaged("a tensor is wrapped twice")
    return call(function, arguments)


def _tensor(storage: object, offset: object, shape: object, stride: object, *_rest: object) -> Tensor | Unsupported:
    if not isinstance(storage, Storage):
        raise damaged("a tensor has no storage")
    if storage.unsupported is not None:
        return Unsupported(storage.unsupported)
    return make_tensor(storage, storage.dtype or "U8", offset, shape, stride)


def _tensor_v3(
    storage: object,
    offset: object,
    shape: object,
    stride: object,
    _gradient: object,
    _hooks: object,
    dtype: object,
    *_rest: object,
) -> Tensor | Unsupported:
    if not isinstance(storage, Storage):
        raise damaged("a tensor has no storage")
    name = torch_dtype(dtype)
    if name is None:
        return Unsupported(dtype.name if isinstance(dtype, Global) else "unknown")
    return make_tensor(storage, name, offset, shape, stride)


def _first(value: object, *_rest: object) -> object:
    return value


def _unsupported(kind: str) -> Answer:
    def answer(*_arguments: object) -> Unsupported:
        return Unsupported(kind)

    return answer


def _table(*pairs: object) -> Table:
    """Answer ``OrderedDict()``, and ``OrderedDict([[key, value], …])``, as Python 2 wrote it."""
    table = Table()
    for pair in pairs[0] if pairs and isinstance(pairs[0], list | tuple) else ():
        if isinstance(pair, list | tuple) and len(pair) == 2:
            table[as_key(pair[0])] = pair[1]
    return table


def _counter(*counted: object) -> Table:
    table = Table()
    if counted and isinstance(counted[0], dict):
        table.update(counted[0])
    return table


def _parameter(*arguments: object) -> object:
    """Answer ``Parameter(data, …)``, and ``Parameter()`` with data that come later, as torch 0.3 wrote it."""
    return arguments[0] if arguments else Inert(PARAMETER)


def _default_table(*_factory: object) -> Table:
    return Table()


def _group(*members: object) -> list[object]:
    return list(members[0]) if members and isinstance(members[0], list | tuple) else []


def _bytes(*data: object) -> bytes | Inert:
    """Answer ``bytes()`` and ``bytearray(data)``, as protocol 2 writes them.

    A length as argument is never answered, because it would allocate that many bytes.
    """
    if not data:
        return b""
    return data[0] if isinstance(data[0], bytes) else Inert(None)


def _size(*values: object) -> tuple[object, ...]:
    return tuple(values[0]) if values and isinstance(values[0], tuple | list) else ()


def _device(*parts: object) -> str:
    return ":".join(str(part)[:16] for part in parts if isinstance(part, str | int))


def _encode(text: object, encoding: object = "utf-8", *_rest: object) -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise damaged("it encodes something that is no text")
    try:
        return text.encode(str(encoding))
    except UnicodeEncodeError as error:
        raise damaged("it encodes a text that has no such encoding") from error


def _reconstructor(kind: object, *_rest: object) -> Inert:
    return Inert(kind if isinstance(kind, Global) else None)


def _numpy_array(*_arguments: object) -> NumpyArray:
    return NumpyArray()


def _numpy_kind(code: object, *_rest: object) -> NumpyKind | Inert:
    if isinstance(code, bytes):
        code = code.decode("latin-1")
    return NumpyKind(code) if isinstance(code, str) and code in FROM_NUMPY else Inert(None)


def _numpy_scalar(kind: object, data: object = b"") -> object:
    if not isinstance(kind, NumpyKind) or kind.code not in _SCALARS or not isinstance(data, bytes):
        return Inert(None)
    try:
        return struct.unpack(f"{'>' if kind.is_big_endian else '<'}{_SCALARS[kind.code]}", data)[0]
    except struct.error as error:
        raise damaged("a NumPy number has too many bytes, or too few") from error


def _fill_array(array: NumpyArray, state: object) -> None:
    if type(state) is not tuple or len(state) != 5:
        raise damaged("a NumPy array has no proper state")
    _version, shape, kind, is_fortran, data = state
    array.tensor = _array_tensor(kind, shape, bool(is_fortran is True), data)


def _array_tensor(kind: object, shape: object, is_fortran: bool, data: object) -> Tensor | Unsupported:
    if not isinstance(kind, NumpyKind) or kind.is_big_endian or not isinstance(data, bytes | bytearray):
        return Unsupported("NumPy array")
    lengths = whole_numbers(shape, "the shape of a NumPy array")
    strides = contiguous(lengths[::-1])[::-1] if is_fortran else contiguous(lengths)
    return make_tensor(bytes(data), FROM_NUMPY[kind.code], 0, lengths, strides)


def _from_buffer(data: object, kind: object, shape: object, order: object = "C") -> NumpyArray:
    return NumpyArray(_array_tensor(kind, shape, order == "F", data))


def _from_numpy(array: object, dtype: object, *_rest: object) -> Tensor | Unsupported:
    if not isinstance(array, NumpyArray) or not isinstance(array.tensor, Tensor):
        return Unsupported("device")
    return array.tensor if array.tensor.dtype == torch_dtype(dtype) else Unsupported("device")


def _with_modules(modules: tuple[str, ...], answers: dict[str, Answer]) -> dict[tuple[str, str], Answer]:
    return {(module, name): answer for module in modules for name, answer in answers.items()}


_ANSWERS: dict[tuple[str, str], Answer] = {
    **_with_modules(
        ("torch._utils",),
        {
            "_rebuild_tensor": _tensor,
            "_rebuild_tensor_v2": _tensor,
            "_rebuild_tensor_v3": _tensor_v3,
            "_rebuild_parameter": _first,
            "_rebuild_parameter_with_state": _first,
            "_rebuild_device_tensor_from_cpu_tensor": _first,
            "_rebuild_device_tensor_from_numpy": _from_numpy,
            "_rebuild_xla_tensor": _from_numpy,
            "_rebuild_qtensor": _unsupported("quantised"),
            "_rebuild_sparse_tensor": _unsupported("sparse"),
            "_rebuild_sparse_csr_tensor": _unsupported("sparse"),
            "_rebuild_nested_tensor": _unsupported("nested"),
            "_rebuild_meta_tensor_no_storage": _unsupported("empty (meta)"),
            "_rebuild_wrapper_subclass": _unsupported("distributed or wrapped"),
        },
    ),
    **_with_modules(("torch.nn.parameter", "torch.nn"), {"Parameter": _parameter, "Buffer": _parameter}),
    **_with_modules(("torch",), {"Size": _size, "device": _device}),
    **_with_modules(("collections",), {"OrderedDict": _table, "defaultdict": _default_table, "Counter": _counter}),
    **_with_modules(
        ("builtins", "__builtin__"), {"set": _group, "frozenset": _group, "bytes": _bytes, "bytearray": _bytes}
    ),
    **_with_modules(("_codecs",), {"encode": _encode}),
    **_with_modules(("copyreg", "copy_reg"), {"_reconstructor": _reconstructor}),
    **_with_modules(
        ("numpy.core.multiarray", "numpy._core.multiarray"), {"_reconstruct": _numpy_array, "scalar": _numpy_scalar}
    ),
    **_with_modules(("numpy.core.numeric", "numpy._core.numeric"), {"_frombuffer": _from_buffer}),
    **_with_modules(("numpy",), {"dtype": _numpy_kind}),
}
