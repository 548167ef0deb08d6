"""A function wired to what it asks for: worked out when the router is built, so that a run only collects it."""

import inspect
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, get_args, get_origin

import attrs

from greenapi_async.bots.providers import settle
from greenapi_async.bots.resolver import Give, NotOffered, Offer, Run
from greenapi_async.bots.signatures import MISSING, Asked, Function, annotation_words
from greenapi_async.bots.states import Context
from greenapi_async.errors import InvalidArgumentError

__all__ = ["Call", "wire"]


@attrs.frozen(eq=False)
class _Arguments:
    positional: tuple[Give, ...]
    named: tuple[tuple[str, Give], ...]

    def of(self, call: Callable[..., Any], run: Run) -> Any:
        if self.named:
            named = {name: give(run) for name, give in self.named}
            return call(*[give(run) for give in self.positional], **named)
        return call(*[give(run) for give in self.positional])


@attrs.frozen(eq=False)
class _Step:
    """Makes what is provided."""

    kind: Any
    call: Callable[..., Any]
    arguments: _Arguments


@attrs.frozen(eq=False)
class Call:
    """A function, and how it comes by its arguments."""

    function: Callable[..., Any]
    arguments: _Arguments
    steps: tuple[_Step, ...]
    """In the order in which one needs the other."""
    reads_state: bool

    async def run(self, run: Run) -> Any:
        """Run it; what is provided lives as long."""
        if not self.steps:
            return await self.arguments.of(self.function, run)
        async with AsyncExitStack() as stack:
            for step in self.steps:
                run.made[step.kind] = await settle(stack, step.kind, step.arguments.of(step.call, run))
            return await self.arguments.of(self.function, run)
        return None  # a context manager kept the error to itself


def wire(function: Function, offer: Offer) -> Call:
    """Find what a function asks for; raises ``InvalidArgumentError`` that names the parameter nothing is found for."""
    wiring = _Wiring(offer)
    arguments = wiring.arguments(function)
    return Call(function.call, arguments, tuple(wiring.steps.values()), wiring.reads_state)


class _Wiring:
    def __init__(self, offer: Offer) -> None:
        self.steps: dict[Any, _Step] = {}
        self.reads_state = False
        self._offer = offer
        self._being_made: list[Any] = []

    def arguments(self, function: Function) -> _Arguments:
        positional: list[Give] = []
        named: list[tuple[str, Give]] = []
        left_out = False
        for asked in function.asked:
            give = self._give(function, asked)
            if give is None or (left_out and asked.kind is inspect.Parameter.POSITIONAL_ONLY):
                left_out = True
            elif asked.kind is inspect.Parameter.KEYWORD_ONLY or left_out:
                named.append((asked.name, give))
            else:
                positional.append(give)
        return _Arguments(tuple(positional), tuple(named))

    def _give(self, function: Function, asked: Asked) -> Give | None:
        """Find an argument; None where the parameter's default stands."""
        why = "which has no annotation"
        if asked.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            why = "which can be anything"
        elif asked.annotation is not MISSING:
            try:
                return self._provided(asked.annotation) or self._found(asked.annotation)
            except NotOffered as error:
                why = str(error)
        if asked.has_default:
            return None
        chain = f", to make {annotation_words(self._being_made[-1])}," if self._being_made else ""
        raise InvalidArgumentError(f"{function}{chain} asks for '{asked.words}', {why}; it may ask for {self._offer}")

    def _found(self, annotation: Any) -> Give:
        give = self._offer.find(annotation)
        self.reads_state |= any((get_origin(one) or one) is Context for one in (annotation, *get_args(annotation)))
        return give

    def _provided(self, annotation: Any) -> Give | None:
        kind = self._kind(annotation)
        if kind is None:
            return None
        if kind in self._being_made:
            circle = " -> ".join(map(annotation_words, [*self._being_made, kind]))
            raise InvalidArgumentError(f"what is provided asks for itself: {circle}")
        if kind not in self.steps:
            factory = self._offer.provided[kind]
            self._being_made.append(kind)
            arguments = self.arguments(factory)
            self._being_made.pop()
            self.steps[kind] = _Step(kind, factory.call, arguments)
        return lambda run: run.made[kind]

    def _kind(self, annotation: Any) -> Any:
        """Find what is provided for an annotation: as it is written, or without its ``| None``."""
        provided = self._offer.provided
        members = [one for one in get_args(annotation) if one is not type(None)]
        for kind in (annotation, *(members if len(members) == 1 and type(None) in get_args(annotation) else ())):
            try:
                if kind in provided:
                    return kind
            except TypeError:  # what cannot be hashed is no type
                continue
        return None
