"""A column of texts: a list as long as it was just made and is short, an Arrow array where it is long or was read.

Arrow keeps millions of texts small. To load it for the few thousand of a checkout takes 35 ms and 25 MB, so that is only done
where a snapshot is written, or compared with another.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T", bound=str | bytes)

FEW = 50_000
"""Texts up to so many are kept as a list."""
_AT_ONCE = 1_000
"""Texts whose bytes are joined, so that they need not be taken one by one and are not all in the memory twice."""


class Texts(Generic[T]):
    """A column of texts, or of bytes. Immutable."""

    __slots__ = ("_array", "_begins", "_bytes", "_kind", "_list")

    def __init__(self, kind: type[T], values: "Sequence[T] | pa.Array") -> None:
        self._kind: type[T] = kind
        self._list: list[T] | None = values if isinstance(values, list) and len(values) <= FEW else None
        self._array: Any = None
        if self._list is None:
            self._array = values if hasattr(values, "buffers") else self._made(list(values))
        self._begins: Any = None
        self._bytes: Any = None

    @property
    def is_list(self) -> bool:
        """Whether the texts are objects already, as those of a short column are."""
        return self._list is not None

    def _made(self, values: list[T]) -> "pa.Array":
        import pyarrow as pa

        return pa.array(values, pa.string() if self._kind is str else pa.binary())

    @property
    def array(self) -> "pa.Array":
        """The column as Arrow has it."""
        if self._array is None:
            self._array = self._made(self._list or [])
        return self._array

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self._array if self._list is None else self._list)

    def __getitem__(self, at: int) -> T:
        """Return one text."""
        if self._list is not None:
            return self._list[at]
        begins = self._begins
        if begins is None:
            begins = self._laid_open()
        if at < 0:
            at += len(begins) - 1
        found = self._bytes[begins[at] : begins[at + 1]]
        text: Any = str(found, "utf-8") if self._kind is str else bytes(found)
        one: T = text
        return one

    def _laid_open(self) -> "memoryview[int]":
        """Return where each text begins among the bytes of all: to read one so takes a quarter of making a scalar of Arrow."""
        import pyarrow as pa

        wide = pa.types.is_large_string(self._array.type) or pa.types.is_large_binary(self._array.type)
        _, begins, texts = self._array.buffers()
        first, last = self._array.offset, self._array.offset + len(self._array) + 1
        self._bytes = memoryview(texts if texts is not None else b"")
        self._begins = (
            memoryview(begins if begins is not None else bytes(8)).cast("B").cast("q" if wide else "i")[first:last]
        )
        opened: memoryview[int] = self._begins
        return opened

    def __iter__(self) -> Iterator[T]:
        """Yield all texts."""
        if self._list is not None:
            yield from self._list
        else:
            for each in self._array:
                yield each.as_py()

    def take(self, places: NDArray[Any]) -> list[T]:
        """Return the texts at many places, in their order."""
        if self._list is not None:
            known = self._list
            return [known[at] for at in places.tolist()]
        found: list[T] = self._array.take(self._of(places)).to_pylist()
        return found

    @staticmethod
    def _of(places: NDArray[Any]) -> "pa.Array":
        import pyarrow as pa

        return pa.array(places)

    def buffers(self) -> Iterator[Any]:
        """Yield the bytes of which Arrow makes the column: where each text begins, then all texts one after the other."""
        if self._list is None:
            import pyarrow as pa

            yield from (memoryview(each) for each in pa.concat_arrays([self._array]).buffers() if each is not None)
            return
        yield from laid_out([each if isinstance(each, bytes) else each.encode() for each in self._list])


def laid_out(texts: Sequence[bytes]) -> Iterator[Any]:
    """Yield the bytes that an Arrow array of some texts consists of: where each begins in 32 bits, then all of them."""
    begins = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, texts), np.int32, len(texts)), out=begins[1:])
    yield begins.data
    for at in range(0, len(texts), _AT_ONCE):
        yield b"".join(texts[at : at + _AT_ONCE])
