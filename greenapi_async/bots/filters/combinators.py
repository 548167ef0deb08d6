"""Combinators: and, or and not of predicates, sync ones and async ones.

A combination is async if one of its parts is. The parts are tried from left to right, and only as far as needed: put a
cheap filter before one that asks a database. Sync combinations stay sync, because they are tried for every handler.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias, cast, overload

from greenapi_async.bots.callables import is_async_callable
from greenapi_async.bots.event import Event

__all__ = ["Test", "both", "either", "negate"]

SyncTest: TypeAlias = Callable[[Event], bool]
Test: TypeAlias = Callable[[Event], bool | Awaitable[bool]]


@overload
def both(first: Test, second: Test) -> Test: ...
@overload
def both(first: Test | None, second: Test | None) -> Test | None: ...
def both(first: Test | None, second: Test | None) -> Test | None:
    """Combine two predicates with "and"; None never matches."""
    if first is None or second is None:
        return None
    if is_async_callable(first) or is_async_callable(second):

        async def both_async(event: Event) -> bool:
            before = event.captured
            if await _check(first, event):
                if await _check(second, event):
                    return True
                event.captured = before
            return False

        return both_async
    one, two = cast("SyncTest", first), cast("SyncTest", second)

    def both_sync(event: Event) -> bool:
        before = event.captured
        if one(event):
            if two(event):
                return True
            event.captured = before
        return False

    return both_sync


@overload
def either(first: Test, second: Test) -> Test: ...
@overload
def either(first: Test | None, second: Test | None) -> Test | None: ...
def either(first: Test | None, second: Test | None) -> Test | None:
    """Combine two predicates with "or"; None never matches."""
    if first is None or second is None:
        return first or second
    if is_async_callable(first) or is_async_callable(second):

        async def either_async(event: Event) -> bool:
            return await _check(first, event) or await _check(second, event)

        return either_async
    one, two = cast("SyncTest", first), cast("SyncTest", second)
    return lambda event: one(event) or two(event)


def negate(test: Test) -> Test:
    """Invert a predicate; what it captures is dropped."""
    if is_async_callable(test):

        async def negated_async(event: Event) -> bool:
            before = event.captured
            matched = await _check(test, event)
            event.captured = before
            return not matched

        return negated_async
    one = cast("SyncTest", test)

    def negated(event: Event) -> bool:
        before = event.captured
        matched = one(event)
        event.captured = before
        return not matched

    return negated


async def _check(test: Test, event: Event) -> bool:
    result = test(event)
    return await result if inspect.isawaitable(result) else result
