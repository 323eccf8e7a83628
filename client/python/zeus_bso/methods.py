"""Calls as methods: of clients and sessions, synchronous and asynchronous.

    class Client:
        get_job = blocking(service_reads.get_job)

makes a method of the function's arguments and docstring, which answers what its Call
answers.
"""

import functools
import inspect
from typing import (
    Any,
    AsyncIterator,
    Callable,
    Concatenate,
    Coroutine,
    Iterator,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
)

from zeus_bso.call import Call, Page

_P = ParamSpec("_P")
_T = TypeVar("_T")
_MethodT = TypeVar("_MethodT", bound=Callable[..., Any])


class Caller(Protocol):
    """Carries calls out."""

    def _call(self, call: Call[_T]) -> _T:
        """Raises ZeusBsoError."""


class AsyncCaller(Protocol):
    """Carries calls out, asynchronously."""

    async def _call(self, call: Call[_T]) -> _T:
        """Raises ZeusBsoError."""


def blocking(build: Callable[_P, Call[_T]]) -> Callable[Concatenate[Caller, _P], _T]:
    """A method that makes the call that `build` returns."""

    def method(self: Caller, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._call(build(*args, **kwargs))

    return _described(method, build)


def blocking_list(
    build: Callable[_P, Call[Page[_T]]]
) -> Callable[Concatenate[Caller, _P], Iterator[_T]]:
    """A method that makes the call for page after page, as they are read."""

    def method(self: Caller, /, *args: _P.args, **kwargs: _P.kwargs) -> Iterator[_T]:
        call = build(*args, **kwargs)
        while True:
            page = self._call(call)
            yield from page.items
            if not page.next_page_token:
                return
            call.request.page_token = page.next_page_token

    return _described(method, build, Iterator)


def awaiting(
    build: Callable[_P, Call[_T]]
) -> Callable[Concatenate[AsyncCaller, _P], Coroutine[Any, Any, _T]]:
    """As blocking, for `await`."""

    async def method(self: AsyncCaller, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self._call(build(*args, **kwargs))

    return _described(method, build)


def awaiting_list(
    build: Callable[_P, Call[Page[_T]]]
) -> Callable[Concatenate[AsyncCaller, _P], AsyncIterator[_T]]:
    """As blocking_list, for `async for`."""

    async def method(
        self: AsyncCaller, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> AsyncIterator[_T]:
        call = build(*args, **kwargs)
        while True:
            page = await self._call(call)
            for each in page.items:
                yield each
            if not page.next_page_token:
                return
            call.request.page_token = page.next_page_token

    return _described(method, build, AsyncIterator)


def _described(
    method: _MethodT, build: Callable[..., Call[Any]], container: Any = None
) -> _MethodT:
    """The method, as help() and inspect are to show it."""
    functools.update_wrapper(method, build)
    signature = inspect.signature(build)
    (answer,) = get_args(signature.return_annotation)
    if container is not None:
        (item,) = get_args(answer)
        answer = container[item]
    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    described: Any = method
    described.__annotations__ = {**build.__annotations__, "return": answer}
    described.__signature__ = signature.replace(
        parameters=[this, *signature.parameters.values()], return_annotation=answer
    )
    return method
