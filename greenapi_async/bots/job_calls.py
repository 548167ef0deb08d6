"""Calls of a router's jobs: what a run of a bot gives to the runner of jobs."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from inspect import Parameter as Kind
from typing import TYPE_CHECKING, Any, cast, get_origin

import attrs

from greenapi_async.base_client import BaseClient
from greenapi_async.bots.annotations import UnresolvableError, strip_aliases
from greenapi_async.bots.injection import inject
from greenapi_async.bots.job_function import JobFunction, is_context, restore_arguments
from greenapi_async.bots.registry import Registry
from greenapi_async.bots.resolver import Getter, Invocation, Resolver
from greenapi_async.bots.signatures import Function, format_annotation
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.outgoing.job_run import Functions, JobRun, current_run
from greenapi_async.outgoing.jobs import Jobs

if TYPE_CHECKING:
    from greenapi_async.bots.event import Event

__all__ = ["active_jobs", "compile_jobs"]


def compile_jobs(registry: Registry, overrides: Mapping[Any, Function]) -> Functions:
    """Return the functions of all jobs of a router and those it includes, by name.

    Args:
        registry: The router's registrations.
        overrides: Providers that replace those of any router.

    Raises:
        InvalidArgumentError: Two jobs have one name, or a provider cannot be resolved.
    """
    calls: dict[str, Any] = {}
    for job, providers in _jobs(registry, {}):
        if job.name in calls:
            raise InvalidArgumentError(f"There are two jobs with the name {job.name!r}; one of them is {job.function}")
        calls[job.name] = _compile(job, {**providers, **overrides})
    return calls


@contextmanager
def active_jobs(registry: Registry, inbox: Inbox) -> Generator[None]:
    """Make the jobs of a router schedulable in an inbox while the block runs.

    Args:
        registry: The router's registrations.
        inbox: The inbox; one that cannot store jobs is not used.
    """
    if getattr(inbox, "records", None) is None:
        yield
        return
    jobs = Jobs(inbox)
    functions = [job for one in registry.walk() for job in one.jobs]
    for function in functions:
        function.active.append(jobs)
    try:
        yield
    finally:
        for function in functions:
            function.active.remove(jobs)


def _jobs(
    registry: Registry, inherited: Mapping[Any, Function]
) -> Iterator[tuple[JobFunction[Any], Mapping[Any, Function]]]:
    providers = {**inherited, **registry.providers}
    for job in registry.jobs:
        yield job, providers
    for entry in registry.entries:
        if isinstance(entry, Registry):
            yield from _jobs(entry, providers)


def _compile(job: JobFunction[Any], providers: Mapping[Any, Function]) -> Any:
    """Return a function of a run that calls a job with what it needs."""
    parameters = job.function.parameters
    context = parameters[0] if parameters and is_context(parameters[0]) else None
    injected = [each for each in parameters if each is not context and strip_aliases(each.annotation) in providers]
    job.injected.clear()
    job.injected.update(each.name for each in injected)
    wants_run = context is not None and issubclass(strip_aliases(context.annotation), JobRun)
    # Injected parameters are passed by name, because arguments may stand before them.
    named = tuple(attrs.evolve(each, kind=Kind.KEYWORD_ONLY) for each in injected)

    async def call(run: JobRun) -> None:
        leading = () if context is None else (run,) if wants_run else (run.client,)
        function = partial(job.function.async_call, *leading, **restore_arguments(job, run.arguments))
        await attrs.evolve(prepared, function=function).run(Invocation(event=cast("Event", None)))

    resolver = _JobResolver(notifications=frozenset(), messages=None, captures=frozenset(), providers=providers)
    prepared = inject(attrs.evolve(job.function, parameters=named), resolver)
    return call


@attrs.frozen(kw_only=True)
class _JobResolver(Resolver):
    """The arguments that providers of a job can have: there is no notification."""

    def resolve(self, annotation: Any) -> Getter:
        kind = get_origin(annotation) or annotation
        if isinstance(kind, type) and issubclass(kind, BaseClient):
            return lambda _: _current_run().client
        if kind is JobRun:
            return lambda _: _current_run()
        raise UnresolvableError("which nothing provides to a job")

    def __str__(self) -> str:
        return ", ".join(["Client", "JobRun", *map(format_annotation, self.providers)])


def _current_run() -> JobRun:
    run = current_run.get()
    assert run is not None  # noqa: S101  a job is called
    return run
