"""``JobFunction``: a function of a router that can be scheduled, and its arguments as JSON.

The first parameter can be the ``Client`` of the job's instance or the ``JobRun``; other parameters with a provider are
injected, too. All remaining ones are the arguments: they are converted to JSON by cattrs when the function is
scheduled, and back, as the annotations say then, when it runs. So what cannot be stored is refused at once, and what
does not fit any more after a deployment is a failed run.
"""

import copy
import inspect
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, Protocol, Self, TypeVar, cast, overload
from zoneinfo import ZoneInfo

import attrs
from cattrs.preconf.json import JsonConverter, make_converter

from greenapi_async.base_client import BaseClient
from greenapi_async.bots.annotations import strip_aliases
from greenapi_async.bots.signatures import MISSING, Function, Parameter, format_annotation
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.outgoing.job import SEND, ScheduledJob
from greenapi_async.outgoing.job_run import JobRun, current_run
from greenapi_async.outgoing.jobs import MISFIRE, Jobs, check_jobs
from greenapi_async.processing.item import current_item

if TYPE_CHECKING:
    from greenapi_async.models.bound import BoundClient

__all__ = ["JobDecorator", "JobFunction", "JobOptions", "is_context", "new_job_function", "restore_arguments"]

P = ParamSpec("P")
ClientT = TypeVar("ClientT", bound=BaseClient)

MAX_NAME: Final = 100

_CONVERTER: Final[JsonConverter] = make_converter(detailed_validation=False)


@attrs.frozen(kw_only=True)
class JobOptions:
    """Options of a function's jobs; see ``JobFunction.with_options``."""

    once: str | None = None
    misfire: timedelta | float | None = MISFIRE
    zone: str | ZoneInfo | None = None
    begin: datetime | None = None
    client: "BoundClient | None" = None
    jobs: Jobs | None = None


class JobFunction(Generic[P]):
    """A function of a router that can be scheduled; created by ``@router.job("name")``.

    It can be called directly, for example in tests.

    Attributes:
        name: Its name, under which its jobs are stored; it must stay the same.
        function: The function.
        injected: Names of the parameters that the providers of a run supply.
        active: The jobs of the bots that run with it.

    Example:
        >>> @router.job("remind")
        ... async def remind(client: Client, chat_id: str, order: int) -> None:
        ...     await client.send_message(chat_id, f"Order {order} is due tomorrow.")
        >>>
        >>> await remind.at(due - timedelta(days=1), chat_id, order=5)
    """

    def __init__(self, name: str, function: Function, provides: Callable[[Any], bool]) -> None:
        self.name = name
        self.function = function
        self._provides = provides
        self._options = JobOptions()
        self.active: list[Jobs] = []
        self.injected: set[str] = set()  # shared with what with_options returned before the start of the bot

    def __repr__(self) -> str:
        return f"<JobFunction {self.name!r}: {self.function}>"

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function, with all of its parameters."""
        return self.function.call(*arguments, **named)

    def with_options(
        self,
        *,
        once: str | None = None,
        misfire: timedelta | float | None = MISFIRE,
        zone: str | ZoneInfo | None = None,
        begin: datetime | None = None,
        client: "BoundClient | None" = None,
        jobs: Jobs | None = None,
    ) -> Self:
        """Return the function with other options of scheduling.

        Args:
            once: Key, 1 to 150 characters: another job of the function under the same key replaces one that waits. If
                it is the same, with the same ``every``, nothing changes. Outside of handlers and jobs, what is
                scheduled with ``later`` under a key has the same ``JobRun.key`` each time.
            misfire: How late it may run, 60 s or more; None for any time.
            zone: Time zone of a cron expression.
            begin: When ``every`` begins, aware; None begins at once.
            client: The client that the function gets. None is that of the handler or job that schedules it; elsewhere
                the only client of the run.
            jobs: Where it is stored; None is the inbox of the running bot.

        Raises:
            InvalidArgumentError: ``jobs`` is something else.
        """
        check_jobs(jobs)
        other = copy.copy(self)
        other._options = JobOptions(once=once, misfire=misfire, zone=zone, begin=begin, client=client, jobs=jobs)
        return other

    async def at(self, when: datetime, /, *arguments: P.args, **named: P.kwargs) -> ScheduledJob:
        """Run the function at a time.

        Args:
            when: When, aware. In the past means now.
            *arguments: Its arguments.
            **named: Its arguments by name.

        Returns:
            The job.

        Raises:
            InvalidArgumentError: Something is not valid, or an argument cannot be stored; nothing was stored.
            RuntimeError: No bot with the function is running, and there is no option ``jobs``.
            InboxUnavailableError: The inbox cannot write at the moment.
        """
        return await self._add(arguments, named, at=when)

    async def later(self, delay: timedelta | float, /, *arguments: P.args, **named: P.kwargs) -> ScheduledJob:
        """Run the function after a delay; see ``at``.

        Args:
            delay: Seconds, or a timedelta.
            *arguments: Its arguments.
            **named: Its arguments by name.
        """
        return await self._add(arguments, named, delay=delay)

    async def every(self, every: timedelta | float | str, /, *arguments: P.args, **named: P.kwargs) -> ScheduledJob:
        """Run the function again and again; see ``at``, and ``Client.send_later`` for intervals and cron expressions.

        Args:
            every: The interval, or a cron expression, which needs ``with_options(zone=...)``.
            *arguments: Its arguments.
            **named: Its arguments by name.
        """
        return await self._add(arguments, named, every=every, at=self._options.begin)

    async def list(self) -> "list[ScheduledJob]":
        """Return the jobs of the function, the next to run first."""
        return await self._jobs().list(name=self.name)

    async def cancel(self, job: ScheduledJob | str) -> bool:
        """Delete a job; see ``Jobs.cancel``.

        Args:
            job: The job or its id.
        """
        return await self._jobs().cancel(job)

    async def _add(
        self,
        arguments: tuple[Any, ...],
        named: dict[str, Any],
        *,
        at: datetime | None = None,
        delay: timedelta | float | None = None,
        every: timedelta | float | str | None = None,
    ) -> ScheduledJob:
        options = self._options
        return await self._jobs().add(
            self.name,
            self._to_json(arguments, named),
            instance=self._instance(),
            at=at,
            delay=delay,
            every=every,
            zone=options.zone,
            once=options.once,
            misfire=options.misfire,
        )

    def _jobs(self) -> Jobs:
        jobs = self._options.jobs or (self.active[-1] if self.active else None)
        if jobs is None:
            raise RuntimeError(
                f"no bot with the job {self.name!r} is running, so there is no inbox to store it in; schedule it in a "
                "handler, or at the start in a function with @router.on_start; elsewhere use "
                f"{self.name}.with_options(jobs=Jobs(inbox))"
            )
        return jobs

    def _instance(self) -> int | None:
        if self._options.client is not None:
            return self._options.client.id_instance
        item, run = current_item.get(), current_run.get()
        if item is not None and item.running:
            return item.id_instance
        return None if run is None else run.id_instance

    def _to_json(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        parameters = self.stored_parameters()
        names = [parameter.name for parameter in parameters]
        if len(arguments) > len(names):
            raise InvalidArgumentError(f"{self.name} takes {len(names)} arguments ({', '.join(names)})")
        given = dict(zip(names, arguments, strict=False))
        for name, value in named.items():
            if name not in names or name in given:
                problem = "twice" if name in given else "which it does not have"
                raise InvalidArgumentError(
                    f"{self.name} was given {name!r} {problem}; it has {', '.join(names) or 'none'}"
                )
            given[name] = value
        stored: dict[str, Any] = {}
        for parameter in parameters:
            if parameter.name in given:
                stored[parameter.name] = _unstructure(self.name, parameter, given[parameter.name])
            elif not parameter.has_default:
                hint = "" if self.active else "; what run(provide=...) injects is known only while the bot runs"
                raise InvalidArgumentError(f"{self.name} needs the argument {parameter}{hint}")
        return stored

    def stored_parameters(self) -> tuple[Parameter, ...]:
        """Return the parameters that are neither the context nor injected."""
        return tuple(
            parameter
            for index, parameter in enumerate(self.function.parameters)
            if not (index == 0 and is_context(parameter)) and not self._is_injected(parameter)
        )

    def _is_injected(self, parameter: Parameter) -> bool:
        return parameter.name in self.injected or self._provides(strip_aliases(parameter.annotation))


class JobDecorator(Protocol):
    """Decorator that makes a function a ``JobFunction``."""

    @overload
    def __call__(self, function: Callable[Concatenate[JobRun, P], object], /) -> JobFunction[P]: ...
    @overload
    def __call__(self, function: Callable[Concatenate[ClientT, P], object], /) -> JobFunction[P]: ...
    @overload
    def __call__(self, function: Callable[P, object], /) -> JobFunction[P]: ...
    def __call__(self, function: Any, /) -> Any:
        """Decorate a function."""
        ...


def new_job_function(name: str, function: Function, provides: Callable[[Any], bool]) -> JobFunction[Any]:
    """Check a function and return it as one that can be scheduled.

    Args:
        name: Its name, 1 to 100 characters without ``/``.
        function: The function.
        provides: Returns whether its router has a provider of a type.

    Raises:
        InvalidArgumentError: The name is not valid, or the function has ``*args``, ``**kwargs`` or positional-only
            arguments.
    """
    if not isinstance(cast("object", name), str) or not 1 <= len(name) <= MAX_NAME or "/" in name or name == SEND:
        raise InvalidArgumentError(
            f"router.job() expects a name of 1 to {MAX_NAME} characters without '/', and not {SEND!r}; got {name!r}. "
            'Example: @router.job("remind")'
        )
    for index, parameter in enumerate(function.parameters):
        is_named = parameter.kind in {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
        if not is_named and not (index == 0 and is_context(parameter)):
            raise InvalidArgumentError(f"The job {function} has the parameter '{parameter}', which has no single name")
    return JobFunction(name, function, provides)


def is_context(parameter: Parameter) -> bool:
    """Return whether a parameter is for the client of the job, or for its run."""
    kind = strip_aliases(parameter.annotation)
    return isinstance(kind, type) and issubclass(kind, BaseClient | JobRun)


def restore_arguments(job: JobFunction[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a run.

    Args:
        job: The function.
        stored: The arguments as JSON.

    Raises:
        InvalidArgumentError: The function has other parameters than when it was scheduled.
    """
    parameters = {parameter.name: parameter for parameter in job.stored_parameters()}
    if unknown := stored.keys() - parameters.keys():
        raise InvalidArgumentError(f"{job.function} has no parameter {', '.join(sorted(unknown))} any more")
    missing = [str(each) for each in parameters.values() if each.name not in stored and not each.has_default]
    if missing:
        raise InvalidArgumentError(f"{job.function} needs {', '.join(missing)}, which was not stored with the job")
    return {name: _structure(job.function, parameters[name], value) for name, value in stored.items()}


def _unstructure(name: str, parameter: Parameter, value: object) -> Any:
    kind = Any if parameter.annotation is MISSING else parameter.annotation
    try:
        stored = json.loads(json.dumps(_CONVERTER.unstructure(value, kind), allow_nan=False))
        _CONVERTER.structure(stored, kind)
    except Exception as error:
        raise InvalidArgumentError(
            f"{name} was given {parameter.name}={value!r}, which cannot be stored as {format_annotation(kind)}: "
            f"{type(error).__name__}: {error}"
        ) from error
    return stored


def _structure(function: Function, parameter: Parameter, stored: object) -> Any:
    kind = Any if parameter.annotation is MISSING else parameter.annotation
    try:
        return _CONVERTER.structure(stored, kind)
    except Exception as error:
        raise InvalidArgumentError(
            f"{function} was scheduled with {parameter.name}={stored!r}, which does not fit {format_annotation(kind)} "
            f"any more: {type(error).__name__}: {error}"
        ) from error
