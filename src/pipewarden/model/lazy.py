"""What an object works out once, when it is first asked: `functools.cached_property` without its lock.

Python 3.11 takes a lock for each value that is worked out, which costs more than most of them; 3.12 gave it up
(https://docs.python.org/3/library/functools.html#functools.cached_property). Nothing of ours is asked by two threads at once.
"""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Lazy(Generic[T]):
    """A value of an object, kept in its `__dict__` from the first time on: it is then found without coming here."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self._name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, found: None, kind: type) -> Self: ...
    @overload
    def __get__(self, found: object, kind: type) -> T: ...

    def __get__(self, found: object | None, kind: type) -> Self | T:
        """Work it out."""
        if found is None:
            return self
        value = found.__dict__[self._name] = self._work(found)
        return value


lazy = Lazy
"""As a decorator: `@lazy`."""
