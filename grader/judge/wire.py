"""Sends plain data over a stream socket in both directions: JSON and the raw bytes of arrays, never code.

A message is a header (total length, length of the JSON), the JSON, and the bytes of the arrays one after another.
Numbers, strings and None are themselves in the JSON; everything else is a list that begins with a letter for its kind.
The receiver checks every length, kind, shape and depth before it allocates memory.

Written by hand because neither side trusts the other. `pickle` runs code, and a general format leaves the kinds, depths
and shapes to be checked after its decoder has built them.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


class Malformed(Exception):
    """The received bytes are not a message: they are truncated, of unknown kind, or larger than allowed."""


class CannotTravel(TypeError):
    """A value that is not plain data, or too large to send."""


class Closed(Exception):
    """The other side has closed the connection, or its process has ended."""


class Late(Exception):
    """The other side did not answer in time."""


@dataclass(frozen=True)
class WireLimits:
    """How large a message may be. `text` is the JSON's bytes, `nodes` counts its values, `string` characters."""

    bytes: int = 256 << 20
    text: int = 8 << 20
    nodes: int = 400_000
    depth: int = 64
    array: int = 200 << 20
    string: int = 1 << 20
    axes: int = 16


LIMITS = WireLimits()
EXACT = 2**53
"""Whole numbers up to this one are the same in every JSON reader; larger ones are sent as text."""
DIGITS = 4000
WHOLE = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
NUMBERS = ("bool", *WHOLE, "float16", "float32", "float64")
FOREIGN = ("bfloat16", "float8_e4m3fn", "float8_e5m2")
"""Types that NumPy gets from ml_dtypes, a dependency of Keras."""
WIDEST = 4096
"""Characters in an element of an array of strings."""

HEADER = struct.Struct(">QQ")


@dataclass(frozen=True)
class Extension:
    """A value of a kind that the wire does not define, as plain data."""

    kind: str
    data: Any


# ---- values to bytes


@dataclass
class _Packing:
    extend: Callable[[Any], Any] | None
    limits: WireLimits
    buffers: list[memoryview | bytes] = field(default_factory=list)
    nodes: int = 0
    size: int = 0

    def node(self, value: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > self.limits.depth:
            raise CannotTravel(f"nested deeper than {self.limits.depth} levels, or within itself")
        if self.nodes > self.limits.nodes:
            raise CannotTravel(f"more than {self.limits.nodes:,} values in one message")
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            if len(value) > self.limits.string:
                raise CannotTravel(f"a text of {len(value):,} characters")
            return value
        if kind is float:
            return value if math.isfinite(value) else ["f", repr(value)]
        if kind is int:
            return value if -EXACT <= value <= EXACT else ["i", _digits(value)]
        if kind is list:
            return ["l", *(self.node(item, depth + 1) for item in value)]
        if kind is tuple:
            return ["t", *(self.node(item, depth + 1) for item in value)]
        if kind is dict:
            pairs = [(self.node(k, depth + 1), self.node(v, depth + 1)) for k, v in value.items()]
            return ["d", *(part for pair in pairs for part in pair)]
        if kind is np.ndarray or issubclass(kind, np.generic):
            return self._array(np.asarray(value), "a" if kind is np.ndarray else "g")
        if kind is bytes:
            self._add(value, len(value))
            return ["b", len(value)]
        if value is ...:
            return ["e"]
        if kind is Extension:
            return ["x", value.kind, self.node(value.data, depth + 1)]
        if self.extend is None:
            raise CannotTravel(f"a `{kind.__name__}` is no plain data")
        return self.node(self.extend(value), depth + 1)

    def _array(self, array: np.ndarray, letter: str) -> list:
        dtype = array.dtype.newbyteorder("<") if array.dtype.byteorder == ">" else array.dtype
        if not _travels(dtype):
            raise CannotTravel(f"an array of {array.dtype}")
        array = np.ascontiguousarray(array, dtype).reshape(
            array.shape
        )  # ascontiguousarray adds an axis to an array without axes
        self._add(array.reshape(-1).view("uint8") if array.size and dtype.itemsize else b"", array.nbytes)
        return [letter, _dtype_name(dtype), list(array.shape)]

    def _add(self, buffer: Any, size: int) -> None:
        self.size += size
        if size > self.limits.array or self.size > self.limits.bytes:
            raise CannotTravel(f"{self.size:,} bytes in one message")
        self.buffers.append(memoryview(buffer))


def _digits(value: int) -> str:
    if value.bit_length() > 3 * DIGITS:
        raise CannotTravel(f"a whole number of {value.bit_length():,} bits")
    return str(value)


def _travels(dtype: np.dtype) -> bool:
    if dtype.kind in "US":
        return dtype.itemsize <= WIDEST * (4 if dtype.kind == "U" else 1)
    return dtype.name in NUMBERS or dtype.name in FOREIGN


def _dtype_name(dtype: np.dtype) -> str:
    return dtype.str if dtype.kind in "US" else dtype.name


def pack(
    value: Any, extend: Callable[[Any], Any] | None = None, limits: WireLimits = LIMITS
) -> list[bytes | memoryview]:
    """The message that holds `value`, in pieces.

    `extend` makes data, or an `Extension`, of what isn't plain. Raises CannotTravel.
    """
    packing = _Packing(extend, limits)
    try:
        text = json.dumps(packing.node(value, 0), ensure_ascii=False, separators=(",", ":"))
        text = text.encode("utf-8", "surrogatepass")
    except (RecursionError, UnicodeError) as error:
        raise CannotTravel(str(error)) from None
    if len(text) > limits.text:
        raise CannotTravel(f"{len(text):,} bytes of text and numbers")
    return [HEADER.pack(len(text) + packing.size, len(text)), text, *packing.buffers]


# ---- bytes to values


@dataclass
class _Unpacking:
    data: memoryview
    extend: Callable[[str, Any], Any] | None
    limits: WireLimits
    at: int = 0
    nodes: int = 0

    def node(self, found: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > self.limits.depth or self.nodes > self.limits.nodes:
            raise Malformed("too deep, or too many values")
        kind = type(found)
        if found is None or kind is bool or kind is float:
            return found
        if kind is int:
            if not -EXACT <= found <= EXACT:
                raise Malformed("a large whole number out of its place")
            return found
        if kind is str:
            if len(found) > self.limits.string:
                raise Malformed("too long a text")
            return found
        if kind is not list or not found or type(found[0]) is not str:
            raise Malformed("a value of no known kind")
        read = _READ.get(found[0])
        if read is None:
            raise Malformed("a value of no known kind")
        return read(self, found, depth + 1)

    def several(self, found: list, depth: int) -> list:
        return [self.node(item, depth) for item in found[1:]]

    def pairs(self, found: list, depth: int) -> dict:
        items = self.several(found, depth)
        if len(items) % 2:
            raise Malformed("a key without a value")
        try:
            return dict(zip(items[::2], items[1::2], strict=True))
        except TypeError:
            raise Malformed("a key that can't be one") from None

    def array(self, found: list, depth: int) -> np.ndarray:
        if len(found) != 3:
            raise Malformed("no array")
        dtype, shape = _dtype(found[1]), found[2]
        if type(shape) is not list or len(shape) > self.limits.axes:
            raise Malformed("an array without a shape")
        if any(type(n) is not int or not 0 <= n <= self.limits.bytes for n in shape):
            raise Malformed("an array of an impossible shape")
        size = math.prod(shape) * dtype.itemsize
        part = self._take(size)
        if not size:
            return np.zeros(shape, dtype)
        found = np.frombuffer(part, dtype).reshape(shape)
        # An array that fills most of the message keeps its memory; a small one is copied, so that the rest is freed.
        stays = 2 * size > len(self.data) and found.flags.aligned and found.flags.writeable
        return found if stays else found.copy()

    def scalar(self, found: list, depth: int) -> Any:
        array = self.array(found, depth)
        if array.shape:
            raise Malformed("a number with a shape")
        return array[()]

    def raw(self, found: list, depth: int) -> bytes:
        if len(found) != 2 or type(found[1]) is not int or found[1] < 0:
            raise Malformed("no bytes")
        return bytes(self._take(found[1]))

    def _take(self, size: int) -> memoryview:
        if size > self.limits.array or self.at + size > len(self.data):
            raise Malformed("an array larger than its message")
        self.at += size
        return self.data[self.at - size : self.at]

    def whole(self, found: list, depth: int) -> int:
        if len(found) != 2 or type(found[1]) is not str or len(found[1]) > DIGITS:
            raise Malformed("no whole number")
        try:
            return int(found[1])
        except ValueError:
            raise Malformed("no whole number") from None

    def special(self, found: list, depth: int) -> float:
        if len(found) != 2 or found[1] not in ("nan", "inf", "-inf"):
            raise Malformed("no number")
        return float(found[1])

    def extension(self, found: list, depth: int) -> Any:
        if len(found) != 3 or type(found[1]) is not str or self.extend is None:
            raise Malformed("a value of no known kind")
        return self.extend(found[1], self.node(found[2], depth))


_READ: dict[str, Callable[[_Unpacking, list, int], Any]] = {
    "l": _Unpacking.several,
    "t": lambda unpacking, found, depth: tuple(unpacking.several(found, depth)),
    "d": _Unpacking.pairs,
    "a": _Unpacking.array,
    "g": _Unpacking.scalar,
    "b": _Unpacking.raw,
    "i": _Unpacking.whole,
    "f": _Unpacking.special,
    "e": lambda unpacking, found, depth: ...,
    "x": _Unpacking.extension,
}


def _dtype(name: Any) -> np.dtype:
    if type(name) is not str or len(name) > 20:
        raise Malformed("an array of no known type")
    if name in NUMBERS:
        return np.dtype(name)
    if name in FOREIGN:
        import ml_dtypes

        return np.dtype(getattr(ml_dtypes, name))
    if name[:2] in ("<U", "|S") and name[2:].isdecimal() and int(name[2:]) <= WIDEST:
        return np.dtype(name)
    raise Malformed("an array of no known type")


def unpack(
    text: bytes | memoryview,
    arrays: memoryview,
    extend: Callable[[str, Any], Any] | None = None,
    limits: WireLimits = LIMITS,
) -> Any:
    """The value that a message holds; `extend` makes one of each `Extension`'s kind and data. Raises Malformed."""
    text = bytes(text)
    if len(text) > limits.text or text.count(b",") + text.count(b"[") > 2 * limits.nodes + 1000 + _in_strings(text):
        raise Malformed("too many values")
    try:
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_object)
        unpacking = _Unpacking(arrays, extend, limits)
        value = unpacking.node(found, 0)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise Malformed(f"{type(error).__name__} in a message") from None
    if unpacking.at != len(arrays):
        raise Malformed("bytes that belong to nothing")
    return value


def _in_strings(text: bytes) -> int:
    """An allowance for commas and brackets inside texts."""
    return len(text) // 8


def _no_constant(name: str) -> Any:
    raise Malformed("a number that isn't JSON")


def _no_object(pairs: list) -> Any:
    raise Malformed("a value of no known kind")


# ---- a socket


class Stream:
    """A connected stream socket that carries messages."""

    def __init__(self, connection: socket.socket, limits: WireLimits = LIMITS):
        self.socket, self.limits = connection, limits

    def send(self, value: Any, extend: Callable[[Any], Any] | None = None, deadline: float | None = None) -> None:
        """Raises CannotTravel before anything was sent; Closed; Late after `deadline` (of `time.monotonic`)."""
        self.send_packed(pack(value, extend, self.limits), deadline)

    def send_packed(self, pieces: list[bytes | memoryview], deadline: float | None = None) -> None:
        pieces = [memoryview(b"".join(pieces[:2])), *pieces[2:]]
        for piece in pieces:
            while len(piece):
                try:
                    self._patience(deadline)
                    piece = piece[self.socket.send(piece) :]
                except TimeoutError:
                    raise Late("the other side doesn't read") from None
                except OSError as error:
                    raise Closed(str(error)) from None

    def receive(self, extend: Callable[[str, Any], Any] | None = None, deadline: float | None = None) -> Any:
        """The next value. Raises Malformed, Closed, or Late."""
        size, text = HEADER.unpack(self._exactly(HEADER.size, deadline))
        if not text <= size <= self.limits.bytes + self.limits.text or text > self.limits.text:
            raise Malformed(f"a message said to be {size:,} bytes long")
        data = self._exactly(size, deadline)
        return unpack(data[:text], data[text:], extend, self.limits)

    def _exactly(self, size: int, deadline: float | None) -> memoryview:
        """Exactly `size` bytes. Memory is used only as bytes arrive, whatever length was announced."""
        room, have = memoryview(np.empty(size, "uint8")), 0
        while have < size:
            try:
                self._patience(deadline)
                got = self.socket.recv_into(room[have:])
            except TimeoutError:
                raise Late("no answer") from None
            except OSError as error:
                raise Closed(str(error)) from None
            if not got:
                raise Closed("the other side has ended" if not have else "the other side ended within a message")
            have += got
        return room

    def _patience(self, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)


assert sys.byteorder == "little", "arrays travel as they lie in memory, lowest byte first"
