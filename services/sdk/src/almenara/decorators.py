"""Wraps a function of any kind into a block that is entered at each call."""

from __future__ import annotations

import contextvars
import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar, cast, overload

from opentelemetry import context as otel

from almenara.execution import Execution
from almenara.run import current_run

P = ParamSpec("P")
R = TypeVar("R")
Block = Callable[[], AbstractContextManager[object]]


@overload
def log_execution(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def log_execution(*, name: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def log_execution(function: Any = None, /, *, name: str | None = None) -> Any:
    """Decorate a function, coroutine function or generator: each call is logged, timed and traced.

    Within a run the call is a stage of it; elsewhere it is a span with its log events, without metrics and
    lineage. Without a ``name`` the function's is taken.
    """

    def decorate(decorated: Callable[P, R]) -> Callable[P, R]:
        title: str = name or getattr(decorated, "__name__", "") or "execution"
        return wrap(decorated, lambda: _here(title))

    return decorate if function is None else decorate(function)


def _here(name: str) -> AbstractContextManager[object]:
    run = current_run()
    return Execution(name) if run is None else run.stage(name)


def wrap(function: Callable[P, R], block: Block) -> Callable[P, R]:
    """``function`` within ``block()``, from the first to the last step of a coroutine or generator."""
    if inspect.isasyncgenfunction(function):
        wrapped: Any = _async_generator(function, block)
    elif inspect.isgeneratorfunction(function):
        wrapped = _generator(function, block)
    elif inspect.iscoroutinefunction(function):
        wrapped = _coroutine(function, block)
    else:
        wrapped = _plain(function, block)
    return cast("Callable[P, R]", functools.wraps(function)(wrapped))


def _plain(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with block():
            return function(*args, **kwargs)

    return call


def _coroutine(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with block():
            return await function(*args, **kwargs)

    return call


def _generator(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        # a copy of the context, so that the consumer between two steps is not inside the block
        context = contextvars.copy_context()
        opened = block()
        context.run(opened.__enter__)
        try:
            result = yield from _Steps(function(*args, **kwargs), context)
        except BaseException as error:
            context.run(opened.__exit__, type(error), error, error.__traceback__)
            raise
        context.run(opened.__exit__, None, None, None)
        return result

    return call


class _Steps(Generator[Any, Any, Any]):
    """A generator whose every step runs in one context."""

    def __init__(self, generator: Generator[Any, Any, Any], context: contextvars.Context) -> None:
        self._generator = generator
        self._context = context

    def send(self, value: Any) -> Any:
        return self._context.run(self._generator.send, value)

    def throw(self, *error: Any) -> Any:
        return self._context.run(self._generator.throw, *error)

    def close(self) -> None:
        self._context.run(self._generator.close)


def _async_generator(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        outside = otel.get_current()
        with block():
            generator: AsyncGenerator[Any, Any] = function(*args, **kwargs)
            step = generator.__anext__()
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                inside = otel.get_current()
                otel.attach(outside)  # the consumer between two steps is not inside the block
                try:
                    sent = yield value
                except GeneratorExit:
                    otel.attach(inside)
                    await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - it is the generator's to handle
                    outside = otel.get_current()
                    otel.attach(inside)
                    step = generator.athrow(error)
                else:
                    outside = otel.get_current()
                    otel.attach(inside)
                    step = generator.asend(sent)

    return call
